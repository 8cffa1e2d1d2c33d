/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/document.h"

#include <string.h>
#include <yaml.h>

struct anchor {
	const char *name;
	const struct node *node;
};

struct builder {
	struct arena *arena;
	const char *file;
	yaml_parser_t parser;
	struct anchor anchors[DOCUMENT_ANCHORS_MAX];
	size_t anchor_count;
	struct err *err;
};

static void cleanup_event(yaml_event_t *event)
{
	yaml_event_delete(event);
}
#define cleanup_yaml_event __attribute__((cleanup(cleanup_event)))

static struct loc place(const struct builder *builder, const yaml_mark_t *mark)
{
	/* libyaml counts from 0. */
	return (struct loc){
		builder->file, (unsigned int)mark->line + 1, (unsigned int)mark->column + 1};
}

static int fail(struct builder *builder, const yaml_mark_t *mark, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct builder *builder, const yaml_mark_t *mark, const char *format, ...)
{
	va_list arguments;
	char text[256];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	err_set(builder->err, ERR_USAGE, 0, "%s", text);
	builder->err->loc = place(builder, mark);
	return -1;
}

static int next_event(struct builder *builder, yaml_event_t *event)
{
	const yaml_parser_t *parser = &builder->parser;

	if (yaml_parser_parse(&builder->parser, event) == 1)
		return 0;
	memset(event, 0, sizeof(*event));
	/* Errors of the reader (bad bytes) come without a mark of their own. */
	return fail(builder,
		parser->error == YAML_READER_ERROR ? &parser->mark : &parser->problem_mark,
		"not YAML: %s", parser->problem != NULL ? parser->problem : "it cannot be read");
}

static struct node *new_node(struct builder *builder, enum node_type type, const yaml_mark_t *mark)
{
	struct node *node = arena_alloc(builder->arena, sizeof(*node));

	node->type = type;
	node->loc = place(builder, mark);
	node->weight = 1;
	return node;
}

static int remember(struct builder *builder, const yaml_char_t *name, const struct node *node,
	const yaml_mark_t *mark)
{
	if (name == NULL)
		return 0;
	if (builder->anchor_count == DOCUMENT_ANCHORS_MAX)
		return fail(builder, mark, "more than %d anchors", DOCUMENT_ANCHORS_MAX);
	builder->anchors[builder->anchor_count++] =
		(struct anchor){arena_strdup(builder->arena, (const char *)name), node};
	return 0;
}

/* Only the tags of YAML's core schema, which say nothing new here. */
static int check_tag(struct builder *builder, const yaml_char_t *tag, const yaml_mark_t *mark)
{
	static const char core[] = "tag:yaml.org,2002:";

	if (tag == NULL || strcmp((const char *)tag, "!") == 0 ||
		strncmp((const char *)tag, core, sizeof(core) - 1) == 0)
		return 0;
	return fail(builder, mark, "the tag '%.60s' has no meaning here", (const char *)tag);
}

static int build_scalar(
	struct builder *builder, const yaml_event_t *event, const struct node **ret_node)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	struct node *node;

	if (check_tag(builder, event->data.scalar.tag, &event->start_mark) < 0)
		return -1;
	if (length > DOCUMENT_SCALAR_MAX)
		return fail(builder, &event->start_mark, "a text of more than %zu bytes",
			DOCUMENT_SCALAR_MAX);
	if (memchr(value, '\0', length) != NULL)
		return fail(builder, &event->start_mark, "a text with a NUL byte in it");
	node = new_node(builder, NODE_SCALAR, &event->start_mark);
	node->text = arena_strndup(builder->arena, value, length);
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	*ret_node = node;
	return remember(builder, event->data.scalar.anchor, node, &event->start_mark);
}

static int build_alias(
	struct builder *builder, const yaml_event_t *event, const struct node **ret_node)
{
	const char *name = (const char *)event->data.alias.anchor;

	for (size_t i = builder->anchor_count; i-- > 0;) {
		if (strcmp(builder->anchors[i].name, name) == 0) {
			*ret_node = builder->anchors[i].node;
			return 0;
		}
	}
	/* An anchor is known only after its node, so an alias cannot contain itself. */
	return fail(builder, &event->start_mark,
		"the alias *%.60s refers to nothing before it, or to what it is in", name);
}

static int add_entry(struct builder *builder, struct node *node, const struct node *key,
	const struct node *value, const yaml_mark_t *mark)
{
	if (node->count == DOCUMENT_ENTRIES_MAX)
		return fail(builder, mark, "more than %d entries", DOCUMENT_ENTRIES_MAX);
	node->weight += value->weight + (key != NULL ? key->weight : 0);
	if (node->weight > DOCUMENT_NODES_MAX)
		return fail(
			builder, mark, "more than %d nodes, aliases expanded", DOCUMENT_NODES_MAX);
	if (value->height + 1 > node->height)
		node->height = value->height + 1;
	if (node->height > DOCUMENT_DEPTH_MAX)
		return fail(builder, mark, "nested more than %d deep", DOCUMENT_DEPTH_MAX);
	node->entries =
		arena_grow(builder->arena, node->entries, node->count, sizeof(*node->entries));
	node->entries[node->count++] = (struct node_entry){key, value};
	return 0;
}

