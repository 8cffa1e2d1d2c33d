/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ifb_text - the commands that lead an interface's packets through an ifb device.
 */
#ifndef FAULTS_IFB_TEXT_H
#define FAULTS_IFB_TEXT_H

#include <stdio.h>

#include "faults/operation.h"
#include "faults/qdisc.h"

/* In one line, joined by "&&", quoted for a shell. */
void ifb_describe(const struct qdisc_kind *kind, const struct operation *operation, FILE *out);

#endif
