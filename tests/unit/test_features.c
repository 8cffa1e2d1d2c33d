/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's features must be what tc and ip find by trying. */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/features.h"

static struct features features;
static struct err err;

/* Each test runs in a process of its own (Check forks), so the namespace ends with it. */
static void setup(void)
{
	ck_assert_msg(unshare(CLONE_NEWNET) == 0, "these tests need root");
	ck_assert_msg(features_detect(&features, &err) == 0, "%s", err.message);
}

static bool succeeds(const char *command)
{
	return system(command) == 0; /* NOLINT(cert-env33-c): tc is who is asked */
}

START_TEST(queueing_disciplines)
{
	ck_assert(features.root);
	ck_assert_int_eq(features.netem,
		succeeds("tc qdisc add dev lo root handle 1: netem delay 1ms 2>/dev/null"));
	(void)succeeds("tc qdisc del dev lo root 2>/dev/null");
	ck_assert_int_eq(features.tbf,
		succeeds("tc qdisc add dev lo root tbf rate 1mbit burst 10k limit 20k"));
	ck_assert_int_eq(features.clsact, succeeds("tc qdisc add dev lo clsact"));
}
END_TEST

START_TEST(parts_of_the_relay)
{
	ck_assert_int_eq(features.tun, succeeds("ip tuntap add dev tap0 mode tap"));
	ck_assert_int_eq(features_relay(&features),
		succeeds("tc qdisc add dev lo clsact && tc filter add dev lo egress protocol all "
			 "u32 match u32 0 0 action mirred egress redirect dev tap0"));
}
END_TEST

START_TEST(nothing_is_left_behind)
{
	struct stat before;
	struct stat after;

	ck_assert_int_eq(stat("/proc/self/ns/net", &before), 0);
	ck_assert_int_eq(features_detect(&features, &err), 0);
	ck_assert_int_eq(stat("/proc/self/ns/net", &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert(!succeeds("tc qdisc show dev lo | grep -q -e netem -e tbf -e clsact"));
}
END_TEST

START_TEST(without_privileges)
{
	struct features found = {.root = true};

	ck_assert_int_eq(setuid(65534), 0);
	ck_assert_int_eq(features_detect(&found, &err), 0);
	ck_assert(!found.root);
	ck_assert(!found.tbf);
	ck_assert(!features_relay(&found));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("features");
	TCase *tcase = tcase_create("features");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, queueing_disciplines);
	tcase_add_test(tcase, parts_of_the_relay);
	tcase_add_test(tcase, nothing_is_left_behind);
	tcase_add_test(tcase, without_privileges);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
