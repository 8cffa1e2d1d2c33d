/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/command.h"
#include "cli/runner.h"

static int run(const struct invocation *invocation)
{
	struct runner_options options;
	int status = 0;

	if (runner_options_read(invocation, &options) < 0)
		return 2;
	for (size_t i = 0; i < invocation->argument_count; i++) {
		struct experiment experiment;

		if (runner_read(invocation->arguments[i], &options, &experiment) < 0) {
			status = 2;
			continue;
		}
		if (!options.quiet)
			printf("%s: ok\n", invocation->arguments[i]);
		experiment_release(&experiment);
	}
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
	.summary = "validate experiments; every mistake as FILE:LINE:COLUMN",
	.arguments = "FILE…",
	.details = "Reads the files only: no target is looked for and no privilege is needed.",
	.minimum_arguments = 1,
	.maximum_arguments = 1000,
	.options = options_table,
	.run = run,
};
