/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reset_text - the command that destroys the same connections.
 */
#ifndef FAULTS_RESET_TEXT_H
#define FAULTS_RESET_TEXT_H

#include <stdio.h>

#include "faults/operation.h"

/* "nsenter --net=… ss --kill state established '( dst 10.0.0.1 )'", quoted for a shell; whose they
 * are, and what is spared, ss(8) cannot tell. */
void reset_describe(const struct operation *operation, FILE *out);

#endif
