/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One fault without a file. The command line is written as the experiment that it means, and read
 * as one: there is one validation, and the report is that of any run.
 */
#include "cli/inject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/message.h"
#include "cli/options.h"
#include "cli/runner.h"
#include "experiments/aim_node.h"
#include "experiments/nearest.h"

static const char *const target_options[] = {"container", "netns", "process"};

/* A double-quoted YAML scalar in which neither YAML nor ${…} finds anything to interpret. */
static void write_scalar(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c == '$')
			fputs("$$", out);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void write_pair(FILE *out, const char *name, const char *value, bool *first)
{
	fprintf(out, "%s%s: ", *first ? "" : ", ", name);
	write_scalar(out, value);
	*first = false;
}

/* "0ms..400ms" moves; "..", as in a path, does not. */
static const char *ramp_separator(const struct field *field, const char *value)
{
	const char *dots = strstr(value, "..");

	if (field->type == FIELD_TEXT || field->type == FIELD_FILE || dots == value)
		return NULL;
	return dots;
}

/* A ramp from what is before the dots to what is behind them. */
static void write_ramp(FILE *out, const struct invocation *invocation, const struct field *field,
	const char *value, const char *dots)
{
	static const char *const shared[] = {"over", "steps"};
	char *from = xasprintf("%.*s", (int)(dots - value), value);
	bool first = true;

	fprintf(out, "%s: {", field->name);
	write_pair(out, "from", from, &first);
	write_pair(out, "to", dots + 2, &first);
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (invocation_value(invocation, shared[i]) != NULL)
			write_pair(out, shared[i], invocation_value(invocation, shared[i]), &first);
	fputc('}', out);
	free(from);
}

static void write_value(FILE *out, const struct invocation *invocation, const struct field *field,
	const char *value, bool *first)
{
	const char *dots = ramp_separator(field, value);

	if (dots == NULL) {
		write_pair(out, field->name, value, first);
		return;
	}
	fputs(*first ? "" : ", ", out);
	write_ramp(out, invocation, field, value, dots);
	*first = false;
}

static bool is_number(const char *text)
{
	return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* The experiment names processes by their commands, or one by its pid. */
static bool pid_among_others(const struct invocation *invocation)
{
	size_t count = 0;
	size_t pids = 0;

	for (size_t i = 0; i < invocation->given_count; i++) {
		const struct cli_given *given = &invocation->given[i];

		if (strcmp(given->option->name, "process") != 0)
			continue;
		count++;
		pids += is_number(given->value);
	}
	return pids != 0 && count > 1;
}

/* The one kind of target that was asked for, or NULL after a usage error. */
static const char *target_option(const struct invocation *invocation)
{
	const char *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(target_options); i++) {
		if (!invocation_has(invocation, target_options[i]))
			continue;
		if (found != NULL) {
			message_usage(invocation->command->name, "--%s and --%s cannot be combined",
				found, target_options[i]);
			return NULL;
		}
		found = target_options[i];
	}
	if (found == NULL)
		message_usage(invocation->command->name,
			"what to break is missing: --container, --netns or --process");
	if (found != NULL && pid_among_others(invocation)) {
		message_usage(invocation->command->name,
			"--process with a pid cannot be combined with another: it means that "
			"process only");
		return NULL;
	}
	return found;
}

/* The selector of a kind ("container"), with the values of an option. */
static void write_selector(
	FILE *out, const struct invocation *invocation, const char *kind, const char *option)
{
	const char *value = invocation_value(invocation, option);
	const char *separator = "";

	if (strcmp(kind, "process") == 0 && is_number(value)) {
		fprintf(out, "process: {pid: %s}", value);
		return;
	}
	fprintf(out, "%s: [", kind);
	for (size_t i = 0; i < invocation->given_count; i++) {
		const struct cli_given *given = &invocation->given[i];

		if (strcmp(given->option->name, option) != 0)
			continue;
		fputs(separator, out);
		write_scalar(out, given->value);
		separator = ", ";
	}
	fputc(']', out);
}

