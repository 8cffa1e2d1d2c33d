/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runner.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/message.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "experiments/run.h"
#include "reports/file.h"
#include "reports/summary.h"

int runner_read(
	const char *file, const struct runner_options *options, struct experiment *ret_experiment)
{
	struct err_list *errors = xcalloc(1, sizeof(*errors));
	int result = experiment_read(
		file, options->settings, options->setting_count, ret_experiment, errors);

	if (result < 0)
		message_errors(errors);
	free(errors);
	return result;
}

int runner_worse_status(int a, int b)
{
	static const int order[] = {5, 4, 2, 1, 3};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return 0;
}

static int write_report(const struct report *report, const struct runner_options *options)
{
	cleanup_free char *path = NULL;
	struct err err = {0};

	if (options->out == NULL)
		return 0;
	if (report_write(report, options->out, &path, &err) < 0)
		return message_error(&err);
	if (!options->quiet)
		printf("report: %s\n", path);
	return 0;
}

/* Shows and stores what the report says. What does not arrive turns success into failure, but hides
 * no other status; and it does not claim that nothing was touched. */
static int deliver(const struct report *report, const struct runner_options *options)
{
	int status = report->exit_code;
	bool lost;

	if (!options->quiet)
		summary_print(report, options->color && terminal_color(stdout), stdout);
	else if (status != 0)
		fprintf(stderr, "perturb: %s: %s\n", verdict_name(report->verdict), report->reason);
	lost = write_report(report, options) != 0;
	lost = fflush(stdout) != 0 || ferror(stdout) != 0 || lost;
	return status == 0 && lost ? 4 : status;
}

void runner_redact(const struct experiment *experiment, struct err *err)
{
	struct arena arena = {0};
	const char *clean = experiment_redact(experiment, &arena, err->message);

	if (clean != err->message)
		snprintf(err->message, sizeof(err->message), "%s", clean);
	arena_release(&arena);
}

/* The plan could not be made: nothing was touched, and the report says why. */
static int refuse(
	const struct experiment *experiment, const struct runner_options *options, struct err *err)
{
	struct report report = {0};

	runner_redact(experiment, err);
	if (options->no_file)
		err->loc = (struct loc){NULL, 0, 0};
	else if (err->loc.file == NULL)
		err->loc.file = experiment->file;
	message_error(err);
	if (err->code != ERR_USAGE) {
		run_refused(experiment, options->plan.seed, err, &report);
		write_report(&report, options);
	}
	report_release(&report);
	return err_exit_status(err);
}

int runner_run(const struct experiment *experiment, const struct runner_options *options)
{
	struct plan plan = {.experiment = experiment, .options = options->plan};
	struct run_options run_options = {
		.probe_only = options->probe_only,
		.strict = options->strict,
		.custodian = options->custodian,
	};
	struct report report = {0};
	struct progress *progress;
	struct err err = {0};
	int status;

	/* Measuring needs no target and no privilege. */
	if (!options->probe_only && plan_make(experiment, &options->plan, &plan, &err) < 0)
		return refuse(experiment, options, &err);
	progress = progress_new(options->quiet, options->color);
	run_options.observer = progress_observer(progress);
	run_plan(&plan, &run_options, &report);
	progress_free(progress);
	status = deliver(&report, options);
	report_release(&report);
	plan_release(&plan);
	return status;
}
