/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/command.h"
#include "cli/runner.h"

static int check_file(const char *file, const struct runner_options *options)
{
	struct experiment experiment;

	if (runner_read(file, options, &experiment) < 0)
		return 2;
	experiment_release(&experiment);
	if (!options->quiet)
		printf("%s: ok\n", file);
	return 0;
}

static int run(const struct invocation *invocation)
{
	struct runner_options options;
	int status = 0;

	if (runner_options_read(invocation, &options) < 0)
		return 2;
	for (size_t i = 0; i < invocation->argument_count; i++)
		status =
			runner_worse_status(status, check_file(invocation->arguments[i], &options));
	runner_options_release(&options);
	return status;
}

static const struct cli_option options_table[] = {
	RUNNER_OPTION_SET,
	RUNNER_OPTION_QUIET,
	{NULL, NULL, NULL, false},
};

const struct command command_check = {
	.name = "check",
	.summary = "validate experiments and report every mistake",
	.arguments = "FILE…",
	.details =
		"Reads each file as run would, touches nothing, and prints every mistake as\n"
		"FILE:LINE:COLUMN: message. Variables that come from the environment must have a\n"
		"value there, a default, or one given with --set. Exit status 2 if any file is "
		"not\nvalid.",
	.minimum_arguments = 1,
	.maximum_arguments = 1000,
	.options = options_table,
	.run = run,
};
