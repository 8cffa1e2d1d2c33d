/* SPDX-License-Identifier: Apache-2.0 */
/* The tables must be those that iproute2 ships, number by number. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "faults/distribution.h"
#include "reports/mem.h"

/* Debian puts them below the multiarch directory, others below /usr/lib or /usr/share. */
static FILE *open_table(const char *name)
{
	static const char *const directories[] = {
		"/usr/lib/x86_64-linux-gnu/tc",
		"/usr/lib/aarch64-linux-gnu/tc",
		"/usr/lib/tc",
		"/usr/lib64/tc",
		"/usr/share/tc",
	};
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s.dist", directories[i], name);
		file = fopen(path, "re");
		if (file != NULL)
			return file;
	}
	return NULL;
}

static size_t read_table(FILE *file, int values[DISTRIBUTION_SIZE])
{
	char line[256];
	size_t count = 0;

	while (fgets(line, sizeof(line), file) != NULL) {
		char *rest = line;
		char *end;

		if (line[0] == '#')
			continue;
		for (long value = strtol(rest, &end, 10); end != rest && count < DISTRIBUTION_SIZE;
			value = strtol(rest, &end, 10)) {
			values[count++] = (int)value;
			rest = end;
		}
	}
	return count;
}

START_TEST(table_equals_iproute2)
{
	enum distribution distribution = (enum distribution)_i;
	cleanup_fclose FILE *file = open_table(distribution_names[_i]);
	static int expected[DISTRIBUTION_SIZE];
	static int16_t table[DISTRIBUTION_SIZE];

	if (file == NULL) {
		fprintf(stderr, "skip: iproute2's %s.dist is not installed\n",
			distribution_names[_i]);
		return;
	}
	ck_assert_uint_eq(read_table(file, expected), DISTRIBUTION_SIZE);
	distribution_fill(distribution, table);
	for (int i = 0; i < DISTRIBUTION_SIZE; i++)
		ck_assert_msg(table[i] == expected[i], "%s[%d] is %d, iproute2 has %d",
			distribution_names[_i], i, table[i], expected[i]);
}
END_TEST

START_TEST(uniform_needs_no_table)
{
	int16_t table[DISTRIBUTION_SIZE] = {[0] = 42};

	distribution_fill(DISTRIBUTION_UNIFORM, table);
	ck_assert_int_eq(table[0], 42);
	ck_assert_int_eq(table[1], 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("distribution");
	TCase *tcase = tcase_create("tables");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
		tcase, table_equals_iproute2, DISTRIBUTION_NORMAL, DISTRIBUTION_PARETONORMAL + 1);
	tcase_add_test(tcase, uniform_needs_no_table);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
