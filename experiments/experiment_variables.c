/* SPDX-License-Identifier: Apache-2.0 */
/* "variables": a value, or { env: NAME, secret: true, default: VALUE }. A value may name variables
 * that stand above it. */
#include <stdlib.h>
#include <string.h>

#include "experiments/experiment_parts.h"
#include "experiments/quote.h"

struct definition {
	const char *env;
	const char *fallback; /* "default", or "value", which reads better without env */
	bool secret;
};

static const struct member members[] = {
	{"env", decode_text, offsetof(struct definition, env), false},
	{"default", decode_any_text, offsetof(struct definition, fallback), false},
	{"value", decode_any_text, offsetof(struct definition, fallback), false},
	{"secret", decode_boolean, offsetof(struct definition, secret), false},
	{NULL, NULL, 0, false},
};

static struct quoted name_of(const struct decode *decode, const struct variable *variable)
{
	return quote_file(decode->errors, variable->name);
}

/* Its default may come from a secret variable, and is one then. */
static bool default_is_secret(struct decode *decode, const struct node *node)
{
	const struct node *value = node_find(node, "value");
	const struct node *fallback = value != NULL ? value : node_find(node, "default");
	struct scalar scalar;

	return fallback != NULL && decode_scalar(decode, fallback, "default", "text", &scalar) &&
	       scalar.secret;
}

static void read_definition(
	struct decode *decode, const struct node *node, struct variable *variable)
{
	const struct setting *setting = variables_setting(&decode->variables, variable->name);
	struct definition definition = {0};
	size_t errors_before = decode->errors->total;
	const char *found;

	if (!decode_mapping(decode, node, name_of(decode, variable).text, members, &definition) ||
		decode->errors->total != errors_before)
		return;
	variable->secret = definition.secret || default_is_secret(decode, node);
	found = definition.env != NULL ? getenv(definition.env) : NULL;
	if (setting != NULL)
		variable->value = arena_strdup(decode->arena, setting->value);
	else if (found != NULL)
		variable->value = arena_strdup(decode->arena, found);
	else if (definition.fallback != NULL)
		variable->value = definition.fallback;
	else if (definition.env != NULL)
		err_list_add(decode->errors, node->loc,
			"%s: the environment has no %s, and there is no default; export it or use "
			"--set",
			name_of(decode, variable).text,
			quote_file(decode->errors, definition.env).text);
	else
		err_list_add(decode->errors, node->loc,
			"%s: has no value: give it env, default or value, or use --set %s=VALUE",
			name_of(decode, variable).text, name_of(decode, variable).text);
}

static void read_value(struct decode *decode, const struct node *node, struct variable *variable)
{
	const struct setting *setting = variables_setting(&decode->variables, variable->name);
	struct scalar scalar;

	if (!decode_scalar(
		    decode, node, name_of(decode, variable).text, "a value or a mapping", &scalar))
		return;
	variable->secret = scalar.secret;
	variable->value =
		setting != NULL ? arena_strdup(decode->arena, setting->value) : scalar.text;
}

/* Values from outside the file have not been through its checks. */
static void check_value(struct decode *decode, const struct node *node, struct variable *variable)
{
	if (variable->value == NULL || strlen(variable->value) <= DOCUMENT_SCALAR_MAX)
		return;
	err_list_add(decode->errors, node->loc, "%s: the value has more than %zu KiB",
		name_of(decode, variable).text, DOCUMENT_SCALAR_MAX / 1024);
	variable->value = NULL;
}

static void check_secrets(struct decode *decode, const struct node *node)
{
	const struct variables *variables = &decode->variables;
	size_t secrets = 0;

	for (size_t i = 0; i < variables->count; i++)
		secrets += variables->items[i].secret ? 1 : 0;
	if (secrets > SECRETS_MAX)
		err_list_add(decode->errors, node->loc, "more than %d variables are secret",
			SECRETS_MAX);
}

static void read_variable(struct decode *decode, const struct node_entry *entry)
{
	struct variables *variables = &decode->variables;
	struct variable variable = {.name = entry->key->text};

	if (!variable_name_ok(variable.name)) {
		err_list_add(decode->errors, entry->key->loc,
			"'%s' cannot name a variable: use letters, digits, '_', '-' and '.'",
			quote_file(decode->errors, variable.name).text);
		variables->incomplete = true;
		return;
	}
	if (entry->value->type == NODE_MAPPING)
		read_definition(decode, entry->value, &variable);
	else
		read_value(decode, entry->value, &variable);
	check_value(decode, entry->value, &variable);
	variables->items[variables->count++] = variable;
}

void experiment_read_variables(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct experiment *experiment = ret_value;
	struct variables *variables = &decode->variables;

	if (!decode_is(decode, node, NODE_MAPPING, name)) {
		variables->incomplete = true;
		return;
	}
	variables->items = arena_alloc(decode->arena, node->count * sizeof(*variables->items));
	for (size_t i = 0; i < node->count; i++)
		read_variable(decode, &node->entries[i]);
	check_secrets(decode, node);
	experiment->variables = variables->items;
	experiment->variable_count = variables->count;
}

static bool is_variable(const struct variables *variables, const char *name)
{
	for (size_t i = 0; i < variables->count; i++) {
		if (strcmp(variables->items[i].name, name) == 0)
			return true;
	}
	return false;
}

void experiment_check_settings(struct decode *decode, const char *file)
{
	const struct variables *variables = &decode->variables;
	const struct loc loc = {.file = file};

	if (variables->incomplete)
		return;
	for (size_t i = 0; i < variables->setting_count; i++) {
		const char *name = variables->settings[i].name;
		struct nearest nearest = decode_nearest(decode, name);

		if (is_variable(variables, name))
			continue;
		for (size_t j = 0; j < variables->count; j++)
			nearest_offer(&nearest, variables->items[j].name);
		if (nearest.best != NULL)
			err_list_add(decode->errors, loc,
				"--set %s: no such variable (did you mean '%s'?)", quote(name).text,
				quote_file(decode->errors, nearest.best).text);
		else
			err_list_add(decode->errors, loc, "--set %s: no such variable",
				quote(name).text);
	}
}
