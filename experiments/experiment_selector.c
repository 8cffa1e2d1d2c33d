/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of target: how each says which instances it means. */
#include <string.h>

#include "experiments/experiment_parts.h"
#include "experiments/quote.h"

/* PID_MAX_LIMIT of 64-bit kernels */
#define PID_MAX 4194304

/* One pattern or several, added to those that are there. */
static void read_names(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct selector *selector = ret_value;
	size_t count = node_count(node);
	const char **names;

	if (node->type == NODE_LIST && !decode_is(decode, node, NODE_LIST, name))
		return;
	names = arena_alloc(decode->arena, (selector->name_count + count) * sizeof(*names));
	for (size_t i = 0; i < selector->name_count; i++)
		names[i] = selector->names[i];
	for (size_t i = 0; i < count; i++)
		decode_pattern(decode, node_item(node, i), name, &names[selector->name_count + i]);
	selector->names = names;
	selector->name_count += count;
}

static bool is_hexadecimal(const char *text)
{
	return text[strspn(text, "0123456789abcdefABCDEF")] == '\0';
}

static void read_id(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	static const char expected[] = "at least 4 hexadecimal digits or a pattern";
	const char **ret_id = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, expected, &scalar))
		return;
	decode_check_pattern(decode, node, name, &scalar);
	if (is_hexadecimal(scalar.text) && strlen(scalar.text) < 4)
		err_list_add(decode->errors, node->loc, "%s: expected %s, not '%s'", name, expected,
			scalar_shown(&scalar).text);
	*ret_id = scalar.text;
}

static void read_runtime(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_runtime = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, "docker or podman", &scalar))
		return;
	if (strcmp(scalar.text, "docker") != 0 && strcmp(scalar.text, "podman") != 0)
		err_list_add(decode->errors, node->loc, "%s: expected docker or podman, not '%s'",
			name, scalar_shown(&scalar).text);
	*ret_runtime = scalar.text;
}

/* "key=value" or "key"; the value is a pattern. */
static void read_label(struct decode *decode, const struct node *node, const char *name,
	struct label_selector *ret_label)
{
	struct scalar scalar;
	struct scalar value;
	const char *equals;

	if (!decode_scalar(decode, node, name, "a label such as tier=web", &scalar))
		return;
	equals = strchrnul(scalar.text, '=');
	ret_label->key = arena_strndup(decode->arena, scalar.text, (size_t)(equals - scalar.text));
	if (*ret_label->key == '\0')
		err_list_add(decode->errors, node->loc,
			"%s: expected a label such as tier=web, not '%s'", name,
			scalar_shown(&scalar).text);
	if (*equals == '\0')
		return;
	value = (struct scalar){
		.text = equals + 1, .secret = scalar.secret, .hidden = scalar.hidden};
	decode_check_pattern(decode, node, name, &value);
	ret_label->value = value.text;
}

static void read_labels(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct selector *selector = ret_value;
	bool mapping = node->type == NODE_MAPPING;
	size_t count = mapping ? node->count : node_count(node);
	struct label_selector *labels;

	if (node->type != NODE_SCALAR && !decode_is(decode, node, node->type, name))
		return;
	labels = arena_alloc(decode->arena, count * sizeof(*labels));
	for (size_t i = 0; i < count; i++) {
		if (!mapping) {
			read_label(decode, node_item(node, i), name, &labels[i]);
			continue;
		}
		labels[i].key = node->entries[i].key->text;
		decode_pattern(decode, node->entries[i].value,
			decode_name(decode, node->entries[i].key), &labels[i].value);
	}
	selector->labels = labels;
	selector->label_count = count;
}

static const struct member container_members[] = {
	{"name", read_names, 0, false},
	{"id", read_id, offsetof(struct selector, id), false},
	{"label", read_labels, 0, false},
	{"image", decode_pattern, offsetof(struct selector, image), false},
	{"service", decode_pattern, offsetof(struct selector, service), false},
	{"project", decode_pattern, offsetof(struct selector, project), false},
	{"runtime", read_runtime, offsetof(struct selector, runtime), false},
	{NULL, NULL, 0, false},
};

void selector_read_container(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct selector *selector = ret_value;

	selector->kind = TARGET_CONTAINER;
	if (node->type != NODE_MAPPING) {
		read_names(decode, node, name, selector);
		return;
	}
	if (!decode_mapping(decode, node, name, container_members, selector))
		return;
	/* every container of a runtime is nothing that anybody means */
	if (node->count == 1 && node_find(node, "runtime") != NULL)
		err_list_add(decode->errors, node->loc,
			"%s: which ones? give name, id, label, image, service or project", name);
}

static void only_one(struct decode *decode, const struct node *node, const char *name)
{
	if (node->count > 1)
		err_list_add(decode->errors, node->entries[1].key->loc,
			"%s: '%s' and '%s' exclude each other", name,
			quote_file(decode->errors, node->entries[0].key->text).text,
			quote_file(decode->errors, node->entries[1].key->text).text);
}

static void read_path(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, "the path of a network namespace", &scalar))
		return;
	if (*scalar.text != '/')
		err_list_add(decode->errors, node->loc,
			"%s: expected a path that begins with '/', not '%s'", name,
			scalar_shown(&scalar).text);
	read_names(decode, node, name, ret_value);
}

static const struct member netns_members[] = {
	{"name", read_names, 0, false},
	{"path", read_path, 0, false},
	{NULL, NULL, 0, false},
};

void selector_read_netns(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct selector *selector = ret_value;

	selector->kind = TARGET_NETNS;
	if (node->type != NODE_MAPPING)
		read_names(decode, node, name, selector);
	else if (decode_mapping(decode, node, name, netns_members, selector))
		only_one(decode, node, name);
}

static void read_pid(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	pid_t *ret_pid = ret_value;
	size_t errors_before = decode->errors->total;
	uint32_t pid = 0;

	decode_count(decode, node, name, &pid);
	if (decode->errors->total == errors_before && (pid < 1 || pid > PID_MAX))
		err_list_add(decode->errors, node->loc, "%s: there is no such process id", name);
	*ret_pid = (pid_t)pid;
}

static const struct member process_members[] = {
	{"pid", read_pid, offsetof(struct selector, pid), false},
	{"command", read_names, 0, false},
	{NULL, NULL, 0, false},
};

void selector_read_process(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct selector *selector = ret_value;

	selector->kind = TARGET_PROCESS;
	if (node->type != NODE_MAPPING)
		read_names(decode, node, name, selector);
	else if (decode_mapping(decode, node, name, process_members, selector))
		only_one(decode, node, name);
}
