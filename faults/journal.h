/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal - the custodian's write-ahead record: what could have been changed, and what of it is
 * put back already.
 *
 * One file per run, /run/perturb/RUN.journal, text lines "SEQUENCE CRC32 WORD ARGUMENTS". An
 * operation is in it before it is applied; the file is removed when everything is put back. A torn
 * last line is ignored by readers, because what it announces cannot have happened yet.
 */
#ifndef FAULTS_JOURNAL_H
#define FAULTS_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "faults/operation.h"
#include "reports/err.h"

#define JOURNAL_VERSION	 1
#define JOURNAL_NAME_MAX 128

struct journal; /* being written */

/* Creates and locks the file (0600, in a directory that only root can write; symbolic links are
 * refused) and writes its first line. */
int journal_create(const char *run_id, struct journal **ret_journal, struct err *err);

/* Adds a line for an operation that is about to be applied, or for one that was put back. Nothing
 * is on disk before journal_sync. */
int journal_add_operation(
	struct journal *journal, const struct operation *operation, struct err *err);
int journal_add_undone(struct journal *journal, uint32_t operation_id, struct err *err);
/* Writes what was added, all at once, and waits until it is stored. */
int journal_sync(struct journal *journal, struct err *err);

/* Removes the file: everything is put back. */
int journal_remove(struct journal *journal, struct err *err);
/* Closes without removing; NULL is allowed. */
void journal_free(struct journal *journal);

/* What a journal says is left to put back, in the order it was applied. */
struct journal_content {
	uint32_t writer_pid;
	struct operation *operations; /* heap */
	size_t count;
};

/* Reads the journal of a run. ERR_UNAVAILABLE with sys ENOENT when there is none, ERR_SYSTEM when
 * its lines do not hold together. */
int journal_read(const char *run_id, struct journal_content *ret_content, struct err *err);
void journal_content_release(struct journal_content *content);

/* Takes one text apart as journal_read would; for tests and the fuzzer. */
int journal_parse(
	const char *text, size_t length, struct journal_content *ret_content, struct err *err);

/* Removes the journal of a run that was recovered. */
int journal_discard(const char *run_id, struct err *err);

#endif
