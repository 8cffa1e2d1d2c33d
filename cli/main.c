/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "experiments/nearest.h"

static void print_usage(FILE *out)
{
	fputs("usage: perturb VERB [OPTION…] [ARGUMENT…]\n\n"
	      "Breaks what an experiment names, measures whether the system stays steady, puts\n"
	      "everything back and reports.\n\nverbs:\n",
		out);
	for (const struct command *const *command = commands; *command != NULL; command++)
		fprintf(out, "  %-12s %s\n", (*command)->name, (*command)->summary);
	fputs("\n'perturb VERB --help' tells more. Exit status: 0 the hypothesis held, 1 it was\n"
	      "broken, 2 usage, 3 not started, 4 aborted, 5 something could not be put back.\n",
		out);
}

static const struct command *find_command(const char *name)
{
	for (const struct command *const *command = commands; *command != NULL; command++)
		if (strcmp((*command)->name, name) == 0)
			return *command;
	return NULL;
}

static int unknown_command(const char *name)
{
	struct nearest nearest = nearest_begin(name, strlen(name));

	for (const struct command *const *command = commands; *command != NULL; command++)
		nearest_offer(&nearest, (*command)->name);
	if (nearest.best != NULL)
		fprintf(stderr, "perturb: unknown verb '%s' (did you mean '%s'?)\n", name,
			nearest.best);
	else
		fprintf(stderr, "perturb: unknown verb '%s'; see 'perturb --help'\n", name);
	return 2;
}

/* Output that did not arrive is a failure, however well the work went. */
static int flush_output(int status)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	perror("perturb: cannot write to standard output");
	return status == 0 ? 3 : status;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct invocation invocation;
	struct session session;
	struct err err = {0};
	int parsed;
	int status;

	if (command->run_raw != NULL)
		return command->run_raw(argc, argv);
	parsed = options_parse(command, argc, argv, &invocation);

	if (parsed < 0)
		return 2;
	if (parsed > 0) {
		options_print_help(command, stdout);
		return 0;
	}
	if (session_start(&session, command->needs, &invocation, &err) < 0) {
		status = message_error(&err);
	} else {
		invocation.session = &session;
		status = command->run(&invocation);
		session_end(&session);
	}
	invocation_release(&invocation);
	return status;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_usage(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
		(strcmp(argv[1], "help") == 0 && argc == 2)) {
		print_usage(stdout);
		return flush_output(0);
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("perturb " PERTURB_VERSION);
		return flush_output(0);
	}
	command = find_command(argv[1]);
	if (command == NULL)
		return unknown_command(argv[1]);
	return flush_output(run_command(command, argc - 2, argv + 2));
}
