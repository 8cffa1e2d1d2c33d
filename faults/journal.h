/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal - the custodian's write-ahead record: what could have been changed, and what of it is
 * put back already.
 *
 * One file per run, /run/perturb/RUN.journal, text lines "CRC32 SEQUENCE WORD ARGUMENTS". The first
 * one tells who writes it. An operation is in it before it is applied; the file is removed when
 * everything is put back. A torn last line is ignored by readers, because what it announces cannot
 * have happened yet. The writer holds a lock on it (flock) for as long as it lives: a journal that
 * nobody has locked is left over.
 */
#ifndef FAULTS_JOURNAL_H
#define FAULTS_JOURNAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "faults/operation.h"
#include "reports/err.h"

/* Version 2 added what the first line says but for the writer's pid, and deadlines; version 3 what
 * is put elsewhere than at the root of an interface: directions, ifb devices, tables. */
#define JOURNAL_VERSION	  3
#define JOURNAL_NAME_MAX  128
#define JOURNAL_SUFFIX	  ".journal"
#define JOURNAL_TITLE_MAX 256

/* Who writes it, and for whom: the first line. A start time of 0 is not known. */
struct journal_header {
	uint32_t version;
	pid_t custodian_pid;
	uint64_t custodian_start_time;
	pid_t main_pid;
	uint64_t main_start_time;
	int64_t began_ms; /* CLOCK_REALTIME */
	char title[JOURNAL_TITLE_MAX];
};

/* --- writing --- */

struct journal; /* being written */

/* Creates and locks the file (0600, in a directory that only root can write; symbolic links are
 * refused) and writes its first line. Of the header, the main process and the title are the
 * caller's to fill in. */
int journal_create(const char *run_id, const struct journal_header *header,
	struct journal **ret_journal, struct err *err);

/* Adds a line for an operation that is about to be applied, or for one that was put back. Nothing
 * is on disk before journal_sync. */
int journal_add_operation(
	struct journal *journal, const struct operation *operation, struct err *err);
int journal_add_undone(struct journal *journal, uint32_t operation_id, struct err *err);
/* Writes what was added, all at once, and waits until it is stored. */
int journal_sync(struct journal *journal, struct err *err);

/* The directory that it is in, and its own name there; borrowed. */
int journal_directory_of(const struct journal *journal);
const char *journal_file_of(const struct journal *journal);

/* Removes the file: everything is put back. */
int journal_remove(struct journal *journal, struct err *err);
/* Closes without removing; NULL is allowed. */
void journal_free(struct journal *journal);

/* --- reading --- */

/* What a journal says is left to put back, in the order it was applied. */
struct journal_content {
	struct journal_header header;
	struct operation *operations; /* heap */
	size_t count;
	size_t capacity;
	uint32_t damaged_line; /* the first that is missing or makes no sense; 0: none */
};

/* Opens a journal for reading. Refuses (ERR_UNAVAILABLE, sys EPERM) what is not a regular file of
 * ours with one name, or what others may write to; sys is ENOENT when there is none. */
int journal_open(int directory, const char *name, int *ret_fd, struct err *err);

/* Reads it. A damaged line is noted, the others count; ERR_UNAVAILABLE for a newer format. */
int journal_read_fd(int fd, const char *name, struct journal_content *ret_content, struct err *err);
int journal_read(const char *run_id, struct journal_content *ret_content, struct err *err);
void journal_content_release(struct journal_content *content);

/* Takes one text apart as journal_read would; for tests and the fuzzer. */
int journal_parse(
	const char *text, size_t length, struct journal_content *ret_content, struct err *err);

/* The name of the file in which a run has its journal: "RUN.journal". */
int journal_name(const char *run_id, char *name, size_t size, struct err *err);

/* --- taking over --- */

/* A journal whose writer is gone, and that is ours now: nobody else reads it to act upon it. */
struct journal_taken {
	int directory;
	int fd; /* locked */
	char name[JOURNAL_NAME_MAX];
};

/* Waits that long for whoever holds it. ERR_UNAVAILABLE with sys ENOENT when there is no journal
 * (any more), EWOULDBLOCK when somebody holds on to it. */
int journal_take(
	const char *run_id, int timeout_ms, struct journal_taken *ret_taken, struct err *err);
/* Removes the file of a run that was put back. */
int journal_discard(const struct journal_taken *taken, struct err *err);
void journal_taken_release(struct journal_taken *taken);

#endif
