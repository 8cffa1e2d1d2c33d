/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/document.h"

#include <string.h>
#include <yaml.h>

#include "experiments/document_builder.h"
#include "experiments/document_text.h"

/* libyaml's own words, and what to do about the two mistakes that they do not explain. */
static int syntax_error(struct builder *builder, const char *text, const yaml_parser_t *parser)
{
	struct loc loc = builder_loc(builder, &parser->problem_mark);
	const char *at = document_text_at(text, loc.line, loc.column);
	const char *context = parser->context != NULL ? parser->context : "";

	if (parser->error == YAML_MEMORY_ERROR)
		out_of_memory();
	if (*at == '\t')
		err_list_add(builder->errors, loc, "a tab cannot indent YAML: use spaces");
	else if (*at == '%' || *at == '@' || *at == '`')
		err_list_add(builder->errors, loc,
			"a text that begins with '%c' needs quotes in YAML", *at);
	else
		err_list_add(builder->errors, loc, "not YAML: %s%s%s",
			parser->problem != NULL ? parser->problem : "cannot be read",
			*context == '\0' ? "" : " ", context);
	return -1;
}

static int events_read(struct builder *builder, const char *text, yaml_parser_t *parser)
{
	yaml_event_type_t type;
	yaml_event_t event;
	int result;

	do {
		if (yaml_parser_parse(parser, &event) == 0)
			return syntax_error(builder, text, parser);
		type = event.type;
		result = builder_take(builder, &event);
		yaml_event_delete(&event);
	} while (result == 0 && type != YAML_STREAM_END_EVENT);
	return result;
}

static int text_read(struct builder *builder, const char *text, size_t length)
{
	yaml_parser_t parser;
	int result;

	if (yaml_parser_initialize(&parser) == 0)
		out_of_memory();
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	result = events_read(builder, text, &parser);
	yaml_parser_delete(&parser);
	return result;
}

int document_parse(struct arena *arena, const char *file, const char *text, size_t length,
	const struct node **ret_root, struct err_list *errors)
{
	struct loc loc = {.file = file, .line = 1, .column = 1};
	struct builder builder = {.arena = arena, .file = file, .errors = errors};
	char *copy;

	if (length > DOCUMENT_SIZE_MAX) {
		loc.line = 0;
		err_list_add(
			errors, loc, "the file is larger than %zu KiB", DOCUMENT_SIZE_MAX / 1024);
		return -1;
	}
	if (length >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0) {
		text += 3;
		length -= 3;
	}
	copy = arena_strndup(arena, text, length);
	if (document_text_check(file, copy, length, errors) < 0 ||
		text_read(&builder, copy, length) < 0)
		return -1;
	if (builder.root == NULL) {
		err_list_add(errors, loc, "the file is empty");
		return -1;
	}
	*ret_root = builder.root;
	return 0;
}

const struct node *node_find(const struct node *mapping, const char *key)
{
	for (size_t i = 0; i < mapping->count; i++) {
		if (strcmp(mapping->entries[i].key->text, key) == 0)
			return mapping->entries[i].value;
	}
	return NULL;
}

size_t node_count(const struct node *node)
{
	return node->type == NODE_LIST ? node->count : 1;
}

const struct node *node_item(const struct node *node, size_t index)
{
	return node->type == NODE_LIST ? node->entries[index].value : node;
}

bool node_is_null(const struct node *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

	if (node->type != NODE_SCALAR || !node->plain)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(nulls); i++) {
		if (strcmp(node->text, nulls[i]) == 0)
			return true;
	}
	return false;
}

const char *node_type_name(const struct node *node)
{
	switch (node->type) {
	case NODE_LIST:
		return "a list";
	case NODE_MAPPING:
		return "a mapping";
	case NODE_SCALAR:
		break;
	}
	return node_is_null(node) ? "nothing" : "text";
}
