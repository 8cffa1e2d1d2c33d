/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/document_builder.h"

#include <string.h>

#include "experiments/quote.h"

struct loc builder_loc(const struct builder *builder, const yaml_mark_t *mark)
{
	/* a file is too small for them to overflow */
	return (struct loc){
		.file = builder->file,
		.line = (unsigned int)mark->line + 1,
		.column = (unsigned int)mark->column + 1,
	};
}

static struct node *node_new(
	struct builder *builder, enum node_type type, const yaml_event_t *event)
{
	struct node *node;

	if (++builder->created > DOCUMENT_NODES_MAX) {
		err_list_add(builder->errors, builder_loc(builder, &event->start_mark),
			"the file has more than %d nodes", DOCUMENT_NODES_MAX);
		return NULL;
	}
	node = arena_alloc(builder->arena, sizeof(*node));
	node->type = type;
	node->loc = builder_loc(builder, &event->start_mark);
	node->weight = 1;
	node->height = type == NODE_SCALAR ? 0 : 1;
	return node;
}

static int entry_add(struct builder *builder, struct node *parent, const struct node *key,
	const struct node *value, struct loc loc)
{
	if (parent->count == DOCUMENT_ENTRIES_MAX) {
		err_list_add(builder->errors, loc, "more than %d entries in one %s",
			DOCUMENT_ENTRIES_MAX, parent->type == NODE_LIST ? "list" : "mapping");
		return -1;
	}
	parent->weight += value->weight;
	if (parent->weight > DOCUMENT_NODES_MAX) {
		err_list_add(builder->errors, loc,
			"the file has more than %d nodes once its aliases are followed",
			DOCUMENT_NODES_MAX);
		return -1;
	}
	if (value->height + 1 > parent->height)
		parent->height = value->height + 1;
	if (builder->depth + value->height > DOCUMENT_DEPTH_MAX) {
		err_list_add(builder->errors, loc, "nested more than %d levels deep",
			DOCUMENT_DEPTH_MAX);
		return -1;
	}
	parent->entries = arena_grow(
		builder->arena, parent->entries, parent->count, sizeof(*parent->entries));
	parent->entries[parent->count++] = (struct node_entry){.key = key, .value = value};
	return 0;
}

static int key_set(struct builder *builder, struct builder_frame *frame, const struct node *key,
	struct loc loc)
{
	if (key->type != NODE_SCALAR || node_is_null(key)) {
		err_list_add(builder->errors, loc, "expected a key, not %s", node_type_name(key));
		return -1;
	}
	frame->key = key;
	return 0;
}

/* The mapping goes on after a duplicate key, so that other mistakes are shown as well. */
static int pair_add(struct builder *builder, struct builder_frame *frame, const struct node *value,
	struct loc loc)
{
	const struct node *key = frame->key;
	bool merges = key->plain && strcmp(key->text, "<<") == 0;

	frame->key = NULL;
	if (merges ? frame->merge != NULL : node_find(frame->node, key->text) != NULL) {
		err_list_add(builder->errors, key->loc, "the key '%s' is given twice",
			quote_file(builder->errors, key->text).text);
		return 0;
	}
	if (merges) {
		frame->merge = value;
		return 0;
	}
	return entry_add(builder, frame->node, key, value, loc);
}

/* Puts a complete node where it belongs; loc is where it was written, which is the alias if there
 * is one. */
static int node_place(struct builder *builder, const struct node *node, struct loc loc)
{
	struct builder_frame *frame;

	if (builder->depth == 0) {
		builder->root = node;
		return 0;
	}
	frame = &builder->frames[builder->depth - 1];
	if (frame->node->type == NODE_LIST)
		return entry_add(builder, frame->node, NULL, node, loc);
	if (frame->key == NULL)
		return key_set(builder, frame, node, loc);
	return pair_add(builder, frame, node, loc);
}

/* What is written in the mapping itself goes first. */
static int merge_one(struct builder *builder, struct node *into, const struct node *from)
{
	if (from->type != NODE_MAPPING) {
		err_list_add(builder->errors, from->loc, "'<<' merges mappings, not %s",
			node_type_name(from));
		return -1;
	}
	for (size_t i = 0; i < from->count; i++) {
		const struct node_entry *entry = &from->entries[i];

		if (node_find(into, entry->key->text) == NULL &&
			entry_add(builder, into, entry->key, entry->value, into->loc) < 0)
			return -1;
	}
	return 0;
}

static int merge(struct builder *builder, const struct builder_frame *frame)
{
	if (frame->merge == NULL)
		return 0;
	if (frame->merge->type != NODE_LIST)
		return merge_one(builder, frame->node, frame->merge);
	for (size_t i = 0; i < frame->merge->count; i++) {
		if (merge_one(builder, frame->node, frame->merge->entries[i].value) < 0)
			return -1;
	}
	return 0;
}

static struct builder_anchor *anchor_find(struct builder *builder, const char *name)
{
	for (size_t i = 0; i < builder->anchor_count; i++) {
		if (strcmp(builder->anchors[i].name, name) == 0)
			return &builder->anchors[i];
	}
	return NULL;
}

/* A later anchor of the same name takes its place, as YAML says. */
static int anchor_set(
	struct builder *builder, const char *name, const struct node *node, struct loc loc)
{
	struct builder_anchor *anchor;

