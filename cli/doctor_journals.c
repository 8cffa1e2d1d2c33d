/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "faults/journal.h"
#include "faults/journal_directory.h"
#include "reports/mem.h"

#define SUFFIX ".journal"

/* A custodian holds a lock on its journal for as long as it lives. */
static bool is_in_use(int directory, const char *name)
{
	cleanup_close int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static void show_leftover(const char *run_id)
{
	struct journal_content content;
	struct err err = {0};

	if (journal_read(run_id, &content, &err) < 0) {
		if (err.sys != ENOENT)
			doctor_line(false, "journal", "%s: %s", run_id, err.message);
		return;
	}
	doctor_line(false, "journal",
		"the run %s left %zu changes behind, listed in %s/%s%s; what it did:", run_id,
		content.count, JOURNAL_DIRECTORY, run_id, SUFFIX);
	for (size_t i = 0; i < content.count; i++) {
		const struct operation *operation = &content.operations[i];

		fputs("         ", stdout);
		operation_ops(operation->type)->describe(operation, stdout);
		putchar('\n');
	}
	journal_content_release(&content);
}

static void show_journal(int directory, const char *name)
{
	size_t length = strlen(name);
	cleanup_free char *run_id = NULL;

	if (length <= strlen(SUFFIX) || strcmp(name + length - strlen(SUFFIX), SUFFIX) != 0)
		return;
	run_id = xasprintf("%.*s", (int)(length - strlen(SUFFIX)), name);
	if (is_in_use(directory, name))
		doctor_line(true, "journal", "the run %s goes on at the moment", run_id);
	else
		show_leftover(run_id);
}

static void show_all(int fd)
{
	int copy = dup(fd);
	DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;

	if (directory == NULL) {
		if (copy >= 0)
			close(copy);
		return;
	}
	while ((entry = readdir(directory)) != NULL)
		show_journal(fd, entry->d_name);
	closedir(directory);
}

bool doctor_journals(bool root)
{
	cleanup_close int fd = -1;
	struct err err = {0};

	if (!root)
		return false;
	/* The doctor makes no directory where there is none yet. */
	if (access(JOURNAL_DIRECTORY, F_OK) < 0 && errno == ENOENT) {
		bool can_be_made = access("/run", W_OK) == 0;

		doctor_line(can_be_made, "journal",
			can_be_made ? "%s can be made" : "/run is not writable: %s cannot be made",
			JOURNAL_DIRECTORY);
		return can_be_made;
	}
	fd = journal_directory_open(&err);
	if (fd < 0) {
		doctor_line(false, "journal", "%s", err.message);
		return false;
	}
	doctor_line(true, "journal", "%s can be written", JOURNAL_DIRECTORY);
	show_all(fd);
	return true;
}
