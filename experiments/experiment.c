/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/experiment.h"

#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/experiment_parts.h"
#include "experiments/units.h"
#include "experiments/user_file.h"

#define VERSION "1"

void version_read(struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct scalar scalar;

	(void)ret_value;
	if (decode_scalar(decode, node, name, VERSION, &scalar) &&
		strcmp(scalar.text, VERSION) != 0)
		err_list_add(decode->errors, node->loc,
			"%s: this program reads version " VERSION ", not '%s'", name,
			scalar_shown(&scalar).text);
}

static void read_tags(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct experiment *experiment = ret_value;

	if (node->type == NODE_LIST && !decode_is(decode, node, NODE_LIST, name))
		return;
	experiment->tag_count = node_count(node);
	experiment->tags =
		arena_alloc(decode->arena, experiment->tag_count * sizeof(*experiment->tags));
	for (size_t i = 0; i < experiment->tag_count; i++)
		decode_text(decode, node_item(node, i), name, &experiment->tags[i]);
}

/* What is read in another place. */
static void read_nothing(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	(void)decode;
	(void)node;
	(void)name;
	(void)ret_value;
}

/* In the order in which they need each other, whatever the file's order is. */
static const struct member members[] = {
	{"variables", experiment_read_variables, 0, false},
	{"version", version_read, 0, true},
	{"title", decode_text, offsetof(struct experiment, title), true},
	{"tags", read_tags, 0, false},
	{"targets", experiment_read_targets, 0, false},
	{"compare_with", read_nothing, 0, false},
	{"steady_state", experiment_read_probes, 0, false},
	{"load", experiment_read_load, 0, false},
	{"baseline", decode_duration, offsetof(struct experiment, baseline_ns), false},
	{"method", experiment_read_method, 0, false},
	{"recovery", decode_duration, offsetof(struct experiment, recovery_ns), false},
	{"abort_when", experiment_read_guards, 0, false},
	{"strict", decode_boolean, offsetof(struct experiment, strict), false},
	{"limits", limits_read, offsetof(struct experiment, limits), false},
	{NULL, NULL, 0, false},
};

/* Keys that begin with "x-" are nobody's: a place for anchors, as in Docker Compose. */
static void check_keys(struct decode *decode, const struct node *root)
{
	for (size_t i = 0; i < root->count; i++) {
		const struct node *key = root->entries[i].key;

		if (strncmp(key->text, "x-", 2) != 0 && !decode_knows(members, key->text))
			decode_unknown_member(decode, key, members);
	}
}

static void check_phases(
	struct decode *decode, const struct node *root, const struct experiment *experiment)
{
	const struct node *baseline = node_find(root, "baseline");
	const struct node *guards = node_find(root, "abort_when");
	const bool measures =
		node_find(root, "steady_state") != NULL || node_find(root, "load") != NULL;

	if (!measures && node_find(root, "method") == NULL)
		err_list_add(decode->errors, root->loc,
			"'steady_state' and 'method' are missing: there is nothing to do");
	if (baseline != NULL && experiment->probe_count != 0 && experiment->baseline_ns == 0)
		err_list_add(decode->errors, baseline->loc,
			"baseline: expected more than 0s: the steady state is measured first");
	if (guards != NULL && !measures)
		err_list_add(decode->errors, guards->loc,
			"abort_when: has no meaning without steady_state");
}

static void check_max_duration(
	struct decode *decode, const struct node *root, const struct experiment *experiment)
{
	const struct node *method = node_find(root, "method");
	int64_t limit_ns = experiment->limits.max_duration_ns;
	char end[32];
	char limit[32];

	for (size_t i = 0; limit_ns != 0 && i < experiment->fault_count; i++) {
		const struct fault *fault = &experiment->faults[i];
		int64_t end_ns = fault->at_ns + fault->duration_ns;
		const struct node *place;

		if (end_ns <= limit_ns)
			continue;
		place = node_find(node_item(method, fault->step), "for");
		err_list_add(decode->errors, place != NULL ? place->loc : fault->loc,
			"this step ends at %s, but limits.max_duration is %s",
			duration_format(end_ns, end, sizeof(end)),
			duration_format(limit_ns, limit, sizeof(limit)));
	}
}

