/* SPDX-License-Identifier: Apache-2.0 */
/* targets: what may be broken. */
#include <stdlib.h>
#include <string.h>

#include "experiments/nearest.h"
#include "experiments/pattern.h"
#include "experiments/quote.h"
#include "experiments/reader.h"
#include "experiments/units.h"

/* The largest pid that Linux can give (PID_MAX_LIMIT). */
#define PID_LIMIT 4194304

static void read_pattern(
	struct reader *reader, const struct node *mapping, const char *key, const char **pattern)
{
	const struct node *node = node_find(mapping, key);
	struct err err = {0};

	if (!reader_get_text(reader, mapping, key, pattern) || *pattern == NULL)
		return;
	if (pattern_check(*pattern, &err) < 0)
		reader_wrong(reader, node, key, &err);
}

/* "key=value" or "key"; several in a list; or a mapping. */
static void add_label(struct reader *reader, const struct node *node, struct selector *selector)
{
	const char *text = reader_text(reader, node, "label");
	struct label_selector *labels = (struct label_selector *)(uintptr_t)selector->labels;
	const char *equals;

	if (text == NULL)
		return;
	equals = strchr(text, '=');
	if (text[0] == '\0' || equals == text) {
		reader_error(reader, node, "label: expected KEY=VALUE or KEY");
		return;
	}
	labels = arena_grow(reader->arena, labels, selector->label_count, sizeof(*labels));
	labels[selector->label_count++] = (struct label_selector){
		equals == NULL ? text : arena_strndup(reader->arena, text, (size_t)(equals - text)),
		equals == NULL ? NULL : equals + 1};
	selector->labels = labels;
}

static void read_labels(struct reader *reader, const struct node *node, struct selector *selector)
{
	if (node->type == NODE_SCALAR) {
		add_label(reader, node, selector);
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct node_entry *entry = &node->entries[i];
		struct label_selector *labels =
			(struct label_selector *)(uintptr_t)selector->labels;
		const char *value;

		if (node->type == NODE_LIST) {
			add_label(reader, entry->value, selector);
			continue;
		}
		value = reader_text(reader, entry->value, entry->key->text);
		labels = arena_grow(reader->arena, labels, selector->label_count, sizeof(*labels));
		labels[selector->label_count++] = (struct label_selector){entry->key->text, value};
		selector->labels = labels;
	}
}

static void read_names(
	struct reader *reader, const struct node *node, const char *key, struct selector *selector)
{
	const char **names = NULL;

	reader_get_texts(reader, node, key, pattern_check, &names, &selector->name_count);
	selector->names = names;
}

static void read_container(
	struct reader *reader, const struct node *node, struct selector *selector)
{
	static const char *const known[] = {
		"name", "id", "image", "label", "service", "project", "runtime", NULL};

	if (node->type != NODE_MAPPING) {
		read_names(reader, node, "container", selector);
		return;
	}
	reader_known_keys(reader, node, known);
	if (node->count == 0)
		reader_error(
			reader, node, "container: name, id, image, label or service is needed");
	if (node_find(node, "name") != NULL)
		read_names(reader, node_find(node, "name"), "name", selector);
	read_pattern(reader, node, "id", &selector->id);
	read_pattern(reader, node, "image", &selector->image);
	read_pattern(reader, node, "service", &selector->service);
	read_pattern(reader, node, "project", &selector->project);
	if (node_find(node, "label") != NULL)
		read_labels(reader, node_find(node, "label"), selector);
	if (reader_get_text(reader, node, "runtime", &selector->runtime) &&
		selector->runtime != NULL && strcmp(selector->runtime, "docker") != 0 &&
		strcmp(selector->runtime, "podman") != 0)
		reader_error(reader, node_find(node, "runtime"),
			"runtime: docker or podman, not '%s'", quote(selector->runtime).text);
}

static void read_netns(struct reader *reader, const struct node *node, struct selector *selector)
{
	static const char *const known[] = {"name", "path", NULL};
	const struct node *names;

	if (node->type != NODE_MAPPING) {
		read_names(reader, node, "netns", selector);
		return;
	}
	reader_known_keys(reader, node, known);
	names = node_find(node, "name");
	if (names == NULL)
		names = node_find(node, "path");
	if (names == NULL || node->count > 1)
		reader_error(reader, node, "netns: either name or path is needed");
	else
		read_names(reader, names, "netns", selector);
}

