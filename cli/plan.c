/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/command.h"
#include "cli/equivalent.h"
#include "cli/message.h"
#include "cli/runner.h"
#include "experiments/plan_aim.h"
#include "experiments/units.h"
#include "reports/mem.h"
#include "reports/text.h"

/* Names come from outside. */
static void print_text(const char *text)
{
	cleanup_free char *printable = text_printable(text);

	fputs(printable, stdout);
}

static void print_instances(const struct plan *plan)
{
	for (size_t i = 0; i < plan->target_count; i++) {
		const struct planned_target *planned = &plan->targets[i];

		printf("target %s: %zu of %zu\n", planned->target->name, planned->instances.count,
			planned->matched);
		for (size_t j = 0; j < planned->instances.count; j++) {
			const struct instance *instance = &planned->instances.items[j];

			fputs("  ", stdout);
			print_text(instance->name);
			printf("  pid %d  netns %llu\n", (int)instance->pid,
				(unsigned long long)instance->netns_inode);
		}
	}
}

static void print_aim(const struct operation *operation)
{
	if (aim_is_everything(&operation->aim))
		return;
	fputs("    only ", stdout);
	aim_describe(&operation->aim, operation->direction, stdout);
	putchar('\n');
}

static void print_change(const struct fault_change *change)
{
	char offset[32];

	printf("  after %s: %s\n", duration_format(change->offset_ns, offset, sizeof(offset)),
		change->what);
}

/* The first ones and the last: a ramp has many. */
static void print_changes(const struct fault *fault)
{
	size_t shown = fault->change_count > 4 ? 3 : fault->change_count;

	for (size_t i = 0; i < shown; i++)
		print_change(&fault->changes[i]);
	if (shown == fault->change_count)
		return;
	printf("  … %zu more changes …\n", fault->change_count - shown - 1);
	print_change(&fault->changes[fault->change_count - 1]);
}

static void print_action(const struct plan *plan, const struct action *action)
{
	const struct fault *fault = action->fault;
	char at[32];
	char length[32];

	printf("at %s: %s on ", duration_format(fault->at_ns, at, sizeof(at)), fault->kind->name);
	print_text(action->instance->name);
	if (!fault->kind->instant)
		printf(" for %s", duration_format(fault->duration_ns, length, sizeof(length)));
	printf(" by %s\n", operation_engine(&plan->operations.items[action->first_operation]));
	for (size_t i = 0; i < action->operation_count; i++) {
		const struct operation *operation =
			&plan->operations.items[action->first_operation + i];

		equivalent_print("  ", operation);
		print_aim(operation);
		if (operation_takes_super_packets(operation))
			puts("    note: " OPERATION_SUPER_PACKETS);
		if (operation_skips_filters(operation))
			puts("    note: " OPERATION_SKIPS_FILTERS);
	}
	print_changes(fault);
}

static int plan_file(const char *file, const struct runner_options *options)
{
	struct experiment experiment;
	struct plan plan;
	struct err err = {0};

	if (runner_read(file, options, &experiment) < 0)
		return 2;
	if (plan_make(&experiment, &options->plan, &plan, &err) < 0) {
		if (err.loc.file == NULL)
			err.loc.file = file;
		runner_redact(&experiment, &err);
		experiment_release(&experiment);
		return message_error(&err);
	}
	printf("%s: ", file);
	print_text(experiment.title);
	printf("\nseed %llu\n", (unsigned long long)options->plan.seed);
	print_instances(&plan);
	if (plan_misses_ssh(&plan))
		puts(PLAN_MISSES_SSH);
	for (size_t i = 0; i < plan.action_count; i++)
		print_action(&plan, &plan.actions[i]);
	plan_release(&plan);
	experiment_release(&experiment);
	return 0;
}

static int run(const struct invocation *invocation)
{
	struct runner_options options;
	int status = 0;

	if (runner_options_read(invocation, &options) < 0)
		return 2;
	if (runner_protect(invocation) < 0) {
		runner_options_release(&options);
		return 3;
	}
	for (size_t i = 0; i < invocation->argument_count; i++)
		status = runner_worse_status(status, plan_file(invocation->arguments[i], &options));
	runner_options_release(&options);
	return status;
}

static const struct cli_option options_table[] = {
	RUNNER_OPTION_SET,
	RUNNER_OPTION_SEED,
	RUNNER_OPTION_ENGINE,
	RUNNER_OPTIONS_ALLOW{NULL, NULL, NULL, false},
};

const struct command command_plan = {
	.name = "plan",
	.summary = "show every operation of an experiment, and change nothing",
	.arguments = "FILE…",
	.details = "Resolves the targets as run would and prints, for each operation, the command\n"
		   "that would do the same by hand.",
	.minimum_arguments = 1,
	.maximum_arguments = 1000,
	.options = options_table,
	.needs = NEEDS_TO_LOOK,
	.run = run,
};
