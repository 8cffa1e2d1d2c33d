/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/decode.h"

#include <string.h>

#include "experiments/quote.h"
#include "experiments/units.h"
#include "faults/expression.h"
#include "faults/pattern.h"

/* Each takes up to a millisecond to compile. */
#define EXPRESSIONS_MAX 200

bool decode_is(
	struct decode *decode, const struct node *node, enum node_type type, const char *name)
{
	const struct node sample = {.type = type, .text = ""};

	if (node->type != type) {
		err_list_add(decode->errors, node->loc, "%s: expected %s, not %s", name,
			node_type_name(&sample), node_type_name(node));
		return false;
	}
	if (type != NODE_SCALAR && node->count == 0) {
		err_list_add(decode->errors, node->loc, "%s: there is nothing in this %s", name,
			type == NODE_LIST ? "list" : "mapping");
		return false;
	}
	return true;
}

bool decode_knows(const struct member *members, const char *name)
{
	for (; members->name != NULL; members++) {
		if (strcmp(members->name, name) == 0)
			return true;
	}
	return false;
}

static char *member_names(const struct member *members)
{
	char *names = xstrdup("");

	for (; members->name != NULL; members++) {
		char *longer =
			xasprintf("%s%s%s", names, *names == '\0' ? "" : ", ", members->name);

		free(names);
		names = longer;
	}
	return names;
}

struct nearest decode_nearest(const struct decode *decode, const char *name)
{
	if (decode->errors->count == ERR_LIST_MAX)
		return (struct nearest){0};
	return nearest_begin(name, strlen(name));
}

void decode_unknown_key(struct decode *decode, const struct node *key,
	const struct nearest *nearest, const char *keys)
{
	if (nearest->best != NULL)
		err_list_add(decode->errors, key->loc, "unknown key '%s' (did you mean '%s'?)",
			quote_file(decode->errors, key->text).text, nearest->best);
	else
		err_list_add(decode->errors, key->loc, "unknown key '%s'; %s",
			quote_file(decode->errors, key->text).text, keys);
}

void decode_unknown_member(
	struct decode *decode, const struct node *key, const struct member *members)
{
	struct nearest nearest = decode_nearest(decode, key->text);
	cleanup_free char *names = member_names(members);
	cleanup_free char *keys = xasprintf("the keys here are %s", names);

	for (const struct member *member = members; member->name != NULL; member++)
		nearest_offer(&nearest, member->name);
	decode_unknown_key(decode, key, &nearest, keys);
}

void decode_members(struct decode *decode, const struct node *mapping, const struct member *members,
	void *ret_structure)
{
	for (; members->name != NULL; members++) {
		const struct node *value = node_find(mapping, members->name);

		if (value != NULL)
			members->read(decode, value, members->name,
				(char *)ret_structure + members->offset);
		else if (members->required)
			err_list_add(
				decode->errors, mapping->loc, "'%s' is missing", members->name);
	}
}

bool decode_mapping(struct decode *decode, const struct node *node, const char *name,
	const struct member *members, void *ret_structure)
{
	if (!decode_is(decode, node, NODE_MAPPING, name))
		return false;
	for (size_t i = 0; i < node->count; i++) {
		if (!decode_knows(members, node->entries[i].key->text))
			decode_unknown_member(decode, node->entries[i].key, members);
	}
	decode_members(decode, node, members, ret_structure);
	return true;
}

bool decode_scalar(struct decode *decode, const struct node *node, const char *name,
	const char *expected, struct scalar *ret_scalar)
{
	struct err err = {0};

	if (node->type != NODE_SCALAR || node_is_null(node)) {
		err_list_add(decode->errors, node->loc, "%s: expected %s, not %s", name, expected,
			node_type_name(node));
		return false;
	}
	if (variables_expand(&decode->variables, decode->arena, node->text, &ret_scalar->text,
		    &ret_scalar->secret, &err) < 0) {
		if (err.code != ERR_NONE)
			err_list_add(decode->errors, node->loc, "%s: %s", name, err.message);
		return false;
	}
	ret_scalar->hidden = ret_scalar->secret || decode->errors->text_private;
	return true;
}

struct quoted scalar_shown(const struct scalar *scalar)
{
	return quote(scalar->hidden ? "***" : scalar->text);
}

const char *decode_name(struct decode *decode, const struct node *key)
{
	return arena_strdup(decode->arena, quote_file(decode->errors, key->text).text);
}

void decode_reject(struct decode *decode, const struct node *node, const char *name,
	const struct scalar *scalar, const char *expected, const struct err *err)
{
	if (scalar->hidden)
		err_list_add(
			decode->errors, node->loc, "%s: expected %s, not '***'", name, expected);
	else
		err_list_add(decode->errors, node->loc, "%s: %s", name, err->message);
}

void decode_any_text(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_text = ret_value;
	struct scalar scalar;

	if (decode_scalar(decode, node, name, "text", &scalar))
		*ret_text = scalar.text;
}

void decode_text(struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_text = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, "text", &scalar))
		return;
	if (*scalar.text == '\0')
		err_list_add(decode->errors, node->loc, "%s: is empty", name);
	*ret_text = scalar.text;
}

static bool count_expression(struct decode *decode, const struct node *node, const char *name)
{
	if (++decode->expressions <= EXPRESSIONS_MAX)
		return true;
	err_list_add(decode->errors, node->loc, "%s: more than %d regular expressions in one file",
		name, EXPRESSIONS_MAX);
	return false;
}

void decode_check_pattern(struct decode *decode, const struct node *node, const char *name,
	const struct scalar *scalar)
{
	struct err err;

	if (*scalar->text == '/' && !count_expression(decode, node, name))
		return;
	if (pattern_check(scalar->text, &err) < 0)
		decode_reject(decode, node, name, scalar, PATTERN_EXPECTED, &err);
}

void decode_pattern(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_text = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, PATTERN_EXPECTED, &scalar))
		return;
	decode_check_pattern(decode, node, name, &scalar);
	*ret_text = scalar.text;
}

void decode_expression(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	static const char expected[] = "a regular expression";
	const char **ret_text = ret_value;
	struct scalar scalar;
	struct err err;

	if (!decode_scalar(decode, node, name, expected, &scalar) ||
		!count_expression(decode, node, name))
		return;
	if (expression_check(scalar.text, &err) < 0)
		decode_reject(decode, node, name, &scalar, expected, &err);
	*ret_text = scalar.text;
}

void decode_duration(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct scalar scalar;
	struct err err;

	if (decode_scalar(decode, node, name, DURATION_EXPECTED, &scalar) &&
		duration_parse(scalar.text, ret_value, &err) < 0)
		decode_reject(decode, node, name, &scalar, DURATION_EXPECTED, &err);
}

void decode_count(struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct scalar scalar;
	struct err err;

	if (decode_scalar(decode, node, name, COUNT_EXPECTED, &scalar) &&
		count_parse(scalar.text, ret_value, &err) < 0)
		decode_reject(decode, node, name, &scalar, COUNT_EXPECTED, &err);
}

void decode_boolean(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	bool *ret_boolean = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, "true or false", &scalar))
		return;
	*ret_boolean = strcmp(scalar.text, "true") == 0;
	if (!*ret_boolean && strcmp(scalar.text, "false") != 0)
		err_list_add(decode->errors, node->loc, "%s: expected true or false, not '%s'",
			name, scalar_shown(&scalar).text);
}
