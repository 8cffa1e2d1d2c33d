/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claims - two runs never fight over one instance: what a journal says is changed, no other run
 * touches.
 *
 * A claim is nothing but the line in the journal. It is made under the lock of the directory, after
 * a look at all other journals, so that of two runs one is first.
 */
#ifndef FAULTS_CLAIMS_H
#define FAULTS_CLAIMS_H

#include "faults/journals.h"
#include "faults/operation.h"
#include "reports/err.h"

/* The journals of the others, and the lock. */
struct claims {
	int directory; /* borrowed; locked until claims_end */
	struct journal_list others;
};

/* For the custodian, around what it enters into its own journal: locks and looks. */
int claims_begin(const struct journal *own, struct claims *ret_claims, struct err *err);
void claims_end(struct claims *claims);

/* Refuses (ERR_UNAVAILABLE) an operation at a place where another run has one that is not undone,
 * and a signal to a process that another run has changed. Says who, and what to do. */
int claims_check(const struct claims *claims, const struct operation *operation, struct err *err);

/* For the plan: how it is at the moment, without a lock afterwards. Whoever may not look into the
 * directory sees nobody; the custodian asks again. */
int claims_look(struct claims *ret_claims, struct err *err);
void claims_release(struct claims *claims);

#endif
