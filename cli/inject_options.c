/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/inject.h"
#include "cli/runner.h"
#include "experiments/aim_node.h"

static const struct cli_option common[] = {
	{"container", "PATTERN", "containers by name, glob or /regex/", true},
	{"netns", "PATTERN", "network namespaces by name, glob, /regex/ or path", true},
	{"process", "PATTERN", "processes by pid or command", true},
	{"pick", "N|P%", "how many of them (default: all)", false},
	{"for", "DURATION", "how long", false},
	{"on", "DURATION", "in force for so long, then off, and again; with --off", false},
	{"off", "DURATION", "not in force for so long; with --on", false},
	{"repeat-every", "DURATION", "again so long after it began; with --repeat-times", false},
	{"repeat-times", "N", "how often it comes", false},
	{"no-follow", NULL, "end it when a container ends, also if that runs again", false},
	{"out", "DIR", "also write a report into this directory", false},
	RUNNER_OPTION_SEED,
	RUNNER_OPTIONS_ALLOW RUNNER_OPTION_QUIET,
	RUNNER_OPTION_NO_COLOR,
};

static const struct cli_option queue[] = {
	{"segment", "true|false", "cut packets to size before the fault, not after it", false},
};

static const struct cli_option network[] = {
	{"interface", "NAME", "only this one (default: every interface but lo)", false},
	{"direction", "egress|ingress|both",
		"packets that leave the target, arrive there, or both (default: egress)", false},
	{"over", "DURATION", "how long values FROM..TO take to get there (default: --for)", false},
	{"steps", "N", "in how many steps they do (default: 20)", false},
	RUNNER_OPTION_ENGINE,
};

static const struct cli_option groups[] = {
	{"peer", "PATTERN", "the other side, chosen as the target is; else from everybody", true},
};

struct builder {
	struct arena *arena;
	struct cli_option *options;
	size_t count;
};

static void add(struct builder *builder, const struct cli_option *option)
{
	builder->options = arena_grow(
		builder->arena, builder->options, builder->count, sizeof(*builder->options));
	builder->options[builder->count++] = *option;
}

/* "uniform|normal|…": help and completions show what there is to choose from. */
static const char *choices(const struct field *field, struct arena *arena)
{
	const char *text = field->choices[0];

	for (size_t i = 1; field->choices[i] != NULL; i++)
		text = arena_printf(arena, "%s|%s", text, field->choices[i]);
	return text;
}

static const char *placeholder(const struct field *field, struct arena *arena)
{
	switch (field->type) {
	case FIELD_DURATION:
		return "DURATION";
	case FIELD_PERCENT:
		return "PERCENT";
	case FIELD_RATE:
		return "RATE";
	case FIELD_SIZE:
	case FIELD_OVERHEAD:
		return "SIZE";
	case FIELD_COUNT:
		return "N";
	case FIELD_CHOICE:
		return choices(field, arena);
	case FIELD_BOOLEAN:
		return "true|false";
	case FIELD_SIGNAL:
		return "SIGNAL";
	case FIELD_FILE:
		return "FILE";
	case FIELD_TEXT:
	case FIELD_TEXTS:
	case FIELD_GROUP:
		break;
	}
	return "TEXT";
}

static void add_fields(struct builder *builder, const struct field *fields, const char *prefix)
{
	for (const struct field *field = fields; field->name != NULL; field++) {
		struct cli_option option = {
			.name = arena_printf(builder->arena, "%s%s", prefix, field->name),
			.argument = placeholder(field, builder->arena),
			.help = field->help,
			.repeatable = field->type == FIELD_TEXTS,
		};

		if (field->type == FIELD_GROUP)
			add_fields(builder, field->group,
				arena_printf(builder->arena, "%s%s.", prefix, field->name));
		else
			add(builder, &option);
	}
}

static void add_aim(struct builder *builder)
{
	for (const struct aim_key *key = aim_keys; key->name != NULL; key++) {
		struct cli_option option = {
			.name = key->name,
			.argument = key->argument,
			.help = key->help,
			.repeatable = key->many,
		};

		add(builder, &option);
	}
}

/* What happens at once has no time, and nothing to follow. */
static bool is_about_time(const struct cli_option *option)
{
	static const char *const names[] = {"for", "on", "off", "no-follow"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(option->name, names[i]) == 0)
			return true;
	return false;
}

const struct cli_option *inject_options(const struct fault_kind *kind, struct arena *arena)
{
	static const struct cli_option end = {NULL, NULL, NULL, false};
	struct builder builder = {.arena = arena};

	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		if (!kind->instant || !is_about_time(&common[i]))
			add(&builder, &common[i]);
	for (size_t i = 0; kind->network && i < ARRAY_SIZE(network); i++)
		add(&builder, &network[i]);
	for (size_t i = 0; kind->groups && i < ARRAY_SIZE(groups); i++)
		add(&builder, &groups[i]);
	if (fault_kind_is_queue(kind))
		add(&builder, &queue[0]);
	if (kind->network)
		add_aim(&builder);
	add_fields(&builder, kind->fields, "");
	add(&builder, &end);
	return builder.options;
}
