/* SPDX-License-Identifier: Apache-2.0 */
/*
 * experiment_case - one experiment read from memory, and its errors as a user sees them.
 */
#ifndef TESTS_UNIT_EXPERIMENT_CASE_H
#define TESTS_UNIT_EXPERIMENT_CASE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/experiment.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct experiment experiment;
static struct err_list errors;

static void setup(void)
{
	memset(&experiment, 0, sizeof(experiment));
	memset(&errors, 0, sizeof(errors));
	setenv("PERTURB_TEST_TOKEN", "s3cr3t", 1);
	unsetenv("PERTURB_TEST_NONE");
}

static void teardown(void)
{
	experiment_release(&experiment);
}

static int parse_with(const char *text, const struct setting *settings, size_t setting_count)
{
	return experiment_parse(
		"f.yaml", text, strlen(text), settings, setting_count, &experiment, &errors);
}

static int parse(const char *text)
{
	return parse_with(text, NULL, 0);
}

/* All errors as a user sees them, one in a line. */
static const char *messages(void)
{
	static char text[65536];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < errors.count; i++) {
		const struct err *err = &errors.items[i];
		int length;

		if (err->loc.line == 0)
			length = snprintf(text + used, sizeof(text) - used, "%s: %s\n",
				err->loc.file, err->message);
		else
			length = snprintf(text + used, sizeof(text) - used, "%s:%u:%u: %s\n",
				err->loc.file, err->loc.line, err->loc.column, err->message);
		used += (size_t)length;
	}
	return text;
}

static void assert_valid(const char *text)
{
	int result = parse(text);

	ck_assert_msg(result == 0, "%s", messages());
	ck_assert_uint_eq(errors.total, 0);
}

#endif
