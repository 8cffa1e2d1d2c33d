/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "cli/message.h"
#include "experiments/nearest.h"
#include "reports/mem.h"

static const struct cli_option *find_option(
	const struct command *command, const char *name, size_t length)
{
	const struct cli_option *option = command->options;

	for (; option != NULL && option->name != NULL; option++)
		if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
			return option;
	return NULL;
}

static int unknown_option(const struct command *command, const char *name, size_t length)
{
	struct nearest nearest = nearest_begin(name, length);

	for (const struct cli_option *o = command->options; o != NULL && o->name != NULL; o++)
		nearest_offer(&nearest, o->name);
	if (nearest.best != NULL)
		message_usage(command->name, "unknown option '--%.*s' (did you mean '--%s'?)",
			(int)length, name, nearest.best);
	else
		message_usage(command->name, "unknown option '--%.*s'", (int)length, name);
	return -1;
}

static bool was_given(const struct invocation *invocation, const struct cli_option *option)
{
	for (size_t i = 0; i < invocation->given_count; i++)
		if (invocation->given[i].option == option)
			return true;
	return false;
}

/* Takes the option at argv[*at], and its value from the next place if it needs to. */
static int take_option(struct invocation *invocation, char **argv, int argc, int *at)
{
	const char *name = argv[*at] + 2;
	const char *equals = strchr(name, '=');
	size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct command *command = invocation->command;
	const struct cli_option *option = find_option(command, name, length);
	const char *value = equals != NULL ? equals + 1 : NULL;

	if (option == NULL)
		return unknown_option(command, name, length);
	if (option->argument == NULL && value != NULL) {
		message_usage(command->name, "--%s takes no value", option->name);
		return -1;
	}
	if (option->argument != NULL && value == NULL) {
		if (*at + 1 >= argc) {
			message_usage(command->name, "--%s needs a value: %s", option->name,
				option->argument);
			return -1;
		}
		value = argv[++*at];
	}
	if (!option->repeatable && was_given(invocation, option)) {
		message_usage(command->name, "--%s is given twice", option->name);
		return -1;
	}
	invocation->given =
		xgrow(invocation->given, invocation->given_count, sizeof(*invocation->given));
	invocation->given[invocation->given_count++] = (struct cli_given){option, value};
	return 0;
}

static int check_arguments(const struct invocation *invocation)
{
	const struct command *command = invocation->command;

	if (invocation->argument_count < command->minimum_arguments) {
		message_usage(command->name, "%s is missing", command->arguments);
		return -1;
	}
	if (invocation->argument_count > command->maximum_arguments) {
		message_usage(command->name, "unexpected argument '%s'",
			invocation->arguments[command->maximum_arguments]);
		return -1;
	}
	return 0;
}

int options_parse(
	const struct command *command, int argc, char **argv, struct invocation *ret_invocation)
{
	struct invocation invocation = {.command = command};
	bool options_over = false;
	int result = 0;

	invocation.arguments = xcalloc((size_t)argc + 1, sizeof(*invocation.arguments));
	for (int i = 0; i < argc && result == 0; i++) {
		if (options_over || argv[i][0] != '-' || argv[i][1] == '\0')
			invocation.arguments[invocation.argument_count++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			options_over = true;
		else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			result = 1;
		else if (argv[i][1] != '-')
			result = (message_usage(command->name, "unknown option '%s'", argv[i]), -1);
		else
			result = take_option(&invocation, argv, argc, &i);
	}
	if (result == 0)
		result = check_arguments(&invocation);
	if (result != 0)
		invocation_release(&invocation);
	else
		*ret_invocation = invocation;
	return result;
}

void invocation_release(struct invocation *invocation)
{
	free(invocation->given);
	free(invocation->arguments);
	memset(invocation, 0, sizeof(*invocation));
}

const char *invocation_value(const struct invocation *invocation, const char *name)
{
	for (size_t i = invocation->given_count; i-- > 0;)
		if (strcmp(invocation->given[i].option->name, name) == 0)
			return invocation->given[i].value;
	return NULL;
}

int invocation_json(const struct invocation *invocation, bool *ret_json)
{
	const char *format = invocation_value(invocation, "format");

	*ret_json = format != NULL && strcmp(format, "json") == 0;
	if (format == NULL || *ret_json || strcmp(format, "text") == 0)
		return 0;
	(void)message_usage(
		invocation->command->name, "--format is text or json, not '%s'", format);
	return -1;
}

bool invocation_has(const struct invocation *invocation, const char *name)
{
	for (size_t i = 0; i < invocation->given_count; i++)
		if (strcmp(invocation->given[i].option->name, name) == 0)
			return true;
	return false;
}

void options_print_table(const struct cli_option *options, FILE *out)
{
	for (const struct cli_option *o = options; o != NULL && o->name != NULL; o++) {
		char left[64];

		snprintf(left, sizeof(left), "--%s%s%s", o->name, o->argument != NULL ? " " : "",
			o->argument != NULL ? o->argument : "");
		fprintf(out, "  %-24s %s%s\n", left, o->help, o->repeatable ? " (repeatable)" : "");
	}
}

void options_print_help(const struct command *command, FILE *out)
{
	bool options = command->options != NULL && command->options[0].name != NULL;

	fprintf(out, "usage: perturb %s%s%s%s\n\n%s\n", command->name, options ? " [OPTION…]" : "",
		command->arguments[0] != '\0' ? " " : "", command->arguments, command->summary);
	if (command->details != NULL)
		fprintf(out, "\n%s\n", command->details);
	fputs("\noptions:\n", out);
	options_print_table(command->options, out);
	fprintf(out, "  %-24s %s\n", "--help", "show this help");
}
