/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/journals.h"
#include "cli/message.h"
#include "faults/abort.h"

static int end_run(const struct journal_entry *entry)
{
	static const char *const ways[] = {
		[ABORT_BY_MAIN] = "it was told to end, and put everything back",
		[ABORT_BY_CUSTODIAN] = "its main process did not react; its custodian put "
				       "everything back",
		[ABORT_BY_RECOVERY] = "none of its processes was left; everything was put back by "
				      "its journal",
	};
	enum abort_way way;
	struct err err = {0};

	if (abort_run(entry, &way, &err) < 0)
		return message_error(&err);
	printf("the run %s: %s\n", entry->run_id, ways[way]);
	return 0;
}

static int refuse(const struct journal_entry *entry, const char *run_id)
{
	struct err err;

	if (entry != NULL)
		err_set(&err, ERR_UNAVAILABLE, 0,
			"the run %s is over, but has left something behind: \"perturb recover %s\" "
			"puts it back",
			entry->run_id, entry->run_id);
	else if (run_id != NULL)
		err_set(&err, ERR_UNAVAILABLE, 0,
			"no run '%s' is active; \"perturb status\" lists those that are", run_id);
	else
		err_set(&err, ERR_UNAVAILABLE, 0, "no run is active");
	return message_error(&err);
}

static int refuse_to_choose(const struct journal_list *list)
{
	message_usage("abort", "several runs are active: name one of them");
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].state != JOURNAL_ACTIVE)
			continue;
		fputs("  ", stdout);
		journals_print_run(&list->items[i]);
		putchar('\n');
	}
	return 2;
}

static int choose(const struct journal_list *list, const char *run_id)
{
	const struct journal_entry *found = NULL;
	size_t active = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].state != JOURNAL_ACTIVE)
			continue;
		found = &list->items[i];
		active++;
	}
	if (run_id != NULL) {
		found = journal_list_find(list, run_id);
		active = found != NULL && found->state == JOURNAL_ACTIVE ? 1 : 0;
	}
	if (active > 1)
		return refuse_to_choose(list);
	return active == 1 ? end_run(found) : refuse(found, run_id);
}

static int run(const struct invocation *invocation)
{
	struct journal_list list;
	int status;

	if (journals_get("abort", &list) < 0)
		return 3;
	status = choose(&list, invocation->arguments[0]);
	journal_list_release(&list);
	return status;
}

const struct command command_abort = {
	.name = "abort",
	.summary = "end a run from another terminal and put everything back",
	.arguments = "[RUN]",
	.details =
		"Asks the run to end as Ctrl-C would, and, when it does not react within three\n"
		"seconds, its custodian. Returns when everything is put back. RUN may be left out\n"
		"when only one is active.",
	.minimum_arguments = 0,
	.maximum_arguments = 1,
	.needs = NEEDS_TO_KEEP,
	.run = run,
};
