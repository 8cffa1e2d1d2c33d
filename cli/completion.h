/* SPDX-License-Identifier: Apache-2.0 */
/*
 * completion - shell completions, printed from the tables that also parse: the verbs and their
 * options, the fault kinds and their parameters. Nothing in them is written twice.
 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/command.h"

void completion_bash(FILE *out);
void completion_zsh(FILE *out);
void completion_fish(FILE *out);

/* What the plain arguments of a verb are. */
enum completion_arguments {
	COMPLETE_NOTHING,
	COMPLETE_FILES,	 /* YAML files */
	COMPLETE_KINDS,	 /* fault kinds */
	COMPLETE_PROBES, /* probe kinds */
	COMPLETE_WORDS,	 /* the words of "a|b|c", or of "[a|b]" */
};
enum completion_arguments completion_arguments(const struct command *command);

/* Is the placeholder of an option's value a choice: words in lower case, like "json|text"? */
bool completion_has_values(const struct cli_option *option);
bool completion_wants_directory(const struct cli_option *option);

/* Prints text in single quotes, as every shell reads it. */
void completion_quote(const char *text, FILE *out);
/* Prints the words of a placeholder, "a|b|c" or "[a|b]", separated by spaces. */
void completion_print_words(const char *placeholder, FILE *out);

#endif
