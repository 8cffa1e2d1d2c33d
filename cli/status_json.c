/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/status_json.h"

#include <inttypes.h>

#include "cli/equivalent.h"
#include "faults/operation_place.h"
#include "faults/proc.h"
#include "reports/json_value.h"
#include "reports/mem.h"

char *status_problem(const struct journal_entry *entry)
{
	if (entry->err.code != ERR_NONE)
		return xstrdup(entry->err.message);
	if (entry->content.damaged_line != 0)
		return xasprintf(
			"line %" PRIu32 " of its journal is damaged", entry->content.damaged_line);
	return NULL;
}

static void put_change(cJSON *array, const struct operation *operation, int64_t now_ns)
{
	cJSON *object = json_append_object(array);
	cleanup_free char *command = equivalent_command(operation);
	char place[OPERATION_PLACE_MAX];
	bool network = operation->interface[0] != '\0';
	bool inside = operation->netns_path[0] != '\0';

	json_put_count(object, "id", operation->id);
	json_put_text(object, "type", operation_ops(operation->type)->name);
	json_put_text(object, "place", operation_place(operation, place, sizeof(place)));
	json_put_text(object, "netns", inside ? operation->netns_path : NULL);
	json_put_text(object, "interface", network ? operation->interface : NULL);
	if (operation->pid != 0)
		json_put_count(object, "pid", (uint64_t)operation->pid);
	else
		json_put(object, "pid", cJSON_CreateNull());
	json_put_text(object, "command", command);
	if (operation->deadline_ns != 0)
		json_put_decimal(
			object, "ends_in_ms", (double)(operation->deadline_ns - now_ns) / 1e6);
	else
		json_put(object, "ends_in_ms", cJSON_CreateNull());
}

static void put_pid(cJSON *object, const char *key, pid_t pid)
{
	json_put(object, key, pid != 0 ? cJSON_CreateNumber(pid) : cJSON_CreateNull());
}

static void put_run(cJSON *array, const struct journal_entry *entry, int64_t now_ns)
{
	const struct journal_header *header = &entry->content.header;
	cleanup_free char *problem = status_problem(entry);
	struct timespec began = {.tv_sec = (time_t)(header->began_ms / 1000),
		.tv_nsec = (long)(header->began_ms % 1000) * 1000000};
	cJSON *object = json_append_object(array);
	cJSON *changes;

	json_put_text(object, "run_id", entry->run_id);
	json_put_text(object, "state", entry->state == JOURNAL_ACTIVE ? "active" : "left-over");
	json_put_text(object, "title", header->title);
	put_pid(object, "main_pid", header->main_pid);
	json_put_bool(object, "main_alive", proc_alive(header->main_pid, header->main_start_time));
	put_pid(object, "custodian_pid", header->custodian_pid);
	if (header->began_ms != 0)
		json_put_date(object, "began_at", &began);
	else
		json_put(object, "began_at", cJSON_CreateNull());
	json_put_text(object, "problem", problem);
	changes = json_put_array(object, "changes");
	for (size_t i = 0; i < entry->content.count; i++)
		put_change(changes, &entry->content.operations[i], now_ns);
}

char *status_json(const struct journal_list *list, int64_t now_ns)
{
	cJSON *root = json_checked(cJSON_CreateObject());
	cJSON *runs;
	cJSON *ignored;

	json_put_text(root, "schema", "perturb.status/1");
	runs = json_put_array(root, "runs");
	ignored = json_put_array(root, "ignored");
	for (size_t i = 0; i < list->count; i++) {
		const struct journal_entry *entry = &list->items[i];
		cJSON *object;

		if (entry->state != JOURNAL_FOREIGN) {
			put_run(runs, entry, now_ns);
			continue;
		}
		object = json_append_object(ignored);
		json_put_text(object, "file", entry->file);
		json_put_text(object, "why", entry->err.message);
	}
	return json_finish(root);
}
