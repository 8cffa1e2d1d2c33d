/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "faults/crc32.h"
#include "faults/journal_directory.h"
#include "faults/operation_text.h"
#include "reports/mem.h"

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

	while (done < journal->pending_used) {
		ssize_t written =
			write(journal->fd, journal->pending + done, journal->pending_used - done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return err_set(err, ERR_SYSTEM, errno, "cannot write the journal %s/%s",
				JOURNAL_DIRECTORY, journal->name);
		done += (size_t)written;
	}
	journal->pending_used = 0;
	if (fdatasync(journal->fd) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot store the journal %s/%s",
			JOURNAL_DIRECTORY, journal->name);
	return 0;
}

static int journal_name(const char *run_id, char *name, size_t size, struct err *err)
{
	int length = snprintf(name, size, "%s.journal", run_id);

	if (length < 0 || (size_t)length >= size || strchr(run_id, '/') != NULL ||
		run_id[0] == '.' || run_id[0] == '\0')
		return err_set(err, ERR_SYSTEM, 0, "'%s' cannot name a journal", run_id);
	return 0;
}

int journal_create(const char *run_id, struct journal **ret_journal, struct err *err)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	char first[64];

	if (journal == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot make a journal");
	journal->directory = -1;
	journal->fd = -1;
	if (journal_name(run_id, journal->name, sizeof(journal->name), err) < 0)
		goto failed;
	journal->directory = journal_directory_open(err);
	if (journal->directory < 0)
		goto failed;
	journal->fd = openat(journal->directory, journal->name,
		O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (journal->fd < 0) {
		err_set(err, ERR_SYSTEM, errno, "cannot make the journal %s/%s", JOURNAL_DIRECTORY,
			journal->name);
		goto failed;
	}
	/* The lock tells others that its writer is alive. */
	if (flock(journal->fd, LOCK_EX | LOCK_NB) < 0) {
		err_set(err, ERR_SYSTEM, errno, "cannot lock the journal");
		goto failed;
	}
	snprintf(first, sizeof(first), "version=%d pid=%d", JOURNAL_VERSION, (int)getpid());
	if (add_line(journal, "perturb", first, err) < 0 || journal_sync(journal, err) < 0)
		goto failed;
	*ret_journal = journal;
	return 0;
failed:
	journal_free(journal);
	return -1;
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

int journal_discard(const char *run_id, struct err *err)
{
	cleanup_close int directory = journal_directory_open(err);
	char name[JOURNAL_NAME_MAX];

	if (directory < 0 || journal_name(run_id, name, sizeof(name), err) < 0)
		return -1;
	if (unlinkat(directory, name, 0) < 0 && errno != ENOENT)
		return err_set(
			err, ERR_SYSTEM, errno, "cannot remove %s/%s", JOURNAL_DIRECTORY, name);
	return 0;
}

int journal_read(const char *run_id, struct journal_content *ret_content, struct err *err)
{
	cleanup_close int directory = journal_directory_open(err);
	cleanup_close int fd = -1;
	cleanup_free char *text = NULL;
	char name[JOURNAL_NAME_MAX];
	size_t used = 0;
	size_t size = 0;

	if (directory < 0 || journal_name(run_id, name, sizeof(name), err) < 0)
		return -1;
	fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot open the journal %s/%s",
			JOURNAL_DIRECTORY, name);
	for (;;) {
		ssize_t got;

		if (used == size) {
			char *moved = realloc(text, size + 65536);

			if (moved == NULL)
				return err_set(err, ERR_SYSTEM, ENOMEM, "cannot read %s", name);
			text = moved;
			size += 65536;
		}
		got = read(fd, text + used, size - used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, ERR_SYSTEM, errno, "cannot read %s", name);
		if (got == 0)
			break;
		used += (size_t)got;
	}
	return journal_parse(text, used, ret_content, err);
}

void journal_content_release(struct journal_content *content)
{
	free(content->operations);
	memset(content, 0, sizeof(*content));
}