static void read_root(struct decode *decode, const struct node *root, struct experiment *experiment)
{
	experiment->baseline_ns = -1;
	experiment->recovery_ns = -1;
	if (!decode_is(decode, root, NODE_MAPPING, "the file"))
		return;
	check_keys(decode, root);
	decode_members(decode, root, members, experiment);
	experiment_read_stored(decode, root, experiment);
	check_phases(decode, root, experiment);
	if (experiment->baseline_ns < 0)
		experiment->baseline_ns =
			experiment->probe_count != 0 ? EXPERIMENT_BASELINE_DEFAULT_NS : 0;
	if (experiment->recovery_ns < 0)
		experiment->recovery_ns =
			experiment->probe_count != 0 ? EXPERIMENT_RECOVERY_DEFAULT_NS : 0;
	if (decode->errors->total == 0)
		check_max_duration(decode, root, experiment);
}

static bool comes_before(const struct err *a, const struct err *b)
{
	if (a->loc.line != b->loc.line)
		return a->loc.line < b->loc.line;
	return a->loc.column < b->loc.column;
}

/* By their places, so that the file can be corrected from top to bottom. */
static void sort_errors(struct err_list *errors)
{
	for (size_t i = 1; i < errors->count; i++) {
		struct err moving = errors->items[i];
		size_t at = i;

		for (; at > 0 && comes_before(&moving, &errors->items[at - 1]); at--)
			errors->items[at] = errors->items[at - 1];
		errors->items[at] = moving;
	}
}

static void redact(struct experiment *experiment, const char **text)
{
	*text = experiment_redact(experiment, &experiment->arena, *text);
}

static void redact_tolerances(
	struct experiment *experiment, struct tolerance *tolerances, size_t count)
{
	for (size_t i = 0; i < count; i++)
		redact(experiment, &tolerances[i].text);
}

/* What is only shown, on terminals and in reports and their names. */
static void redact_shown(struct experiment *experiment)
{
	redact(experiment, &experiment->title);
	for (size_t i = 0; i < experiment->tag_count; i++)
		redact(experiment, &experiment->tags[i]);
	for (size_t i = 0; i < experiment->probe_count; i++) {
		struct probe *probe = &experiment->probes[i];

		redact(experiment, &probe->name);
		redact_tolerances(experiment, probe->tolerate, probe->tolerate_count);
		redact_tolerances(experiment, probe->during, probe->during_count);
	}
	for (size_t i = 0; i < experiment->guard_count; i++)
		redact(experiment, &experiment->guards[i].condition.text);
}

int experiment_parse(const char *file, const char *text, size_t length,
	const struct setting *settings, size_t setting_count, struct experiment *ret_experiment,
	struct err_list *errors)
{
	struct experiment experiment = {.file = file};
	struct decode decode = {
		.arena = &experiment.arena,
		.errors = errors,
		.variables = {.settings = settings,
			.setting_count = setting_count,
			.text_private = errors->text_private},
	};
	const struct node *root = NULL;

	if (document_parse(&experiment.arena, file, text, length, &root, errors) == 0) {
		read_root(&decode, root, &experiment);
		experiment_check_settings(&decode, file);
	}
	if (errors->total != 0) {
		sort_errors(errors);
		experiment_release(&experiment);
		return -1;
	}
	experiment.file = arena_strdup(&experiment.arena, file);
	redact_shown(&experiment);
	SHA256Data((const uint8_t *)text, length, experiment.sha256);
	*ret_experiment = experiment;
	return 0;
}

int experiment_read(const char *path, const struct setting *settings, size_t setting_count,
	struct experiment *ret_experiment, struct err_list *errors)
{
	struct user_file file = {0};
	struct err err = {0};
	int result;

	/* one byte more than a document may have */
	if (user_file_read(path, DOCUMENT_SIZE_MAX + 1, &file, &err) < 0) {
		err_list_add(errors, (struct loc){.file = path}, "%s", err.message);
		return -1;
	}
	errors->text_private = file.private;
	result = experiment_parse(
		path, file.text, file.length, settings, setting_count, ret_experiment, errors);
	user_file_release(&file);
	return result;
}

size_t fault_target_count(const struct fault *fault)
{
	return fault->between_count == 0 ? 1 : fault->between_count;
}

size_t fault_target(const struct fault *fault, size_t index)
{
	return fault->between_count == 0 ? fault->target : fault->between[index];
}

void experiment_release(struct experiment *experiment)
{
	arena_release(&experiment->arena);
	memset(experiment, 0, sizeof(*experiment));
}