static int build(struct builder *builder, const yaml_event_t *event, size_t depth,
	const struct node **ret_node);

static int check_key(struct builder *builder, const struct node *mapping, const struct node *key,
	const yaml_mark_t *mark)
{
	const struct node *earlier;

	if (key->type != NODE_SCALAR)
		return fail(builder, mark, "a key must be a text");
	if (key->plain && strcmp(key->text, "<<") == 0)
		return fail(builder, mark,
			"merge keys ('<<') are not supported; use an alias for "
			"the whole value");
	earlier = node_find(mapping, key->text);
	if (earlier != NULL)
		return fail(builder, mark, "the key '%.60s' is there twice", key->text);
	return 0;
}

static int build_collection(struct builder *builder, const yaml_event_t *start, size_t depth,
	const struct node **ret_node)
{
	bool mapping = start->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor =
		mapping ? start->data.mapping_start.anchor : start->data.sequence_start.anchor;
	const yaml_char_t *tag =
		mapping ? start->data.mapping_start.tag : start->data.sequence_start.tag;
	struct node *node =
		new_node(builder, mapping ? NODE_MAPPING : NODE_LIST, &start->start_mark);

	if (depth >= DOCUMENT_DEPTH_MAX)
		return fail(builder, &start->start_mark, "nested more than %d deep",
			DOCUMENT_DEPTH_MAX);
	if (check_tag(builder, tag, &start->start_mark) < 0)
		return -1;
	for (;;) {
		cleanup_yaml_event yaml_event_t first = {0};
		cleanup_yaml_event yaml_event_t second = {0};
		const struct node *key = NULL;
		const struct node *value;

		if (next_event(builder, &first) < 0)
			return -1;
		if (first.type == YAML_MAPPING_END_EVENT || first.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (mapping) {
			if (build(builder, &first, depth + 1, &key) < 0 ||
				check_key(builder, node, key, &first.start_mark) < 0 ||
				next_event(builder, &second) < 0)
				return -1;
		}
		if (build(builder, mapping ? &second : &first, depth + 1, &value) < 0 ||
			add_entry(builder, node, key, value, &first.start_mark) < 0)
			return -1;
	}
	*ret_node = node;
	return remember(builder, anchor, node, &start->start_mark);
}

static int build(struct builder *builder, const yaml_event_t *event, size_t depth,
	const struct node **ret_node)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return build_scalar(builder, event, ret_node);
	case YAML_ALIAS_EVENT:
		return build_alias(builder, event, ret_node);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return build_collection(builder, event, depth, ret_node);
	default:
		return fail(builder, &event->start_mark, "not YAML: a value is missing");
	}
}

/* stream start, document start, the root, document end, stream end. */
static int build_document(struct builder *builder, const struct node **ret_root)
{
	cleanup_yaml_event yaml_event_t stream = {0};
	cleanup_yaml_event yaml_event_t document = {0};
	cleanup_yaml_event yaml_event_t root = {0};
	cleanup_yaml_event yaml_event_t end = {0};
	cleanup_yaml_event yaml_event_t after = {0};

	if (next_event(builder, &stream) < 0 || next_event(builder, &document) < 0)
		return -1;
	if (document.type != YAML_DOCUMENT_START_EVENT)
		return fail(builder, &document.start_mark, "the file is empty");
	if (next_event(builder, &root) < 0 || build(builder, &root, 0, ret_root) < 0 ||
		next_event(builder, &end) < 0 || next_event(builder, &after) < 0)
		return -1;
	if (after.type != YAML_STREAM_END_EVENT)
		return fail(builder, &after.start_mark,
			"a second document begins here; one file is one experiment");
	return 0;
}

int document_parse(struct arena *arena, const char *file, const char *text, size_t length,
	const struct node **ret_root, struct err *err)
{
	struct builder builder = {.arena = arena, .file = file, .err = err};
	static const yaml_mark_t start = {0, 0, 0};
	int result;

	if (length > DOCUMENT_SIZE_MAX)
		return fail(&builder, &start, "the file is larger than 1 MiB");
	if (yaml_parser_initialize(&builder.parser) != 1)
		return err_set(err, ERR_SYSTEM, 0, "cannot start the YAML parser");
	/* Not by a byte order mark: other encodings would have other sizes. */
	yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&builder.parser, (const unsigned char *)text, length);
	result = build_document(&builder, ret_root);
	yaml_parser_delete(&builder.parser);
	return result;
}

const struct node *node_find(const struct node *mapping, const char *key)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (mapping->entries[i].key != NULL &&
			strcmp(mapping->entries[i].key->text, key) == 0)
			return mapping->entries[i].value;
	return NULL;
}

bool node_is_null(const struct node *node)
{
	return node->type == NODE_SCALAR && node->plain &&
	       (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
		       strcmp(node->text, "null") == 0);
}

const char *node_type_name(const struct node *node)
{
	if (node->type == NODE_LIST)
		return "a list";
	if (node->type == NODE_MAPPING)
		return "a mapping";
	return node_is_null(node) ? "nothing" : "text";
}