static void write_target(FILE *out, const struct invocation *invocation, const char *option)
{
	const char *pick = invocation_value(invocation, "pick");
	bool first = true;

	fputs("targets:\n  target: {", out);
	write_selector(out, invocation, option, option);
	if (pick != NULL) {
		fputs(", ", out);
		write_pair(out, "pick", pick, &first);
	}
	fputs("}\n", out);
	if (!invocation_has(invocation, "peer"))
		return;
	fputs("  peer: {", out);
	write_selector(out, invocation, option, "peer");
	fputs("}\n", out);
}

/* All that were given, as a list. */
static void write_list(FILE *out, const struct invocation *invocation, const char *name)
{
	const char *separator = "";

	fprintf(out, ", %s: [", name);
	for (size_t i = 0; i < invocation->given_count; i++) {
		const struct cli_given *given = &invocation->given[i];

		if (strcmp(given->option->name, name) != 0)
			continue;
		fputs(separator, out);
		write_scalar(out, given->value);
		separator = ", ";
	}
	fputc(']', out);
}

static void write_fields(FILE *out, const struct invocation *invocation, const struct field *fields,
	const char *prefix, bool *first)
{
	for (const struct field *field = fields; field->name != NULL; field++) {
		char name[128];
		const char *value;

		snprintf(name, sizeof(name), "%s%s", prefix, field->name);
		if (field->type == FIELD_GROUP) {
			bool any = false;
			bool group_first = true;

			strncat(name, ".", sizeof(name) - strlen(name) - 1);
			for (size_t i = 0; i < invocation->given_count; i++)
				any = any || strncmp(invocation->given[i].option->name, name,
						     strlen(name)) == 0;
			if (!any)
				continue;
			fprintf(out, "%s%s: {", *first ? "" : ", ", field->name);
			write_fields(out, invocation, field->group, name, &group_first);
			fputc('}', out);
			*first = false;
			continue;
		}
		if (field->type == FIELD_TEXTS) {
			if (invocation_has(invocation, name))
				write_list(out, invocation, name);
			continue;
		}
		value = invocation_value(invocation, name);
		if (value != NULL)
			write_value(out, invocation, field, value, first);
	}
}

/* What a step has beside its fault, under the same name. */
static void write_step_keys(FILE *out, const struct invocation *invocation)
{
	static const char *const keys[] = {"for", "on", "off"};
	const char *every = invocation_value(invocation, "repeat-every");
	const char *times = invocation_value(invocation, "repeat-times");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = invocation_value(invocation, keys[i]);
		bool first = true;

		if (value == NULL)
			continue;
		fputs("    ", out);
		write_pair(out, keys[i], value, &first);
		fputc('\n', out);
	}
	if (every != NULL || times != NULL) {
		bool first = true;

		fputs("    repeat: {", out);
		if (every != NULL)
			write_pair(out, "every", every, &first);
		if (times != NULL)
			write_pair(out, "times", times, &first);
		fputs("}\n", out);
	}
}

static void write_aim(FILE *out, const struct invocation *invocation)
{
	bool first = false;

	for (const struct aim_key *key = aim_keys; key->name != NULL; key++) {
		if (!invocation_has(invocation, key->name))
			continue;
		if (key->many)
			write_list(out, invocation, key->name);
		else
			write_pair(out, key->name, invocation_value(invocation, key->name), &first);
	}
}

static void write_method(
	FILE *out, const struct invocation *invocation, const struct fault_kind *kind)
{
	static const char *const shared[] = {"interface", "direction", "segment"};
	bool first = false;

	fprintf(out, "method:\n  - %s: {%s", kind->name,
		invocation_has(invocation, "peer") ? "between: [target, peer]" : "target: target");
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (invocation_value(invocation, shared[i]) != NULL)
			write_pair(out, shared[i], invocation_value(invocation, shared[i]), &first);
	if (kind->network)
		write_aim(out, invocation);
	write_fields(out, invocation, kind->fields, "", &first);
	fputs("}\n", out);
	if (invocation_has(invocation, "no-follow"))
		fputs("    follow: false\n", out);
	write_step_keys(out, invocation);
}