	if (name == NULL)
		return 0;
	anchor = anchor_find(builder, name);
	if (anchor == NULL) {
		if (builder->anchor_count == DOCUMENT_ANCHORS_MAX) {
			err_list_add(
				builder->errors, loc, "more than %d anchors", DOCUMENT_ANCHORS_MAX);
			return -1;
		}
		anchor = &builder->anchors[builder->anchor_count++];
		anchor->name = arena_strdup(builder->arena, name);
	}
	anchor->node = node;
	return 0;
}

static int alias_place(struct builder *builder, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	struct loc loc = builder_loc(builder, &event->start_mark);
	const struct builder_anchor *anchor = anchor_find(builder, name);

	if (anchor == NULL) {
		err_list_add(builder->errors, loc, "no anchor '&%s' comes before this alias",
			quote_file(builder->errors, name).text);
		return -1;
	}
	if (anchor->node == NULL) {
		err_list_add(builder->errors, loc, "the alias '*%s' stands inside its own anchor",
			quote_file(builder->errors, name).text);
		return -1;
	}
	return node_place(builder, anchor->node, loc);
}

static bool is_core_scalar(const char *tag)
{
	static const char *const tags[] = {
		"!", YAML_STR_TAG, YAML_INT_TAG, YAML_FLOAT_TAG, YAML_BOOL_TAG, YAML_NULL_TAG};

	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		if (strcmp(tag, tags[i]) == 0)
			return true;
	}
	return false;
}

/* The place in the experiment says what a text means, so the core tags change nothing. */
static int tag_check(struct builder *builder, const yaml_char_t *name, enum node_type type,
	const yaml_event_t *event)
{
	const char *tag = (const char *)name;
	bool known;

	if (tag == NULL)
		return 0;
	if (type == NODE_SCALAR)
		known = is_core_scalar(tag);
	else
		known = strcmp(tag, type == NODE_LIST ? YAML_SEQ_TAG : YAML_MAP_TAG) == 0;
	if (known)
		return 0;
	err_list_add(builder->errors, builder_loc(builder, &event->start_mark),
		"the tag '%s' is not supported here", quote_file(builder->errors, tag).text);
	return -1;
}

static int scalar_place(struct builder *builder, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	struct loc loc = builder_loc(builder, &event->start_mark);
	struct node *node;

	if (tag_check(builder, event->data.scalar.tag, NODE_SCALAR, event) < 0)
		return -1;
	if (length > DOCUMENT_SCALAR_MAX) {
		err_list_add(builder->errors, loc, "a text of more than %zu KiB",
			DOCUMENT_SCALAR_MAX / 1024);
		return -1;
	}
	if (memchr(text, '\0', length) != NULL) {
		err_list_add(builder->errors, loc, "a text with a NUL character");
		return -1;
	}
	node = node_new(builder, NODE_SCALAR, event);
	if (node == NULL)
		return -1;
	node->text = arena_strndup(builder->arena, text, length);
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		      event->data.scalar.tag == NULL;
	if (anchor_set(builder, (const char *)event->data.scalar.anchor, node, loc) < 0)
		return -1;
	return node_place(builder, node, loc);
}

static int collection_open(struct builder *builder, enum node_type type, const yaml_char_t *anchor,
	const yaml_char_t *tag, const yaml_event_t *event)
{
	struct loc loc = builder_loc(builder, &event->start_mark);
	struct builder_frame *frame;
	struct node *node;

	if (tag_check(builder, tag, type, event) < 0)
		return -1;
	if (builder->depth == DOCUMENT_DEPTH_MAX) {
		err_list_add(builder->errors, loc, "nested more than %d levels deep",
			DOCUMENT_DEPTH_MAX);
		return -1;
	}
	node = node_new(builder, type, event);
	if (node == NULL || anchor_set(builder, (const char *)anchor, NULL, loc) < 0)
		return -1;
	frame = &builder->frames[builder->depth++];
	*frame = (struct builder_frame){.node = node};
	if (anchor != NULL)
		frame->anchor = arena_strdup(builder->arena, (const char *)anchor);
	return 0;
}

static int collection_close(struct builder *builder)
{
	const struct builder_frame *frame = &builder->frames[builder->depth - 1];
	struct node *node = frame->node;

	if (merge(builder, frame) < 0)
		return -1;
	builder->depth--;
	if (anchor_set(builder, frame->anchor, node, node->loc) < 0)
		return -1;
	return node_place(builder, node, node->loc);
}

static int document_open(struct builder *builder, const yaml_event_t *event)
{
	if (builder->root == NULL)
		return 0;
	err_list_add(builder->errors, builder_loc(builder, &event->start_mark),
		"a second document begins here; a file holds one");
	return -1;
}

int builder_take(struct builder *builder, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return document_open(builder, event);
	case YAML_ALIAS_EVENT:
		return alias_place(builder, event);
	case YAML_SCALAR_EVENT:
		return scalar_place(builder, event);
	case YAML_SEQUENCE_START_EVENT:
		return collection_open(builder, NODE_LIST, event->data.sequence_start.anchor,
			event->data.sequence_start.tag, event);
	case YAML_MAPPING_START_EVENT:
		return collection_open(builder, NODE_MAPPING, event->data.mapping_start.anchor,
			event->data.mapping_start.tag, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return collection_close(builder);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return 0;
}