static void read_process(struct reader *reader, const struct node *node, struct selector *selector)
{
	static const char *const known[] = {"pid", "command", NULL};
	const struct node *pid;
	const struct node *command;
	struct err err = {0};
	uint32_t number = 0;
	const char *text;

	if (node->type != NODE_MAPPING) {
		read_names(reader, node, "process", selector);
		return;
	}
	reader_known_keys(reader, node, known);
	pid = node_find(node, "pid");
	command = node_find(node, "command");
	if ((pid == NULL) == (command == NULL)) {
		reader_error(reader, node, "process: either pid or command is needed");
		return;
	}
	if (command != NULL) {
		read_names(reader, command, "command", selector);
		return;
	}
	text = reader_text(reader, pid, "pid");
	if (text == NULL)
		return;
	if (count_parse(text, &number, &err) < 0)
		reader_wrong(reader, pid, "pid", &err);
	else if (number < 1 || number > PID_LIMIT)
		reader_error(reader, pid, "pid: there is no process %s", quote(text).text);
	else
		selector->pid = (pid_t)number;
}

struct source {
	const char *key;
	enum target_kind kind;
	void (*read)(struct reader *reader, const struct node *node, struct selector *selector);
};

static const struct source sources[] = {
	{"container", TARGET_CONTAINER, read_container},
	{"netns", TARGET_NETNS, read_netns},
	{"process", TARGET_PROCESS, read_process},
};

static bool is_planned_kind(const char *key)
{
	return strcmp(key, "pod") == 0 || strcmp(key, "cgroup") == 0 || strcmp(key, "host") == 0;
}

static void read_selector(
	struct reader *reader, const struct node *node, const char *name, struct selector *selector)
{
	const char *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		const struct node *value = node_find(node, sources[i].key);

		if (value == NULL)
			continue;
		if (found != NULL) {
			reader_error(reader, value, "a target is either %s or %s, not both", found,
				sources[i].key);
			continue;
		}
		found = sources[i].key;
		selector->kind = sources[i].kind;
		sources[i].read(reader, value, selector);
	}
	for (size_t i = 0; i < node->count; i++) {
		if (!is_planned_kind(node->entries[i].key->text))
			continue;
		reader_error(reader, node->entries[i].key,
			"the target kind '%s' is not supported by this version; use container, "
			"netns or process",
			node->entries[i].key->text);
		found = "";
	}
	if (found == NULL)
		reader_error(reader, node, "target '%s' needs container, netns or process",
			quote(name).text);
}

void experiment_read_pick(struct reader *reader, const struct node *mapping, struct pick *pick)
{
	const struct node *node = node_find(mapping, "pick");
	struct err err = {0};
	const char *text;
	size_t length;

	if (node == NULL)
		return;
	text = reader_text(reader, node, "pick");
	if (text == NULL || strcmp(text, "all") == 0)
		return;
	length = strlen(text);
	if (length != 0 && text[length - 1] == '%') {
		pick->mode = PICK_PERCENT;
		if (percent_parse(text, &pick->percent, &err) < 0)
			reader_wrong(reader, node, "pick", &err);
		else if (pick->percent <= 0)
			reader_error(reader, node, "pick: must be more than 0%%");
		return;
	}
	pick->mode = PICK_NUMBER;
	if (count_parse(text, &pick->number, &err) < 0 || pick->number == 0)
		reader_error(reader, node, "pick: expected all, a number or a percentage, not '%s'",
			quote(text).text);
}

static void read_target(struct reader *reader, const struct node_entry *entry)
{
	static const char *const known[] = {
		"container", "netns", "process", "pick", "pod", "cgroup", "host", NULL};
	struct experiment *experiment = reader->experiment;
	struct target target = {.name = entry->key->text, .loc = entry->key->loc};

	if (target.name[0] == '\0')
		reader_error(reader, entry->key, "a target needs a name");
	if (!reader_mapping(reader, entry->value, "a target"))
		return;
	reader_known_keys(reader, entry->value, known);
	read_selector(reader, entry->value, target.name, &target.selector);
	experiment_read_pick(reader, entry->value, &target.pick);
	experiment->targets = arena_grow(reader->arena, experiment->targets,
		experiment->target_count, sizeof(*experiment->targets));
	experiment->targets[experiment->target_count++] = target;
}

void experiment_read_targets(struct reader *reader, const struct node *node)
{
	if (!reader_mapping(reader, node, "targets"))
		return;
	for (size_t i = 0; i < node->count; i++)
		read_target(reader, &node->entries[i]);
}

long experiment_find_target(struct reader *reader, const struct node *node, const char *name)
{
	const struct experiment *experiment = reader->experiment;
	struct nearest nearest = nearest_begin(name, strlen(name));

	for (size_t i = 0; i < experiment->target_count; i++) {
		if (strcmp(experiment->targets[i].name, name) == 0)
			return (long)i;
		nearest_offer(&nearest, experiment->targets[i].name);
	}
	if (nearest.best != NULL)
		reader_error(reader, node, "unknown target '%s' (did you mean '%s'?)",
			quote(name).text, nearest.best);
	else
		reader_error(reader, node, "unknown target '%s': it is not under targets",
			quote(name).text);
	return -1;
}
