/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command - one verb: one file and one row in main.c. The option table parses, prints the help and
 * feeds the shell completions.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/session.h"

struct cli_option {
	const char *name;     /* without dashes */
	const char *argument; /* placeholder of its value, e.g. "DIR"; NULL: a switch */
	const char *help;     /* one line, lower case */
	bool repeatable;
};

struct cli_given {
	const struct cli_option *option;
	const char *value; /* NULL for a switch */
};

/* A command line that was taken apart. */
struct invocation {
	const struct command *command;
	const struct session *session;
	struct cli_given *given;
	size_t given_count;
	char **arguments; /* what is not an option; NULL-terminated, borrowed from argv */
	size_t argument_count;
};

struct command {
	const char *name;
	const char *summary;   /* one line, for the list of verbs */
	const char *arguments; /* "FILE…", "[KIND]" or "" */
	const char *details;   /* paragraphs for --help; NULL */
	size_t minimum_arguments;
	size_t maximum_arguments;
	enum session_needs needs;
	const struct cli_option *options; /* ends with a NULL name; NULL: none but --help */
	int (*run)(const struct invocation *invocation); /* returns the exit status */
	int (*run_raw)(int argc, char **argv); /* instead of run: takes its own line apart */
};

/* The value of the last --NAME, or NULL. */
const char *invocation_value(const struct invocation *invocation, const char *name);
bool invocation_has(const struct invocation *invocation, const char *name);
/* Of verbs whose output is text or JSON: what --format says. -1 after printing a usage error. */
int invocation_json(const struct invocation *invocation, bool *ret_json);
/* The row of it in a table of options. */
#define OPTION_FORMAT                                                                              \
	{                                                                                          \
		"format", "text|json", "format of the output (default: text)", false               \
	}

extern const struct command command_abort;
extern const struct command command_check;
extern const struct command command_demo;
extern const struct command command_doctor;
extern const struct command command_faults;
extern const struct command command_inject;
extern const struct command command_plan;
extern const struct command command_probe;
extern const struct command command_probes;
extern const struct command command_recover;
extern const struct command command_run;
extern const struct command command_schema;
extern const struct command command_status;
extern const struct command command_targets;
extern const struct command command_completion;

/* Every verb, ends with NULL. */
extern const struct command *const commands[];

#endif
