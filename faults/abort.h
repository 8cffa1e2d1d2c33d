/* SPDX-License-Identifier: Apache-2.0 */
/*
 * abort - ends the run of another process, and sees to it that everything is put back.
 */
#ifndef FAULTS_ABORT_H
#define FAULTS_ABORT_H

#include "faults/journals.h"
#include "reports/err.h"

/* Who put everything back. */
enum abort_way {
	ABORT_BY_MAIN,	    /* the main process, which was asked first, and writes its report */
	ABORT_BY_CUSTODIAN, /* the main process was gone, or did not react within some seconds */
	ABORT_BY_RECOVERY,  /* both were gone: the journal told what to do */
};

/* Asks, and waits until the journal is gone. Processes are known by pid and start time: a reused
 * pid is never hit. ERR_UNREVERTED when the journal stays. */
int abort_run(const struct journal_entry *entry, enum abort_way *ret_way, struct err *err);

#endif
