/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation_check - is an operation one that perturb could have made? Asked of everything that
 * comes from another process or from a file, because it is then acted upon as root.
 */
#ifndef FAULTS_OPERATION_CHECK_H
#define FAULTS_OPERATION_CHECK_H

#include "faults/operation.h"

/* Types, numbers and texts: nothing out of range, nothing unterminated, nothing missing. Whether
 * the target exists is not asked. Returns 0 or -1. */
int operation_check(const struct operation *operation);

/* Also what is filled in before the journal is written: it tells what an undo removes, which must
 * never be what somebody else has made. */
int operation_check_journalled(const struct operation *operation);

#endif
