/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options - takes a command line apart by a verb's option table, and prints the help from it.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdio.h>

#include "cli/command.h"

/* Parses what follows the verb: "--name value", "--name=value" and "--name" anywhere, "--" ends
 * the options. Returns 0; 1 when --help was asked for; -1 after printing a usage error.
 * invocation_release frees *ret_invocation. */
int options_parse(
	const struct command *command, int argc, char **argv, struct invocation *ret_invocation);
void invocation_release(struct invocation *invocation);

/* The help of one verb. */
void options_print_help(const struct command *command, FILE *out);
void options_print_table(const struct cli_option *options, FILE *out);

#endif
