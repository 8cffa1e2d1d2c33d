/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journals - what lies in /run/perturb: the journals of runs that go on, those that were left over,
 * and what has no business there.
 */
#ifndef FAULTS_JOURNALS_H
#define FAULTS_JOURNALS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "faults/journal.h"
#include "reports/err.h"

enum journal_state {
	JOURNAL_ACTIVE,	   /* somebody holds its lock: its custodian, or whoever puts it back */
	JOURNAL_LEFT_OVER, /* nobody does */
	JOURNAL_FOREIGN,   /* no journal of ours: a symbolic link, another name, another owner */
};

struct journal_entry {
	char file[NAME_MAX + 1];       /* its name in the directory */
	char run_id[JOURNAL_NAME_MAX]; /* FOREIGN: "" */
	enum journal_state state;
	struct journal_content content; /* empty when it could not be read */
	struct err err;			/* code: set when it is foreign, or could not be read */
};

/* Zero-initialise. */
struct journal_list {
	struct journal_entry *items; /* by name, which begins with the time */
	size_t count;
};

/* Lists what is in the directory, but for the file except (NULL: none). The caller holds the
 * directory's lock. Every allocation is checked: the custodian calls it. */
int journals_scan(
	int directory, const char *except, struct journal_list *ret_list, struct err *err);

/* Opens, locks and lists /run/perturb; it is not made when there is none. */
int journals_list(struct journal_list *ret_list, struct err *err);

void journal_list_release(struct journal_list *list);

/* The run's journal, or NULL. */
const struct journal_entry *journal_list_find(const struct journal_list *list, const char *run_id);

/* The pid by which a person knows the run: its main process's, or, in an old journal, its
 * custodian's. */
pid_t journal_entry_pid(const struct journal_entry *entry);

/* Is a journal that somebody has locked only just being put back, its custodian being gone? */
bool journal_entry_orphaned(const struct journal_entry *entry);

#endif
