/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/runner.h"

static int run(const struct invocation *invocation)
{
	struct runner_options options;
	struct experiment experiment;
	int status = 2;

	if (runner_options_read(invocation, &options) < 0)
		return 2;
	options.probe_only = true;
	if (runner_read(invocation->arguments[0], &options, &experiment) == 0) {
		if (experiment.probe_count == 0) {
			struct err err;

			err_set(&err, ERR_USAGE, 0, "there is no steady_state to measure");
			err.loc.file = experiment.file;
			status = message_error(&err);
		} else {
			status = runner_run(&experiment, &options);
		}
		experiment_release(&experiment);
	}
	runner_options_release(&options);
	return status;
}

static const struct cli_option options_table[] = {
	RUNNER_OPTION_SET,
	{"out", "DIR", "also write a report into this directory", false},
	RUNNER_OPTION_STRICT,
	RUNNER_OPTION_QUIET,
	RUNNER_OPTION_NO_COLOR,
	{NULL, NULL, NULL, false},
};

const struct command command_probe = {
	.name = "probe",
	.summary = "measure the steady state only, for the baseline's time",
	.arguments = "FILE",
	.details = "Injects nothing and needs no privileges. Exit status 1 when the steady state "
		   "does\n"
		   "not hold.",
	.minimum_arguments = 1,
	.maximum_arguments = 1,
	.options = options_table,
	.run = run,
};
