/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/runner.h"
#include "reports/file.h"
#include "reports/mem.h"

static int read_all(const struct invocation *invocation, const struct runner_options *options,
	struct experiment *experiments, size_t *ret_count)
{
	int result = 0;

	*ret_count = 0;
	for (size_t i = 0; i < invocation->argument_count; i++) {
		if (runner_read(invocation->arguments[i], options, &experiments[*ret_count]) < 0)
			result = -1;
		else
			(*ret_count)++;
	}
	return result;
}

/* Every file is read before the first one runs: a mistake in the last must not be found when the
 * others have been run already. */
static int run_files(const struct invocation *invocation, const struct runner_options *options)
{
	cleanup_free struct experiment *experiments =
		xcalloc(invocation->argument_count, sizeof(*experiments));
	size_t count;
	int status = 0;

	if (read_all(invocation, options, experiments, &count) < 0)
		status = 2;
	for (size_t i = 0; i < count && status != 2; i++) {
		int one = runner_run(&experiments[i], options);

		status = runner_worse_status(status, one);
		if (one == 4 || one == 5)
			break; /* whoever stopped this one did not mean the next */
	}
	for (size_t i = 0; i < count; i++)
		experiment_release(&experiments[i]);
	return status;
}

static int run(const struct invocation *invocation)
{
	const char *format = invocation_value(invocation, "format");
	struct runner_options options;
	struct err err = {0};
	int status = 0;

	if (format != NULL && strcmp(format, "json") != 0)
		return message_usage("run", "--format knows only json, not '%s'", format);
	if (runner_options_read(invocation, &options) < 0)
		return 2;
	if (options.out == NULL) {
		options.out = ".";
		status = report_directory_check(options.out, &err) < 0 ? message_error(&err) : 0;
	}
	if (status == 0 && runner_protect(invocation) < 0)
		status = 3;
	if (status == 0)
		status = run_files(invocation, &options);
	runner_options_release(&options);
	return status;
}

static const struct cli_option options_table[] = {
	RUNNER_OPTION_SET,
	{"out", "DIR", "directory for the report (default: the current one)", false},
	{"format", "json", "format of the report", false},
	RUNNER_OPTION_STRICT,
	RUNNER_OPTION_SEED,
	RUNNER_OPTION_ENGINE,
	RUNNER_OPTIONS_ALLOW RUNNER_OPTION_QUIET,
	RUNNER_OPTION_NO_COLOR,
	{NULL, NULL, NULL, false},
};

const struct command command_run = {
	.name = "run",
	.summary = "run experiments and write their reports",
	.arguments = "FILE…",
	.details =
		"Measures the steady state, injects the faults, measures on, puts everything back\n"
		"and measures the recovery. All files are checked before the first one runs.",
	.minimum_arguments = 1,
	.maximum_arguments = 1000,
	.options = options_table,
	.needs = NEEDS_TO_CHANGE,
	.run = run,
};
