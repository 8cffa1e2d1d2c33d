/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/abort.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "faults/clock.h"
#include "faults/journal_directory.h"
#include "faults/recovery.h"
#include "faults/signals.h"
#include "reports/mem.h"

/* How long each of them is waited for. An undo that fails is tried again for 5 s. */
#define MAIN_TIMEOUT_MS	     3000
#define CUSTODIAN_TIMEOUT_MS 10000

static int64_t now_ms(void)
{
	return monotonic_ns() / 1000000;
}

static bool is_gone(const struct journal_entry *entry)
{
	char path[sizeof(JOURNAL_DIRECTORY) + sizeof(entry->file) + 1];

	snprintf(path, sizeof(path), "%s/%s", JOURNAL_DIRECTORY, entry->file);
	return access(path, F_OK) < 0 && errno == ENOENT;
}

/* watch tells of every file that is removed from the directory. */
static bool gone_within(const struct journal_entry *entry, int watch, int timeout_ms)
{
	int64_t give_up = now_ms() + timeout_ms;

	for (;;) {
		struct pollfd waited = {.fd = watch, .events = POLLIN};
		char events[4096];
		int64_t left = give_up - now_ms();

		if (is_gone(entry))
			return true;
		if (left <= 0)
			return false;
		if (poll(&waited, 1, (int)left) == 1 && read(watch, events, sizeof(events)) < 0 &&
			errno != EAGAIN && errno != EINTR)
			return false;
	}
}

/* One that was stopped cannot react; one that has reacted by now, and ended, need not go on. */
static int ask(pid_t pid, uint64_t start_time, struct err *err)
{
	struct err ignored;

	if (signal_send(pid, start_time, SIGTERM, err) < 0)
		return -1;
	(void)signal_send(pid, start_time, SIGCONT, &ignored);
	return 0;
}

/* Who is to be asked must be known for certain. */
static int refuse_unknown(const struct journal_entry *entry, struct err *err)
{
	const struct journal_header *header = &entry->content.header;

	if (entry->err.code != ERR_NONE) {
		*err = entry->err;
		return -1;
	}
	if (header->custodian_pid == 0)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"the journal %s/%s does not tell whose it is: its first line is damaged",
			JOURNAL_DIRECTORY, entry->file);
	if (header->custodian_start_time == 0)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"the run %s was begun by an older perturb, which did not write down enough "
			"to find it safely; end it by \"kill %d\", which is its custodian",
			entry->run_id, (int)header->custodian_pid);
	return 0;
}

static int refuse_held(const struct journal_entry *entry, bool asked, struct err *err)
{
	const struct journal_header *header = &entry->content.header;

	if (!asked)
		return err_set(err, ERR_UNREVERTED, 0,
			"no process of the run %s can be found from here, but somebody holds its "
			"journal: run perturb where that is (another container, another pid "
			"namespace)",
			entry->run_id);
	return err_set(err, ERR_UNREVERTED, 0,
		"neither the main process (pid %d) nor the custodian (pid %d) of the run %s "
		"reacts, "
		"and its changes are still there: \"kill -9\" both, then run \"perturb recover\"",
		(int)header->main_pid, (int)header->custodian_pid, entry->run_id);
}

int abort_run(const struct journal_entry *entry, enum abort_way *ret_way, struct err *err)
{
	const struct journal_header *header = &entry->content.header;
	cleanup_close int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct err reason = {0};
	bool main_asked;
	bool custodian_asked;
	size_t count;

	if (refuse_unknown(entry, err) < 0)
		return -1;
	if (watch < 0 || inotify_add_watch(watch, JOURNAL_DIRECTORY, IN_DELETE) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot watch %s", JOURNAL_DIRECTORY);
	*ret_way = ABORT_BY_MAIN;
	main_asked = ask(header->main_pid, header->main_start_time, &reason) == 0;
	if (main_asked && gone_within(entry, watch, MAIN_TIMEOUT_MS))
		return 0;
	*ret_way = ABORT_BY_CUSTODIAN;
	custodian_asked = ask(header->custodian_pid, header->custodian_start_time, &reason) == 0;
	if (custodian_asked && gone_within(entry, watch, CUSTODIAN_TIMEOUT_MS))
		return 0;
	*ret_way = ABORT_BY_RECOVERY;
	if (recovery_run(entry->run_id, &count, err) == 0)
		return 0;
	if (err->sys == EWOULDBLOCK)
		return refuse_held(entry, main_asked || custodian_asked, err);
	err->code = ERR_UNREVERTED;
	return -1;
}
