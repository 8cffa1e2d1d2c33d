/* SPDX-License-Identifier: Apache-2.0 */
/* Where operations are, and which of them exclude each other. */
#include <check.h>
#include <string.h>

#include "faults/operation_place.h"
#include "faults/operation_text.h"
#include "reports/mem.h"

#define NETWORK "id=1 netns_path=/run/netns/a interface=eth0 "
#define ETH0	NETWORK "netns_device=4 netns_inode=9 interface_index=2 "
#define TBF	"handle=1885667328 type=tbf"
#define RELAY	"tap=ptb00000000 type=relay"
#define FREEZER "id=1 type=freezer cgroup_version=1 "
#define STOP	"id=1 type=sigstop "

static const struct pair {
	const char *a;
	const char *b;
	bool same;
} pairs[] = {
	{ETH0 TBF, ETH0 RELAY, true},
	{ETH0 TBF, ETH0 "pid=7 start_time=8 " RELAY, true},
	{ETH0 TBF, NETWORK "netns_device=4 netns_inode=9 interface_index=3 " TBF, false},
	{ETH0 TBF, NETWORK "netns_device=4 netns_inode=8 interface_index=2 " TBF, false},
	{ETH0 TBF, NETWORK "netns_device=5 netns_inode=9 interface_index=2 " TBF, false},
	{ETH0 "pid=7 start_time=8 " TBF, STOP "pid=7 start_time=8", false},
	{STOP "pid=7 start_time=8", STOP "pid=7 start_time=8", true},
	{STOP "pid=7 start_time=8", STOP "pid=7 start_time=9", false},
	{STOP "pid=7 start_time=8", STOP "pid=6 start_time=8", false},
	{STOP "pid=7 start_time=8", "id=1 type=signal signal=9 pid=7 start_time=8", false},
	{STOP "pid=7 start_time=8", FREEZER "pid=7 start_time=8 cgroup=/a", true},
	{FREEZER "pid=7 cgroup=/a/b", FREEZER "pid=8 cgroup=/a/b", true},
	{FREEZER "pid=7 cgroup=/a/b", FREEZER "pid=8 cgroup=/a", true},
	{FREEZER "pid=7 cgroup=/a/b", FREEZER "pid=8 cgroup=/a/b/c", true},
	{FREEZER "pid=7 cgroup=/a/b", FREEZER "pid=8 cgroup=/a/bc", false},
	{FREEZER "pid=7 cgroup=/a/b", STOP "pid=8 cgroup=/a/b/c", true},
	{FREEZER "pid=7 cgroup=/a/b", STOP "pid=8", false},
};

START_TEST(one_at_a_place)
{
	const struct pair *pair = &pairs[_i];
	struct operation a;
	struct operation b;

	ck_assert_int_eq(operation_parse(pair->a, &a), 0);
	ck_assert_int_eq(operation_parse(pair->b, &b), 0);
	ck_assert(operation_same_place(&a, &b) == pair->same);
	ck_assert(operation_same_place(&b, &a) == pair->same);
}
END_TEST

/* Within one run: two directions, and packets of one's own. */
START_TEST(what_means_other_packets_has_room)
{
	struct operation a;
	struct operation b;

	ck_assert_int_eq(operation_parse(ETH0 RELAY, &a), 0);
	ck_assert_int_eq(operation_parse(ETH0 "tap=pfb00000000 type=ifb", &b), 0);
	ck_assert(operation_excludes(&a, &b));
	b.aim.protocol = 6;
	ck_assert(!operation_excludes(&a, &b));
	ck_assert(!operation_excludes(&b, &a));
	b.aim.protocol = 0;
	b.direction = DIRECTION_INGRESS;
	ck_assert(!operation_excludes(&a, &b));
	ck_assert(operation_same_place(&a, &b));
}
END_TEST

START_TEST(place_is_named)
{
	static const char *const places[][2] = {
		{ETH0 TBF, "interface eth0 of /run/netns/a"},
		{STOP "pid=7 start_time=8", "process 7"},
		{FREEZER "pid=7 cgroup=/a/b", "cgroup /a/b"},
	};
	char text[OPERATION_PLACE_MAX];
	struct operation operation;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		ck_assert_int_eq(operation_parse(places[i][0], &operation), 0);
		ck_assert_str_eq(operation_place(&operation, text, sizeof(text)), places[i][1]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("operation_place");
	TCase *tcase = tcase_create("places");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, one_at_a_place, 0, (int)ARRAY_SIZE(pairs));
	tcase_add_test(tcase, what_means_other_packets_has_room);
	tcase_add_test(tcase, place_is_named);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
