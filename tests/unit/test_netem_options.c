/* SPDX-License-Identifier: Apache-2.0 */
/* What is written for the kernel and cannot be read back from it: tables and the seed; and that all
 * of it fits into one message. */
#include <check.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "faults/distribution.h"
#include "faults/distribution_table.h"
#include "faults/netem_options.h"
#include "faults/netlink.h"

static struct distribution_tables tables;
static struct nl_msg *message;

static void set_up(void)
{
	tables.count = 2;
	tables.tables[0].size = DISTRIBUTION_TABLE_SIZE;
	for (int i = 0; i < DISTRIBUTION_TABLE_SIZE; i++)
		tables.tables[0].deviates[i] = (int16_t)(i * 4 - 32768);
	tables.tables[1].size = DISTRIBUTION_PAIR_MAX - DISTRIBUTION_TABLE_SIZE;
	for (int i = 0; i < DISTRIBUTION_TABLE_SIZE; i++)
		tables.tables[1].deviates[i] = (int16_t)(32767 - i);
	message = netlink_tc_request(RTM_NEWQDISC, 0, 1, TC_H_ROOT, 0, "netem");
	ck_assert_ptr_nonnull(message);
}

static void tear_down(void)
{
	nlmsg_free(message);
}

/* The attribute of that type in the options. */
static struct nlattr *write_and_find(const struct operation *operation, int type)
{
	const struct operation_context context = {.tables = &tables};
	const int behind = (int)sizeof(struct tc_netem_qopt);
	struct nlattr *options;

	ck_assert_int_eq(netem_write_options(message, &context, operation), 0);
	options = nlmsg_find_attr(nlmsg_hdr(message), sizeof(struct tcmsg), TCA_OPTIONS);
	ck_assert_ptr_nonnull(options);
	return nla_find((struct nlattr *)((char *)nla_data(options) + behind),
		nla_len(options) - behind, type);
}

static const struct operation everything = {
	.id = 3,
	.seed = 77,
	.impairment =
		{
			.delay_ns = 2000000,
			.jitter_ns = 1000000,
			.delay_correlation = 1,
			.loss_correlation = 1,
			.gemodel = {.p = 1, .r = 1},
			.ecn = true,
			.duplicate = 1,
			.corrupt = 1,
			.reorder = 1,
			.rate_bits = 1000000000000,
			.table = 1,
			.slots = {.delay_ns = 5000,
				.jitter_ns = 3000,
				.packets = 7,
				.bytes = 8,
				.table = 2},
		},
};

static void check_table(int type, const struct distribution_table *table)
{
	struct nlattr *attribute = write_and_find(&everything, type);

	ck_assert_ptr_nonnull(attribute);
	ck_assert_uint_eq((size_t)nla_len(attribute), table->size * sizeof(int16_t));
	ck_assert_int_eq(memcmp(nla_data(attribute), table->deviates, table->size * 2), 0);
}

START_TEST(table_of_the_delay)
{
	check_table(TCA_NETEM_DELAY_DIST, &tables.tables[0]);
}
END_TEST

START_TEST(table_of_the_slots)
{
	check_table(TCA_NETEM_SLOT_DIST, &tables.tables[1]);
}
END_TEST

START_TEST(slots_as_the_kernel_has_them)
{
	struct nlattr *attribute = write_and_find(&everything, TCA_NETEM_SLOT);
	struct tc_netem_slot slot;

	ck_assert_ptr_nonnull(attribute);
	ck_assert_uint_eq((size_t)nla_len(attribute), sizeof(slot));
	memcpy(&slot, nla_data(attribute), sizeof(slot));
	ck_assert_int_eq(slot.dist_delay, 5000);
	ck_assert_int_eq(slot.dist_jitter, 3000);
	ck_assert_int_eq(slot.max_packets, 7);
	ck_assert_int_eq(slot.max_bytes, 8);
}
END_TEST

START_TEST(seed_of_the_interface)
{
	struct nlattr *attribute = write_and_find(&everything, NETEM_PRNG_SEED);

	ck_assert_ptr_nonnull(attribute);
	ck_assert_uint_eq(nla_get_u64(attribute), 77 + (3ULL << 32));
}
END_TEST

START_TEST(named_distribution)
{
	static int16_t table[DISTRIBUTION_SIZE];
	const struct operation operation = {
		.impairment = {.delay_ns = 2, .jitter_ns = 1, .distribution = DISTRIBUTION_PARETO}};
	struct nlattr *attribute = write_and_find(&operation, TCA_NETEM_DELAY_DIST);

	distribution_fill(DISTRIBUTION_PARETO, table);
	ck_assert_ptr_nonnull(attribute);
	ck_assert_uint_eq((size_t)nla_len(attribute), sizeof(table));
	ck_assert_int_eq(memcmp(nla_data(attribute), table, sizeof(table)), 0);
}
END_TEST

/* A number without a table, or one that the other process spoilt. */
START_TEST(missing_table)
{
	const struct operation_context context = {.tables = &tables};
	struct operation operation = everything;

	operation.impairment.table = 3;
	ck_assert_int_eq(netem_write_options(message, &context, &operation), -1);
	tables.tables[2].size = DISTRIBUTION_TABLE_SIZE + 1;
	ck_assert_int_eq(netem_write_options(message, &context, &operation), -1);
	operation.impairment.table = DISTRIBUTION_TABLES_MAX + 1;
	ck_assert_int_eq(netem_write_options(message, &context, &operation), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netem_options");
	TCase *tcase = tcase_create("options");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, table_of_the_delay);
	tcase_add_test(tcase, table_of_the_slots);
	tcase_add_test(tcase, slots_as_the_kernel_has_them);
	tcase_add_test(tcase, seed_of_the_interface);
	tcase_add_test(tcase, named_distribution);
	tcase_add_test(tcase, missing_table);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