/* The experiment as text, heap; NULL after a usage error. */
static char *experiment_text(const struct invocation *invocation, const struct fault_kind *kind)
{
	const char *target = target_option(invocation);
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	if (target == NULL)
		return NULL;
	if (!kind->instant && invocation_value(invocation, "for") == NULL) {
		message_usage(invocation->command->name, "--for is missing: how long, e.g. 30s");
		return NULL;
	}
	out = open_memstream(&text, &size);
	if (out == NULL) {
		perror("perturb: out of memory");
		return NULL;
	}
	fprintf(out, "version: 1\ntitle: inject %s\n", kind->name);
	write_target(out, invocation, target);
	write_method(out, invocation, kind);
	if (fclose(out) != 0 || text == NULL) {
		perror("perturb: out of memory");
		free(text);
		return NULL;
	}
	return text;
}

static int inject(const struct invocation *invocation, const struct fault_kind *kind)
{
	struct err_list *errors = NULL;
	struct runner_options options;
	struct experiment experiment;
	char *text = experiment_text(invocation, kind);
	int status = 2;

	if (text == NULL)
		return 2;
	if (runner_options_read(invocation, &options) < 0) {
		free(text);
		return 2;
	}
	options.no_file = true;
	errors = xcalloc(1, sizeof(*errors));
	if (runner_protect(invocation) < 0) {
		status = 3;
	} else if (experiment_parse("inject", text, strlen(text), NULL, 0, &experiment, errors) ==
		   0) {
		status = runner_run(&experiment, &options);
		experiment_release(&experiment);
	} else {
		/* Places in a text that the user did not write would only confuse. */
		for (size_t i = 0; i < errors->count; i++)
			errors->items[i].loc = (struct loc){NULL, 0, 0};
		message_errors(errors);
	}
	free(errors);
	free(text);
	runner_options_release(&options);
	return status;
}

static int unknown_kind(const char *name)
{
	struct nearest nearest = nearest_begin(name, strlen(name));

	for (size_t i = 0; fault_kinds[i] != NULL; i++)
		nearest_offer(&nearest, fault_kinds[i]->name);
	return message_unknown("inject", "fault kind", &nearest);
}

static int print_kinds(FILE *out, int status)
{
	fprintf(out, "usage: perturb inject KIND [OPTION…]\n\n%s\n\nkinds:\n",
		command_inject.summary);
	for (size_t i = 0; fault_kinds[i] != NULL; i++)
		fprintf(out, "  %-12s %s\n", fault_kinds[i]->name, fault_kinds[i]->summary);
	fputs("\n'perturb inject KIND --help' tells the options of one.\n", out);
	return status;
}

static int run_raw(int argc, char **argv)
{
	const struct fault_kind *kind;
	struct arena arena = {0};
	struct invocation invocation;
	struct command command = {.arguments = ""};
	struct session session;
	struct err err = {0};
	int status;

	if (argc == 0)
		return print_kinds(stderr, 2);
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)
		return print_kinds(stdout, 0);
	kind = fault_kind_find(argv[0]);
	if (kind == NULL)
		return unknown_kind(argv[0]);
	command.name = arena_printf(&arena, "inject %s", kind->name);
	command.summary = kind->summary;
	command.options = inject_options(kind, &arena);
	status = options_parse(&command, argc - 1, argv + 1, &invocation);
	if (status == 0) {
		if (session_start(&session, NEEDS_TO_CHANGE, &invocation, &err) < 0) {
			status = message_error(&err);
		} else {
			invocation.session = &session;
			status = inject(&invocation, kind);
			session_end(&session);
		}
		invocation_release(&invocation);
	} else if (status > 0) {
		options_print_help(&command, stdout);
		status = 0;
	} else {
		status = 2;
	}
	arena_release(&arena);
	return status;
}

const struct command command_inject = {
	.name = "inject",
	.summary = "inject one fault, without a file",
	.arguments = "KIND",
	.run_raw = run_raw,
};
