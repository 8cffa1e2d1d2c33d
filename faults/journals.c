/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/journals.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "faults/journal_directory.h"
#include "faults/proc.h"
#include "reports/mem.h"

#define RUN_ID_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* "RUN.journal"; what begins with a dot, or has characters that no run's id has, is none. */
static bool take_run_id(struct journal_entry *entry)
{
	size_t length = strlen(entry->file);
	size_t suffix = strlen(JOURNAL_SUFFIX);

	if (length <= suffix || length >= sizeof(entry->run_id) || entry->file[0] == '.' ||
		entry->file[strspn(entry->file, RUN_ID_CHARACTERS)] != '\0' ||
		strcmp(entry->file + length - suffix, JOURNAL_SUFFIX) != 0)
		return false;
	memcpy(entry->run_id, entry->file, length - suffix);
	entry->run_id[length - suffix] = '\0';
	return true;
}

static enum journal_state state_of(int fd)
{
	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return JOURNAL_ACTIVE;
	(void)flock(fd, LOCK_UN);
	return JOURNAL_LEFT_OVER;
}

/* False: it has gone meanwhile. */
static bool examine(int directory, const char *name, struct journal_entry *entry)
{
	cleanup_close int fd = -1;

	snprintf(entry->file, sizeof(entry->file), "%s", name);
	entry->state = JOURNAL_FOREIGN;
	if (!take_run_id(entry)) {
		err_set(&entry->err, ERR_UNAVAILABLE, 0, "%s/%s is no journal", JOURNAL_DIRECTORY,
			name);
		return true;
	}
	if (journal_open(directory, name, &fd, &entry->err) < 0)
		return entry->err.sys != ENOENT;
	entry->state = state_of(fd);
	/* What it says about itself is in err. */
	(void)journal_read_fd(fd, name, &entry->content, &entry->err);
	return true;
}

static int grow(struct journal_list *list, struct err *err)
{
	struct journal_entry *moved =
		realloc(list->items, (list->count + 1) * sizeof(*list->items));

	if (moved == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot list %s", JOURNAL_DIRECTORY);
	list->items = moved;
	memset(&moved[list->count], 0, sizeof(*moved));
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(
		((const struct journal_entry *)a)->file, ((const struct journal_entry *)b)->file);
}

static DIR *open_again(int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (stream == NULL && fd >= 0)
		close(fd);
	return stream;
}

int journals_scan(int directory, const char *except, struct journal_list *ret_list, struct err *err)
{
	struct journal_list list = {0};
	DIR *stream = open_again(directory);
	const struct dirent *entry;
	int result = 0;

	if (stream == NULL)
		return err_set(err, ERR_SYSTEM, errno, "cannot list %s", JOURNAL_DIRECTORY);
	while (result == 0 && (entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
			(except != NULL && strcmp(entry->d_name, except) == 0))
			continue;
		result = grow(&list, err);
		if (result == 0 && examine(directory, entry->d_name, &list.items[list.count]))
			list.count++;
	}
	closedir(stream);
	if (result < 0) {
		journal_list_release(&list);
		return -1;
	}
	if (list.count > 1)
		qsort(list.items, list.count, sizeof(list.items[0]), by_name);
	*ret_list = list;
	return 0;
}

int journals_list(struct journal_list *ret_list, struct err *err)
{
	cleanup_close int directory = -1;

	if (!journal_directory_exists()) {
		memset(ret_list, 0, sizeof(*ret_list));
		return 0;
	}
	directory = journal_directory_open(err);
	if (directory < 0 || journal_directory_lock(directory, err) < 0)
		return -1;
	return journals_scan(directory, NULL, ret_list, err);
}

void journal_list_release(struct journal_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		journal_content_release(&list->items[i].content);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

const struct journal_entry *journal_list_find(const struct journal_list *list, const char *run_id)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].state != JOURNAL_FOREIGN &&
			strcmp(list->items[i].run_id, run_id) == 0)
			return &list->items[i];
	return NULL;
}

pid_t journal_entry_pid(const struct journal_entry *entry)
{
	const struct journal_header *header = &entry->content.header;

	return header->main_pid != 0 ? header->main_pid : header->custodian_pid;
}

bool journal_entry_orphaned(const struct journal_entry *entry)
{
	const struct journal_header *header = &entry->content.header;

	return entry->state == JOURNAL_ACTIVE && header->custodian_start_time != 0 &&
	       !proc_alive(header->custodian_pid, header->custodian_start_time);
}
