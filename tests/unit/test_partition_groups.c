/* SPDX-License-Identifier: Apache-2.0 */
/* Who is cut off from whom, and what the rules of each say. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "experiments/partition_groups.h"
#include "faults/partition.h"
#include "reports/mem.h"

#define MEMBERS 5

static char addresses[MEMBERS][16];
static char *address_of[MEMBERS];
static char ids[MEMBERS][8];
static struct interface interfaces[MEMBERS];
static struct instance instances[MEMBERS];
static struct partition_member members[MEMBERS];
static struct fault_params params;
static struct fault fault;
static struct fault_params own;
static struct err err;

static void setup(void)
{
	memset(&params, 0, sizeof(params));
	fault = (struct fault){.params = &params};
	memset(&err, 0, sizeof(err));
	for (size_t i = 0; i < MEMBERS; i++) {
		snprintf(addresses[i], sizeof(addresses[i]), "10.0.0.%zu/24", i + 1);
		snprintf(ids[i], sizeof(ids[i]), "n%zu", i + 1);
		address_of[i] = addresses[i];
		interfaces[i] = (struct interface){
			.name = "eth0", .addresses = &address_of[i], .address_count = 1};
		instances[i] = (struct instance){.id = ids[i],
			.name = ids[i],
			.netns_inode = i + 1,
			.interfaces = &interfaces[i],
			.interface_count = 1};
		members[i] = (struct partition_member){.instance = &instances[i]};
	}
}

/* The last bytes of the addresses that one is cut off from: "2 3". */
static const char *cut_from(size_t self, size_t count)
{
	static char text[64];
	int used = 0;

	ck_assert_int_eq(
		partition_params(&fault, fault.params, members, count, self, &own, &err), 0);
	text[0] = '\0';
	for (size_t i = 0; i < own.ingress_aim.peer_count; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%u",
			i == 0 ? "" : " ", own.ingress_aim.peers[i].address[3]);
	return text;
}

static void assign(enum partition_split split, size_t count)
{
	fault.params->split = (int)split;
	ck_assert_int_eq(partition_assign(&fault, 7, "nodes", members, count, &err), 0);
}

START_TEST(ring)
{
	assign(SPLIT_RING, MEMBERS);
	ck_assert_str_eq(cut_from(0, MEMBERS), "3 4");
	ck_assert_str_eq(cut_from(2, MEMBERS), "1 5");
	ck_assert_str_eq(cut_from(4, MEMBERS), "2 3");
	ck_assert(own.ingress && !own.egress);
}
END_TEST

START_TEST(isolate)
{
	assign(SPLIT_ISOLATE, 3);
	ck_assert_str_eq(cut_from(1, 3), "1 3");
}
END_TEST

START_TEST(halves)
{
	size_t first = 0;

	assign(SPLIT_HALVES, MEMBERS);
	for (size_t i = 0; i < MEMBERS; i++)
		first += members[i].group == 0;
	ck_assert_uint_eq(first, 3);
}
END_TEST

START_TEST(too_few)
{
	fault.params->split = SPLIT_RING;
	ck_assert_int_eq(partition_assign(&fault, 7, "nodes", members, 3, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "at least 4"));
}
END_TEST

/* Between two targets, the first with two instances. */
static void between(enum partition_way way)
{
	static const size_t targets[] = {0, 1};

	fault.between = targets;
	fault.between_count = 2;
	fault.params->way = (int)way;
	members[2].target = 1;
	assign(SPLIT_NONE, 3);
}

START_TEST(both_ways)
{
	between(WAY_BOTH);
	ck_assert_str_eq(cut_from(0, 3), "3");
	ck_assert(own.ingress && !own.egress);
	ck_assert_str_eq(cut_from(2, 3), "1 2");
	ck_assert(own.ingress && !own.egress);
}
END_TEST

START_TEST(one_way)
{
	between(WAY_ONE);
	ck_assert_str_eq(cut_from(0, 3), "3");
	ck_assert(!own.ingress && !own.egress);
	ck_assert_str_eq(cut_from(2, 3), "1 2");
	ck_assert(own.ingress && !own.egress);
}
END_TEST

/* The others' rules do not know one that has another address: its own do. */
START_TEST(moved)
{
	between(WAY_BOTH);
	members[2].moved = true;
	ck_assert_str_eq(cut_from(2, 3), "1 2");
	ck_assert(own.ingress && own.egress);
	ck_assert(!partition_has_moved(&instances[0], &instances[0]));
	ck_assert(partition_has_moved(&instances[0], &instances[1]));
}
END_TEST

START_TEST(one_namespace)
{
	between(WAY_BOTH);
	instances[2].netns_inode = 1;
	ck_assert_int_eq(partition_params(&fault, fault.params, members, 3, 0, &own, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "same network namespace"));
}
END_TEST

START_TEST(no_address)
{
	between(WAY_BOTH);
	interfaces[2].address_count = 0;
	ck_assert_int_eq(partition_params(&fault, fault.params, members, 3, 0, &own, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "has no address"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("partition groups");
	TCase *group = tcase_create("groups");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(group, setup, NULL);
	tcase_add_test(group, ring);
	tcase_add_test(group, isolate);
	tcase_add_test(group, halves);
	tcase_add_test(group, too_few);
	tcase_add_test(group, both_ways);
	tcase_add_test(group, one_way);
	tcase_add_test(group, moved);
	tcase_add_test(group, one_namespace);
	tcase_add_test(group, no_address);
	suite_add_tcase(suite, group);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
