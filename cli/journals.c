/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/journals.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/message.h"
#include "faults/operation_place.h"
#include "faults/proc.h"
#include "reports/mem.h"
#include "reports/text.h"

int journals_get(const char *verb, struct journal_list *ret_list)
{
	struct err err = {0};

	if (geteuid() != 0) {
		err_set(&err, ERR_UNAVAILABLE, 0,
			"only root sees what perturb has changed: run \"sudo perturb %s\"", verb);
		message_error(&err);
		return -1;
	}
	if (journals_list(ret_list, &err) < 0) {
		message_error(&err);
		return -1;
	}
	return 0;
}

void journals_print_change(const struct operation *operation)
{
	char place[OPERATION_PLACE_MAX];
	cleanup_free char *printable =
		text_printable(operation_place(operation, place, sizeof(place)));

	printf("%s on %s", operation_engine(operation), printable);
}

static const char *state_of_main(const struct journal_header *header)
{
	struct proc_stat stat;

	if (proc_stat(header->main_pid, &stat, NULL) < 0 ||
		stat.start_time != header->main_start_time || stat.state == 'Z')
		return ", which is gone";
	return stat.state == 'T' || stat.state == 't' ? ", which is stopped" : "";
}

void journals_print_run(const struct journal_entry *entry)
{
	const struct journal_header *header = &entry->content.header;
	cleanup_free char *title = text_printable(header->title);
	time_t began = (time_t)(header->began_ms / 1000);
	char since[32] = "";
	struct tm parts;

	printf("%s", entry->run_id);
	if (title[0] != '\0')
		printf("  %s", title);
	if (header->main_pid == 0)
		return;
	if (gmtime_r(&began, &parts) != NULL)
		strftime(since, sizeof(since), "%Y-%m-%d %H:%M:%S", &parts);
	printf("  (pid %d%s, since %s UTC)", (int)header->main_pid, state_of_main(header), since);
}
