/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/message.h"
#include "experiments/targets/targets.h"
#include "faults/pattern.h"
#include "reports/mem.h"
#include "reports/text.h"

#define ID_SHORT 12

static const char *kind_of(const struct instance *instance)
{
	if (instance->kind == INSTANCE_CONTAINER)
		return instance->runtime;
	return instance->kind == INSTANCE_NETNS ? "netns" : "process";
}

static void print_cell(const char *text, size_t width)
{
	cleanup_free char *printable = text_printable(text);
	size_t used = text_width(printable);

	printf("%s%*s", printable, used < width ? (int)(width - used) : 0, "");
	fputs("  ", stdout);
}

static void print_interfaces(const struct instance *instance)
{
	const char *separator = "";

	for (size_t i = 0; i < instance->interface_count; i++) {
		const struct interface *interface = &instance->interfaces[i];
		cleanup_free char *printable = NULL;

		if (interface->loopback)
			continue;
		printable = text_printable(interface->name);
		printf("%s%s", separator, printable);
		for (size_t j = 0; j < interface->address_count; j++)
			printf("%s%s", j == 0 ? "=" : ",", interface->addresses[j]);
		separator = " ";
	}
}

static void print_row(const struct instance *instance, size_t name_width)
{
	char id[ID_SHORT + 1] = "-";
	char pid[16] = "-";
	char netns[24] = "-";

	if (instance->kind == INSTANCE_CONTAINER)
		snprintf(id, sizeof(id), "%s", instance->id);
	if (instance->pid != 0)
		snprintf(pid, sizeof(pid), "%d", (int)instance->pid);
	if (instance->netns_inode != 0)
		snprintf(netns, sizeof(netns), "%llu", (unsigned long long)instance->netns_inode);
	print_cell(kind_of(instance), 7);
	print_cell(instance->name, name_width);
	print_cell(id, ID_SHORT);
	print_cell(instance->state != NULL ? instance->state : "-", 8);
	print_cell(pid, 7);
	print_cell(netns, 10);
	print_interfaces(instance);
	fputc('\n', stdout);
}

static void print_table(const struct instance_list *list)
{
	size_t width = 4;

	for (size_t i = 0; i < list->count; i++) {
		cleanup_free char *name = text_printable(list->items[i].name);

		if (text_width(name) > width)
			width = text_width(name);
	}
	printf("%-7s  %-*s  %-12s  %-8s  %-7s  %-10s  %s\n", "KIND", (int)width, "NAME", "ID",
		"STATE", "PID", "NETNS", "INTERFACES");
	for (size_t i = 0; i < list->count; i++)
		print_row(&list->items[i], width);
}

static void add_text(cJSON *object, const char *key, const char *text)
{
	cleanup_free char *clean = text != NULL ? text_utf8(text) : NULL;

	if (clean != NULL)
		cJSON_AddStringToObject(object, key, clean);
	else
		cJSON_AddNullToObject(object, key);
}

static cJSON *json_of(const struct instance *instance)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *interfaces;

	add_text(object, "kind", kind_of(instance));
	add_text(object, "name", instance->name);
	add_text(object, "id", instance->id);
	add_text(object, "image", instance->image);
	add_text(object, "state", instance->state);
	cJSON_AddNumberToObject(object, "pid", instance->pid);
	cJSON_AddNumberToObject(object, "netns", (double)instance->netns_inode);
	add_text(object, "netns_path", instance->netns_path);
	interfaces = cJSON_AddArrayToObject(object, "interfaces");
	for (size_t i = 0; i < instance->interface_count; i++) {
		const struct interface *interface = &instance->interfaces[i];
		cJSON *item = cJSON_CreateObject();
		cJSON *addresses;

		add_text(item, "name", interface->name);
		cJSON_AddNumberToObject(item, "index", interface->index);
		cJSON_AddBoolToObject(item, "up", interface->up);
		addresses = cJSON_AddArrayToObject(item, "addresses");
		for (size_t j = 0; j < interface->address_count; j++)
			cJSON_AddItemToArray(
				addresses, cJSON_CreateString(interface->addresses[j]));
		cJSON_AddItemToArray(interfaces, item);
	}
	return object;
}

