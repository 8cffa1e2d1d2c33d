/* SPDX-License-Identifier: Apache-2.0 */
/* "exec" of a probe: the program, and what counts as success. */
#include <string.h>

#include "experiments/number.h"
#include "experiments/probes/exec_probe.h"

#define COMMAND_EXPECTED "a program, or a list of a program and its arguments"
#define STATUS_EXPECTED	 "an exit status from 0 to 255, or a range such as 0-3"
#define ARGUMENTS_MAX	 1000

/* A text is a program without arguments, whatever is in it: nothing is taken apart as a shell would
 * do. */
static void read_command(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct exec_probe *exec = ret_value;
	const size_t count = node_count(node);

	if (node->type == NODE_LIST && !decode_is(decode, node, NODE_LIST, name))
		return;
	if (count > ARGUMENTS_MAX) {
		err_list_add(decode->errors, node->loc, "%s: more than %d arguments", name,
			ARGUMENTS_MAX);
		return;
	}
	exec->command = arena_alloc(decode->arena, (count + 1) * sizeof(*exec->command));
	for (size_t i = 0; i < count; i++) {
		const struct node *item = node_item(node, i);
		struct scalar scalar;

		if (!decode_scalar(decode, item, name, COMMAND_EXPECTED, &scalar))
			continue;
		if (i == 0 && *scalar.text == '\0')
			err_list_add(decode->errors, item->loc, "%s: the program is empty", name);
		exec->command[i] = arena_strdup(decode->arena, scalar.text);
	}
}

/* "3", or "0-3". */
static bool status_parse(const char *text, bool *allowed)
{
	char first_text[4] = {0};
	const size_t digits = strspn(text, "0123456789");
	uint32_t first;
	uint32_t last;

	if (digits == 0 || digits >= sizeof(first_text))
		return false;
	memcpy(first_text, text, digits);
	if (!number_whole(first_text, &first))
		return false;
	last = first;
	if (text[digits] == '-') {
		if (!number_whole(text + digits + 1, &last))
			return false;
	} else if (text[digits] != '\0') {
		return false;
	}
	if (last < first || last > EXIT_STATUS_MAX)
		return false;
	memset(allowed + first, true, last - first + 1);
	return true;
}

static void read_statuses(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct exec_probe *exec = ret_value;

	if (node->type == NODE_LIST && !decode_is(decode, node, NODE_LIST, name))
		return;
	memset(exec->statuses, false, sizeof(exec->statuses));
	for (size_t i = 0; i < node_count(node); i++) {
		const struct node *item = node_item(node, i);
		struct scalar scalar;

		if (decode_scalar(decode, item, name, STATUS_EXPECTED, &scalar) &&
			!status_parse(scalar.text, exec->statuses))
			err_list_add(decode->errors, item->loc,
				"%s: expected " STATUS_EXPECTED ", not '%s'", name,
				scalar_shown(&scalar).text);
	}
}

static char *read_variable(struct decode *decode, const struct node_entry *entry)
{
	const struct node *key = entry->key;
	struct scalar scalar;

	if (*key->text == '\0' || strchr(key->text, '=') != NULL)
		err_list_add(decode->errors, key->loc,
			"'%s' cannot be the name of an environment variable",
			quote_file(decode->errors, key->text).text);
	if (!decode_scalar(decode, entry->value, decode_name(decode, key), "text", &scalar))
		return NULL;
	return arena_printf(decode->arena, "%s=%s", key->text, scalar.text);
}

static void read_env(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct exec_probe *exec = ret_value;

	if (!decode_is(decode, node, NODE_MAPPING, name))
		return;
	exec->env = arena_alloc(decode->arena, node->count * sizeof(*exec->env));
	exec->env_count = node->count;
	for (size_t i = 0; i < node->count; i++)
		exec->env[i] = read_variable(decode, &node->entries[i]);
}

#define KEY(name, read, field, required)                                                           \
	{                                                                                          \
		name, read, offsetof(struct exec_probe, field), required                           \
	}
#define WHOLE(name, read, required)                                                                \
	{                                                                                          \
		name, read, 0, required                                                            \
	}

const struct probe_key exec_keys[] = {
	{WHOLE("command", read_command, true), "command", NULL,
		"the program, or a list of it and its arguments; never by a shell"},
	PROBE_KEY_TIMEOUT,
	{WHOLE("status", read_statuses, false), "exit_statuses", "0",
		"the exit statuses that are right"},
	{KEY("contains", decode_text, output.contains, false), "name", NULL,
		"text that must be in its standard output"},
	{KEY("matches", decode_expression, output.matches, false), "name", NULL,
		"a regular expression that its standard output must match"},
	{KEY("equals", decode_any_text, output.equals, false), "text", NULL,
		"what its standard output must be, line ends at its end aside"},
	{KEY("value", number_range_read, output.value, false), "conditions", NULL,
		"what its standard output must keep to as a number, such as >= 3"},
	{WHOLE("env", read_env, false), "environment", NULL, "environment variables to be set"},
	{KEY("directory", decode_text, directory, false), "name", "that of perturb",
		"where it runs"},
	PROBE_KEYS_END,
};

void exec_defaults(void *settings)
{
	struct exec_probe *exec = settings;

	exec->statuses[0] = true;
}
