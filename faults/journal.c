/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "faults/crc32.h"
#include "faults/journal_directory.h"
#include "faults/operation_text.h"
#include "faults/proc.h"
#include "faults/word.h"

struct journal {
	int directory;
	int fd;
	char name[JOURNAL_NAME_MAX];
	uint32_t sequence;
	char *pending; /* lines not written yet */
	size_t pending_used;
	size_t pending_size;
};

static int add_line(
	struct journal *journal, const char *word, const char *arguments, struct err *err)
{
	char body[OPERATION_TEXT_MAX + 64];
	int body_length = snprintf(
		body, sizeof(body), "%" PRIu32 " %s %s", journal->sequence + 1, word, arguments);
	size_t need;

	if (body_length < 0 || (size_t)body_length >= sizeof(body))
		return err_set(err, ERR_SYSTEM, 0, "journal line too long");
	need = journal->pending_used + (size_t)body_length + 16;
	if (need > journal->pending_size) {
		char *moved = realloc(journal->pending, need * 2);

		if (moved == NULL)
			return err_set(err, ERR_SYSTEM, ENOMEM, "cannot extend the journal");
		journal->pending = moved;
		journal->pending_size = need * 2;
	}
	journal->pending_used += (size_t)snprintf(journal->pending + journal->pending_used,
		journal->pending_size - journal->pending_used, "%08" PRIx32 " %s\n",
		crc32_of(body, (size_t)body_length), body);
	journal->sequence++;
	return 0;
}

int journal_add_operation(
	struct journal *journal, const struct operation *operation, struct err *err)
{
	char text[OPERATION_TEXT_MAX];

	if (operation_format(operation, text, sizeof(text)) < 0)
		return err_set(err, ERR_SYSTEM, 0, "operation %" PRIu32 " cannot be journalled",
			operation->id);
	return add_line(journal, "operation", text, err);
}

int journal_add_undone(struct journal *journal, uint32_t operation_id, struct err *err)
{
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, operation_id);
	return add_line(journal, "undone", text, err);
}

int journal_sync(struct journal *journal, struct err *err)
{
	size_t done = 0;
	int error = 0;

	while (done < journal->pending_used && error == 0) {
		ssize_t written =
			write(journal->fd, journal->pending + done, journal->pending_used - done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			error = errno;
		else
			done += (size_t)written;
	}
	/* A line that was begun must be ended before another one can follow. */
	journal->pending_used -= done;
	memmove(journal->pending, journal->pending + done, journal->pending_used);
	if (error != 0)
		return err_set(err, ERR_SYSTEM, error, "cannot write the journal %s/%s",
			JOURNAL_DIRECTORY, journal->name);
	if (fdatasync(journal->fd) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot store the journal %s/%s",
			JOURNAL_DIRECTORY, journal->name);
	return 0;
}

int journal_name(const char *run_id, char *name, size_t size, struct err *err)
{
	int length = snprintf(name, size, "%s" JOURNAL_SUFFIX, run_id);

	if (length < 0 || (size_t)length >= size || strchr(run_id, '/') != NULL ||
		run_id[0] == '.' || run_id[0] == '\0')
		return err_set(err, ERR_SYSTEM, 0, "'%s' cannot name a journal", run_id);
	return 0;
}

static int64_t wall_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int add_header(struct journal *journal, const struct journal_header *header, struct err *err)
{
	char title[JOURNAL_TITLE_MAX * 3 + 4];
	char line[sizeof(title) + 256];
	uint64_t own_start_time;

	if (proc_start_time(getpid(), &own_start_time, err) < 0)
		return -1;
	word_encode(header->title, title, sizeof(title));
	snprintf(line, sizeof(line),
		"version=%d pid=%d start_time=%" PRIu64 " main_pid=%d main_start_time=%" PRIu64
		" began_ms=%" PRId64 " title=%s",
		JOURNAL_VERSION, (int)getpid(), own_start_time, (int)header->main_pid,
		header->main_start_time, wall_clock_ms(), title);
	return add_line(journal, "perturb", line, err);
}

/* Made, locked and begun under the directory's lock: nobody sees it in between and takes it for one
 * that was left over. */
static int begin_file(struct journal *journal, const struct journal_header *header, struct err *err)
{
	journal->fd = openat(journal->directory, journal->name,
		O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (journal->fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot make the journal %s/%s",
			JOURNAL_DIRECTORY, journal->name);
	if (flock(journal->fd, LOCK_EX | LOCK_NB) < 0)
		err_set(err, ERR_SYSTEM, errno, "cannot lock the journal");
	else if (add_header(journal, header, err) == 0 && journal_sync(journal, err) == 0)
		return 0;
	(void)unlinkat(journal->directory, journal->name, 0);
	return -1;
}

int journal_create(const char *run_id, const struct journal_header *header,
	struct journal **ret_journal, struct err *err)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	int result;

	if (journal == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot make a journal");
	journal->fd = -1;
	journal->directory = journal_directory_open(err);
	if (journal->directory < 0 ||
		journal_name(run_id, journal->name, sizeof(journal->name), err) < 0 ||
		journal_directory_lock(journal->directory, err) < 0) {
		journal_free(journal);
		return -1;
	}
	result = begin_file(journal, header, err);
	journal_directory_unlock(journal->directory);
	if (result < 0) {
		journal_free(journal);
		return -1;
	}
	*ret_journal = journal;
	return 0;
}

int journal_directory_of(const struct journal *journal)
{
	return journal->directory;
}

const char *journal_file_of(const struct journal *journal)
{
	return journal->name;
}

int journal_remove(struct journal *journal, struct err *err)
{
	if (unlinkat(journal->directory, journal->name, 0) < 0 && errno != ENOENT)
		return err_set(err, ERR_SYSTEM, errno, "cannot remove the journal %s/%s",
			JOURNAL_DIRECTORY, journal->name);
	return 0;
}

void journal_free(struct journal *journal)
{
	if (journal == NULL)
		return;
	if (journal->fd >= 0)
		close(journal->fd);
	if (journal->directory >= 0)
		close(journal->directory);
	free(journal->pending);
	free(journal);
}
