/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/equivalent.h"
#include "cli/journals.h"
#include "cli/message.h"
#include "faults/recovery.h"
#include "reports/mem.h"
#include "reports/text.h"

static void tell(void *data, const struct operation *operation, const struct err *failure)
{
	(void)data;
	fputs(failure == NULL ? "  put back: " : "  NOT put back: ", stdout);
	journals_print_change(operation);
	putchar('\n');
	equivalent_print("            ", operation);
	if (failure != NULL)
		message_error(failure);
	fflush(stdout);
}

/* Returns the exit status. Whatever the reason, what was not put back is left. */
static int put_back(const struct journal_entry *entry, size_t *total)
{
	static const struct recovery_observer observer = {.function = tell};
	struct err err = {0};
	size_t count;
	int result;

	fputs("run ", stdout);
	journals_print_run(entry);
	putchar('\n');
	fflush(stdout);
	result = recovery_run_observed(entry->run_id, &observer, &count, &err);
	*total += count;
	if (result == 0)
		return 0;
	message_error(&err);
	return 5;
}

static int refuse_active(const struct journal_entry *entry)
{
	struct err err;

	err_set(&err, ERR_UNAVAILABLE, 0,
		"the run %s goes on (pid %d), and will put everything back itself; \"perturb abort "
		"%s\" ends it",
		entry->run_id, (int)journal_entry_pid(entry), entry->run_id);
	return message_error(&err);
}

static bool is_left_over(const struct journal_entry *entry)
{
	return entry->state == JOURNAL_LEFT_OVER || journal_entry_orphaned(entry);
}

static int recover_all(const struct journal_list *list, const char *run_id)
{
	size_t total = 0;
	int status = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct journal_entry *entry = &list->items[i];

		if (run_id != NULL && strcmp(entry->run_id, run_id) != 0)
			continue;
		if (is_left_over(entry)) {
			if (put_back(entry, &total) != 0)
				status = 5;
		} else if (entry->state == JOURNAL_FOREIGN) {
			cleanup_free char *printable = text_printable(entry->err.message);

			message_warning("%s: left alone", printable);
		} else if (run_id != NULL) {
			return refuse_active(entry);
		} else {
			printf("the run %s goes on (pid %d): left alone\n", entry->run_id,
				(int)journal_entry_pid(entry));
		}
	}
	if (status != 0)
		return status;
	if (total != 0)
		printf("%zu %s put back; ", total, total == 1 ? "change" : "changes");
	/* Of the others, nothing is known here. */
	if (run_id != NULL)
		printf("nothing is left over of a run '%s'\n", run_id);
	else
		puts("nothing is left over");
	return 0;
}

static int run(const struct invocation *invocation)
{
	struct journal_list list;
	int status;

	if (journals_get("recover", &list) < 0)
		return 3;
	/* Whoever reads what it says may go away, but everything is put back. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		message_warning("cannot ignore SIGPIPE");
	status = recover_all(&list, invocation->arguments[0]);
	journal_list_release(&list);
	return status;
}

const struct command command_recover = {
	.name = "recover",
	.summary = "put back what killed runs have left over",
	.arguments = "[RUN]",
	.details = "Undoes what the journals under /run/perturb list that nobody writes any more.\n"
		   "Runs that go on are left alone. Can be run as often as you like.",
	.minimum_arguments = 0,
	.maximum_arguments = 1,
	.needs = NEEDS_TO_KEEP,
	.run = run,
};
