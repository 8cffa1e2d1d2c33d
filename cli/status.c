/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/equivalent.h"
#include "cli/journals.h"
#include "cli/message.h"
#include "cli/status_json.h"
#include "experiments/loop.h"
#include "reports/mem.h"
#include "reports/text.h"

static void print_change(const struct operation *operation, bool active, int64_t now_ns)
{
	double left = (double)(operation->deadline_ns - now_ns) / 1e9;

	fputs("  ", stdout);
	journals_print_change(operation);
	if (active && operation->deadline_ns != 0 && left > 0)
		printf(", ends in %.1f s", left);
	else if (active && operation->deadline_ns != 0)
		fputs(", just ending", stdout);
	putchar('\n');
	equivalent_print("      ", operation);
}

static void print_entry(const struct journal_entry *entry, int64_t now_ns)
{
	cleanup_free char *problem = status_problem(entry);
	bool active = entry->state == JOURNAL_ACTIVE;

	if (entry->state == JOURNAL_FOREIGN) {
		cleanup_free char *printable = text_printable(problem);

		printf("ignored: %s\n", printable);
		return;
	}
	fputs(active ? "active: " : "left over: ", stdout);
	journals_print_run(entry);
	putchar('\n');
	if (problem != NULL)
		printf("  %s\n", problem);
	else if (entry->content.count == 0)
		puts(active ? "  nothing is changed at the moment" : "  nothing was changed");
	for (size_t i = 0; i < entry->content.count; i++)
		print_change(&entry->content.operations[i], active, now_ns);
}

static size_t count_state(const struct journal_list *list, enum journal_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].state == state)
			count++;
	return count;
}

static void print_text(const struct journal_list *list)
{
	int64_t now_ns = clock_now();

	for (size_t i = 0; i < list->count; i++)
		print_entry(&list->items[i], now_ns);
	if (count_state(list, JOURNAL_LEFT_OVER) != 0)
		puts("\"perturb recover\" puts back what is left over");
	else if (count_state(list, JOURNAL_ACTIVE) == 0)
		puts("no run is active, and nothing is left over");
}

static int run(const struct invocation *invocation)
{
	struct journal_list list;
	int status;
	bool json;

	if (invocation_json(invocation, &json) < 0)
		return 2;
	if (journals_get("status", &list) < 0)
		return 3;
	if (json) {
		cleanup_free char *text = status_json(&list, clock_now());

		fputs(text, stdout);
	} else {
		print_text(&list);
	}
	status = count_state(&list, JOURNAL_LEFT_OVER) != 0 ? 5 : 0;
	journal_list_release(&list);
	return status;
}

static const struct cli_option options_table[] = {
	OPTION_FORMAT,
	{NULL, NULL, NULL, false},
};

const struct command command_status = {
	.name = "status",
	.summary = "show the runs that are active here, and what was left over",
	.arguments = "",
	.details =
		"Exit status: 0 when nothing is left over, 5 when something is, 3 when it cannot\n"
		"be told.",
	.minimum_arguments = 0,
	.maximum_arguments = 0,
	.options = options_table,
	.run = run,
};
