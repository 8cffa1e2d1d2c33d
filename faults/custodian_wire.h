/* SPDX-License-Identifier: Apache-2.0 */
/*
 * custodian_wire - what goes over the socket pair between the main process and the custodian: one
 * structure per datagram, both ends being the same program.
 */
#ifndef FAULTS_CUSTODIAN_WIRE_H
#define FAULTS_CUSTODIAN_WIRE_H

#include <stdint.h>

#include "faults/custodian.h"
#include "faults/journal.h"
#include "faults/protection.h"

/* Requests that share one journal write; also the most operations that one action may have. */
#define CUSTODIAN_BATCH_MAX 1024

enum request_type {
	REQUEST_PROTECT,
	REQUEST_BEGIN,
	REQUEST_APPLY,
	REQUEST_CHANGE,
	REQUEST_UNDO,
	REQUEST_END
};

/* One APPLY request carries one operation; those of an action follow each other, the last one is
 * marked, and the custodian starts when it has it. */
struct request {
	enum request_type type;
	char run_id[JOURNAL_NAME_MAX]; /* BEGIN */
	char title[JOURNAL_TITLE_MAX]; /* BEGIN */
	uint32_t fault;		       /* CHANGE, UNDO: the action, UINT32_MAX for all */
	uint32_t changed;	       /* CHANGE: the operation */
	bool last;		       /* APPLY, CHANGE: of its action */
	int64_t deadline_ns;
	struct impairment impairment; /* CHANGE: what is done to packets from now on */
	struct operation operation;   /* APPLY only; other requests end before it */
};

enum reply_type { REPLY_READY, REPLY_NOT_READY, REPLY_EVENT };

struct reply {
	enum reply_type type;
	struct custodian_event event; /* NOT_READY: only err */
};

/* The custodian's life; called in the forked child, never returns. socket is its end of the pair;
 * offered and tables are memory that it shares with the main process, which fills the one in before
 * PROTECT and BEGIN, the other before BEGIN. */
_Noreturn void custodian_main(int socket, const struct protection *protection,
	const struct protection *offered, const struct distribution_tables *tables);

#endif