static int print_json(const struct instance_list *list)
{
	cJSON *array = cJSON_CreateArray();
	char *text;

	for (size_t i = 0; i < list->count; i++)
		cJSON_AddItemToArray(array, json_of(&list->items[i]));
	text = cJSON_Print(array);
	cJSON_Delete(array);
	if (text == NULL) {
		fputs("perturb: out of memory\n", stderr);
		return 3;
	}
	puts(text);
	cJSON_free(text);
	return 0;
}

/* Keeps what the pattern matches, by name or by the beginning of the id. */
static void keep_matching(struct instance_list *list, const char *pattern)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct instance *instance = &list->items[i];

		if (pattern_match(pattern, instance->name) ||
			(instance->kind == INSTANCE_CONTAINER &&
				strncmp(instance->id, pattern, strlen(pattern)) == 0)) {
			struct instance moved = *instance;

			list->items[kept++] = moved;
		} else {
			instance_release(instance);
		}
	}
	list->count = kept;
}

static int nothing_to_show(const char *pattern)
{
	struct err err = {0};

	if (pattern != NULL)
		err_set(&err, ERR_UNAVAILABLE, 0, "nothing here matches '%s'", pattern);
	else
		err_set(&err, ERR_UNAVAILABLE, 0,
			"there is nothing to target here: no container and no named network "
			"namespace");
	return message_error(&err);
}

/* Keeps the instances of one kind of target. */
static void keep_kind(struct instance_list *list, enum instance_kind kind)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct instance moved = list->items[i];

		if (moved.kind == kind)
			list->items[kept++] = moved;
		else
			instance_release(&moved);
	}
	list->count = kept;
}

/* There are many processes, so they are listed only when they are asked for. */
static int find_processes(
	struct standby *standby, const char *pattern, struct instance_list *ret_list)
{
	const char *const names[] = {pattern != NULL ? pattern : "*"};
	const struct selector selector = {
		.kind = TARGET_PROCESS, .names = names, .name_count = ARRAY_SIZE(names)};
	struct err err = {0};

	return targets_resolve(standby, &selector, ret_list, &err) < 0 ? message_error(&err) : 0;
}

static int find_others(struct standby *standby, const char *pattern, const char *kind,
	struct instance_list *ret_list)
{
	struct err err = {0};
	int status = 0;

	/* One engine that does not answer is no reason to hide what the others know. */
	if (targets_list(standby, ret_list, &err) < 0)
		status = message_error(&err);
	if (kind != NULL)
		keep_kind(
			ret_list, strcmp(kind, "netns") == 0 ? INSTANCE_NETNS : INSTANCE_CONTAINER);
	if (pattern != NULL)
		keep_matching(ret_list, pattern);
	if (ret_list->count == 0 && status == 0)
		status = nothing_to_show(pattern);
	return status;
}

static int show(struct standby *standby, const char *pattern, const char *kind, bool json)
{
	struct instance_list list = {0};
	struct err err = {0};
	int status;

	if (pattern != NULL && pattern_check(pattern, &err) < 0)
		return message_error(&err);
	if (kind != NULL && strcmp(kind, "process") == 0)
		status = find_processes(standby, pattern, &list);
	else
		status = find_others(standby, pattern, kind, &list);
	if (json && print_json(&list) != 0)
		status = 3;
	else if (!json && list.count != 0)
		print_table(&list);
	instance_list_release(&list);
	return status;
}

static int run(const struct invocation *invocation)
{
	const char *kind = invocation_value(invocation, "kind");
	bool json;

	if (invocation_json(invocation, &json) < 0)
		return 2;
	if (kind != NULL && strcmp(kind, "container") != 0 && strcmp(kind, "netns") != 0 &&
		strcmp(kind, "process") != 0)
		return message_usage(
			"targets", "--kind is container, netns or process, not '%s'", kind);
	return show(invocation->session->standby, invocation->arguments[0], kind, json);
}

static const struct cli_option options_table[] = {
	{"kind", "container|netns|process", "list only these (default: containers and namespaces)",
		false},
	OPTION_FORMAT,
	{NULL, NULL, NULL, false},
};

const struct command command_targets = {
	.name = "targets",
	.summary = "what can be targeted here",
	.arguments = "[SELECTOR]",
	.details = "Lists the containers of each engine that answers and the named network\n"
		   "namespaces. SELECTOR is a name, a glob, a /regex/ or the beginning of an id;\n"
		   "for processes, the same for their command.",
	.maximum_arguments = 1,
	.options = options_table,
	.needs = NEEDS_TO_LOOK,
	.run = run,
};
