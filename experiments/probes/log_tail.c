/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/log_tail.h"

#include <errno.h>
#include <unistd.h>

#include "experiments/probes/plain_file.h"
#include "reports/mem.h"

#define CHUNK	      ((size_t)16 * 1024)
#define ROTATIONS_MAX 4 /* in one call */

static enum outcome follow(struct log_tail *tail)
{
	struct stat status;
	const enum outcome outcome = plain_file_open(tail->path, &tail->fd, &status);

	if (outcome != OUTCOME_OK)
		return outcome;
	tail->device = status.st_dev;
	tail->inode = status.st_ino;
	tail->offset = 0;
	return OUTCOME_OK;
}

static void leave(struct log_tail *tail)
{
	log_lines_end(&tail->lines);
	close(steal_fd(&tail->fd));
}

void log_tail_begin(struct log_tail *tail, const char *path,
	void (*line)(void *data, const char *text, size_t length), void *data)
{
	off_t end;

	*tail = (struct log_tail){.path = path, .lines = {.line = line, .data = data}, .fd = -1};
	if (follow(tail) != OUTCOME_OK)
		return;
	end = lseek(tail->fd, 0, SEEK_END);
	tail->offset = end < 0 ? 0 : end;
}

void log_tail_end(struct log_tail *tail)
{
	if (tail->fd >= 0)
		close(steal_fd(&tail->fd));
	log_lines_release(&tail->lines);
}

/* It was cut, to be written anew. */
static void notice_truncation(struct log_tail *tail)
{
	struct stat status;

	if (fstat(tail->fd, &status) < 0 || status.st_size >= tail->offset)
		return;
	log_lines_end(&tail->lines);
	tail->offset = 0;
}

/* Until the end of the file, or *budget is used up. */
static enum outcome read_appended(struct log_tail *tail, size_t *budget)
{
	char chunk[CHUNK + 1];

	while (*budget > 0) {
		const size_t wanted = *budget < CHUNK ? *budget : CHUNK;
		const ssize_t got = pread(tail->fd, chunk, wanted, tail->offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return OUTCOME_OTHER;
		if (got == 0)
			break;
		chunk[got] = '\0';
		log_lines_feed(&tail->lines, chunk, (size_t)got);
		tail->offset += got;
		*budget -= (size_t)got;
	}
	return OUTCOME_OK;
}

/* Has the path another file than the one that is followed? */
static enum outcome find_successor(const struct log_tail *tail, bool *ret_other)
{
	struct stat status;
	const enum outcome outcome = plain_file_stat(tail->path, &status);

	*ret_other = outcome == OUTCOME_OK &&
		     (status.st_dev != tail->device || status.st_ino != tail->inode);
	return outcome;
}

enum outcome log_tail_read(struct log_tail *tail)
{
	size_t budget = LOG_READ_MAX;
	enum outcome outcome = OUTCOME_OK;

	for (int files = 0; files < ROTATIONS_MAX && outcome == OUTCOME_OK; files++) {
		const size_t before = budget;
		bool other = false;

		if (tail->fd < 0)
			outcome = follow(tail);
		if (outcome != OUTCOME_OK)
			break;
		notice_truncation(tail);
		outcome = read_appended(tail, &budget);
		if (outcome == OUTCOME_OK)
			outcome = find_successor(tail, &other);
		if (!other || budget != before)
			break;
		leave(tail);
	}
	return outcome;
}
