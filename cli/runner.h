/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runner - what run, probe and inject have in common: plan, run, show, write the report.
 */
#ifndef CLI_RUNNER_H
#define CLI_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/command.h"
#include "experiments/experiment.h"
#include "experiments/plan.h"

struct runner_options {
	struct plan_options plan;
	struct custodian *custodian;
	struct setting *settings; /* heap */
	size_t setting_count;
	const char *out; /* directory of reports; NULL: none is written */
	bool quiet;
	bool color;
	bool probe_only;
	bool strict;
	bool no_file; /* there is no file whose places a message could name */
};

#define RUNNER_OPTION_ALLOW(thing, option, meaning) {option, NULL, "permit " meaning, false},
/* One for each thing that is protected by default. */
#define RUNNER_OPTIONS_ALLOW PROTECTED_THINGS(RUNNER_OPTION_ALLOW)

/* The rows that every verb of this family has; for their option tables. */
#define RUNNER_OPTION_SET                                                                          \
	{                                                                                          \
		"set", "NAME=VALUE", "give a variable of the file another value", true             \
	}
#define RUNNER_OPTION_SEED                                                                         \
	{                                                                                          \
		"seed", "N", "repeat the random choices of an earlier run", false                  \
	}
#define RUNNER_OPTION_STRICT                                                                       \
	{                                                                                          \
		"strict", NULL, "fail when tolerances were kept, but by too small a sample", false \
	}
#define RUNNER_OPTION_ENGINE                                                                       \
	{                                                                                          \
		"engine", "auto|netem|relay", "what carries network faults out", false             \
	}
#define RUNNER_OPTION_QUIET                                                                        \
	{                                                                                          \
		"quiet", NULL, "say nothing but errors", false                                     \
	}
#define RUNNER_OPTION_NO_COLOR                                                                     \
	{                                                                                          \
		"no-color", NULL, "no colors, whatever the terminal can do", false                 \
	}

/* Reads what the user gave of the options above, and --out, which must be writable. Returns 0, or
 * -1 after printing a usage error. Release with runner_options_release. */
int runner_options_read(const struct invocation *invocation, struct runner_options *ret_options);
void runner_options_release(struct runner_options *options);

/* For whatever injects: reads the policy of this machine, to which the custodian keeps from then
 * on. Called before any experiment is read. -1 after printing what is wrong with the policy:
 * nothing is to be run, exit status 3. */
int runner_protect(const struct invocation *invocation);

/* Reads an experiment and prints every mistake in it; 0 or -1. */
int runner_read(
	const char *file, const struct runner_options *options, struct experiment *ret_experiment);

/* Takes the values of the experiment's secrets out of the message. */
void runner_redact(const struct experiment *experiment, struct err *err);

/* Plans, runs and reports; returns the exit status. */
int runner_run(const struct experiment *experiment, const struct runner_options *options);

/* The more important of two exit statuses: 5, 4, 2, 1, 3, 0. */
int runner_worse_status(int a, int b);

#endif
