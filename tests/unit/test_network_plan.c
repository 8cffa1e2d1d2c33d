/* SPDX-License-Identifier: Apache-2.0 */
/* What a network fault on an instance becomes: checks of its parameters, engine, interfaces. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "faults/kind.h"
#include "faults/probability.h"
#include "reports/mem.h"

static const struct features everything = {
	.root = true,
	.netem = true,
	.tbf = true,
	.clsact = true,
	.u32 = true,
	.bpf = true,
	.ifb = true,
	.mirred = true,
	.tun = true,
};

static struct interface interfaces[] = {
	{.name = "lo", .index = 1, .loopback = true, .up = true, .mtu = 65536},
	{.name = "eth0", .index = 2, .up = true, .mtu = 1500},
	{.name = "tunl0", .index = 3, .mtu = 1480},
	{.name = "eth1", .index = 4, .up = true, .mtu = 9000},
};

static const struct instance shop = {
	.kind = INSTANCE_NETNS,
	.netns_path = "/run/netns/shop",
	.netns_device = 4,
	.netns_inode = 1,
	.pid = 77,
	.start_time = 1234,
	.interfaces = interfaces,
	.interface_count = ARRAY_SIZE(interfaces),
};

static struct operation_list list;
static struct err err;

static void teardown(void)
{
	free(list.items);
	memset(&list, 0, sizeof(list));
}

static int plan(const char *name, const struct fault_params *params,
	const struct instance *instance, enum engine engine, const struct features *features)
{
	const struct fault_kind *kind = fault_kind_find(name);

	ck_assert_ptr_nonnull(kind);
	memset(&err, 0, sizeof(err));
	return kind->plan(kind, params, instance, engine, features, &list, &err);
}

static int validate(const char *name, struct fault_params *params)
{
	memset(&err, 0, sizeof(err));
	return fault_kind_find(name)->validate(params, &err);
}

#define assert_says(text) ck_assert_msg(strstr(err.message, text) != NULL, "%s", err.message)

START_TEST(every_interface_but_lo_and_those_down)
{
	const struct fault_params params = {.network.delay_ns = 1000000};

	ck_assert_int_eq(plan("latency", &params, &shop, ENGINE_AUTO, &everything), 0);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_str_eq(list.items[0].interface, "eth0");
	ck_assert_uint_eq(list.items[0].interface_index, 2);
	ck_assert_str_eq(list.items[1].interface, "eth1");
	ck_assert_str_eq(list.items[1].netns_path, "/run/netns/shop");
	ck_assert_uint_eq(list.items[1].netns_inode, 1);
	ck_assert_int_eq(list.items[1].pid, 77);
	ck_assert_uint_eq(list.items[1].start_time, 1234);
	ck_assert_int_eq(list.items[1].type, OPERATION_NETEM);
}
END_TEST

START_TEST(named_interface)
{
	struct fault_params params = {.network.delay_ns = 1000000, .interface = "tunl0"};

	ck_assert_int_eq(plan("latency", &params, &shop, ENGINE_AUTO, &everything), 0);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_str_eq(list.items[0].interface, "tunl0");

	strcpy(params.interface, "eth9");
	ck_assert_int_eq(plan("latency", &params, &shop, ENGINE_AUTO, &everything), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	assert_says("no interface eth9; it has lo, eth0, tunl0 (down), eth1");
}
END_TEST

START_TEST(nothing_to_break)
{
	const struct fault_params params = {.network.delay_ns = 1000000};
	struct instance lonely = shop;

	lonely.interface_count = 1;
	ck_assert_int_eq(plan("latency", &params, &lonely, ENGINE_AUTO, &everything), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	assert_says("apart from lo; it has lo");

	lonely.netns_path[0] = '\0';
	ck_assert_int_eq(plan("latency", &params, &lonely, ENGINE_AUTO, &everything), -1);
	assert_says("no network namespace");
}
END_TEST

struct place_case {
	const char *kind;
	enum engine engine;
	int type;	   /* -1: refused */
	const char *where; /* any of: i(ngress), a(imed), s(egment), c(onfigured root), f(ilters) */
	const char *without; /* any of: n(etem), i(fb), b(pf), t(bf), u(32) */
	const char *says;    /* when refused */
};

static const struct place_case place_cases[] = {
	{"loss", ENGINE_AUTO, OPERATION_NETEM, "", "", NULL},
	{"loss", ENGINE_AUTO, OPERATION_IFB, "i", "", NULL},
	{"loss", ENGINE_AUTO, OPERATION_NETEM, "f", "", NULL},
	{"loss", ENGINE_AUTO, OPERATION_RELAY, "af", "", NULL},
	{"loss", ENGINE_AUTO, OPERATION_RELAY, "if", "", NULL},
	{"loss", ENGINE_NETEM, OPERATION_IFB, "af", "", NULL},
	{"loss", ENGINE_AUTO, OPERATION_IFB, "af", "u", NULL},
	{"loss", ENGINE_AUTO, OPERATION_IFB, "a", "", NULL},
	{"loss", ENGINE_AUTO, OPERATION_IFB, "s", "", NULL},
	{"loss", ENGINE_AUTO, OPERATION_IFB, "c", "", NULL},
	{"loss", ENGINE_AUTO, OPERATION_NETEM, "", "ib", NULL},
	{"loss", ENGINE_AUTO, OPERATION_RELAY, "i", "i", NULL},
	{"loss", ENGINE_AUTO, OPERATION_RELAY, "c", "i", NULL},
	{"loss", ENGINE_AUTO, OPERATION_RELAY, "i", "n", NULL},
	{"loss", ENGINE_AUTO, OPERATION_RELAY, "s", "t", NULL},
	{"loss", ENGINE_AUTO, -1, "i", "iu", "lacks ifb for the netem engine"},
	{"loss", ENGINE_AUTO, -1, "a", "b", "cls_bpf"},
	{"loss", ENGINE_NETEM, -1, "i", "i",
		"what arrives what this kernel lacks: ifb; --engine r"},
	{"loss", ENGINE_NETEM, -1, "s", "tu", "segment what this kernel lacks: sch_tbf"},
	{"loss", ENGINE_NETEM, -1, "c", "b", "whose root is in use"},
	{"loss", ENGINE_RELAY, OPERATION_RELAY, "", "b", NULL},
	{"loss", ENGINE_RELAY, -1, "i", "b", "lacks: cls_bpf"},
	{"loss", ENGINE_RELAY, OPERATION_RELAY, "iasc", "", NULL},
	{"bandwidth", ENGINE_AUTO, OPERATION_IFB, "i", "n", NULL},
	{"bandwidth", ENGINE_AUTO, OPERATION_TBF, "", "n", NULL},
	{"bandwidth", ENGINE_AUTO, OPERATION_RELAY, "a", "t", NULL},
};

static bool has(const char *letters, char letter)
{
	return strchr(letters, letter) != NULL;
}

START_TEST(place_by_what_is_asked)
{
	const struct place_case *expected = &place_cases[_i];
	struct fault_params params = {
		.network = {.loss = 10, .rate_bits = 1000000},
		.ingress = has(expected->where, 'i'),
		.segment = has(expected->where, 's'),
	};
	struct features features = everything;
	struct interface interface = interfaces[1];
	struct instance instance = shop;
	int result;

	params.egress_aim.protocol = has(expected->where, 'a') ? 6 : 0;
	params.ingress_aim.protocol = params.egress_aim.protocol;
	interface.root_configured = has(expected->where, 'c');
	interface.filtered[DIRECTION_EGRESS] = has(expected->where, 'f');
	interface.filtered[DIRECTION_INGRESS] = has(expected->where, 'f');
	instance.interfaces = &interface;
	instance.interface_count = 1;
	features.netem = !has(expected->without, 'n');
	features.ifb = !has(expected->without, 'i');
	features.bpf = !has(expected->without, 'b');
	features.tbf = !has(expected->without, 't');
	features.u32 = !has(expected->without, 'u');
	result = plan(expected->kind, &params, &instance, expected->engine, &features);
	if (expected->type < 0) {
		ck_assert_int_eq(result, -1);
		assert_says(expected->says);
		return;
	}
	ck_assert_msg(result == 0, "%s", err.message);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_int_eq(list.items[0].type, expected->type);
	ck_assert_int_eq(
		list.items[0].direction, params.ingress ? DIRECTION_INGRESS : DIRECTION_EGRESS);
	ck_assert_uint_eq(list.items[0].aim.protocol, params.egress_aim.protocol);
	ck_assert_uint_eq(list.items[0].mtu, 1500);
}
END_TEST

START_TEST(one_operation_for_each_direction)
{
	const struct fault_params params = {
		.network.loss = 10,
		.egress = true,
		.ingress = true,
		.interface = "eth0",
	};

	ck_assert_int_eq(plan("loss", &params, &shop, ENGINE_AUTO, &everything), 0);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_int_eq(list.items[0].type, OPERATION_NETEM);
	ck_assert_int_eq(list.items[1].type, OPERATION_IFB);
	ck_assert_int_eq(list.items[1].direction, DIRECTION_INGRESS);
}
END_TEST

struct engine_case {
	const char *kind;
	enum engine engine;
	bool netem;
	bool tbf;
	bool relay;
	int type;	  /* -1: refused */
	const char *says; /* when refused */
};

static const struct engine_case engine_cases[] = {
	{"loss", ENGINE_AUTO, true, true, true, OPERATION_NETEM, NULL},
	{"loss", ENGINE_AUTO, true, false, false, OPERATION_NETEM, NULL},
	{"loss", ENGINE_AUTO, false, true, true, OPERATION_RELAY, NULL},
	{"loss", ENGINE_AUTO, false, true, false, -1, "lacks sch_netem"},
	{"loss", ENGINE_NETEM, false, true, true, -1, "--engine relay would work"},
	{"loss", ENGINE_NETEM, false, true, false, -1, "no sch_netem"},
	{"loss", ENGINE_RELAY, true, true, true, OPERATION_RELAY, NULL},
	{"loss", ENGINE_RELAY, true, true, false, -1, "lacks: cls_u32; --engine netem"},
	{"bandwidth", ENGINE_AUTO, true, true, true, OPERATION_TBF, NULL},
	{"bandwidth", ENGINE_AUTO, true, false, true, OPERATION_RELAY, NULL},
	{"bandwidth", ENGINE_AUTO, true, false, false, -1, "lacks sch_tbf"},
	{"bandwidth", ENGINE_NETEM, false, true, false, OPERATION_TBF, NULL},
	{"bandwidth", ENGINE_NETEM, true, false, true, -1, "no sch_tbf"},
	{"bandwidth", ENGINE_RELAY, true, true, true, OPERATION_RELAY, NULL},
	{"network", ENGINE_AUTO, true, true, true, OPERATION_NETEM, NULL},
};

START_TEST(engine_by_what_the_kernel_has)
{
	const struct engine_case *expected = &engine_cases[_i];
	const struct fault_params params = {.network = {.loss = 10, .rate_bits = 1000000}};
	struct features features = everything;
	int result;

	features.netem = expected->netem;
	features.tbf = expected->tbf;
	features.u32 = expected->relay;
	result = plan(expected->kind, &params, &shop, expected->engine, &features);
	if (expected->type < 0) {
		ck_assert_int_eq(result, -1);
		ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
		assert_says(expected->says);
	} else {
		ck_assert_int_eq(result, 0);
		ck_assert_int_eq(list.items[0].type, expected->type);
	}
}
END_TEST

START_TEST(root_is_needed)
{
	const struct fault_params params = {.network.loss = 10};
	const struct features none = {0};

	ck_assert_int_eq(plan("loss", &params, &shop, ENGINE_AUTO, &none), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	assert_says("root");
}
END_TEST

START_TEST(queue_holds_what_the_delay_needs)
{
	struct fault_params params = {.network.delay_ns = 500000};

	ck_assert_int_eq(plan("latency", &params, &shop, ENGINE_AUTO, &everything), 0);
	ck_assert_uint_eq(list.items[0].impairment.limit, 1000);

	params.network.delay_ns = 100000000;
	params.network.jitter_ns = 10000000;
	teardown();
	ck_assert_int_eq(plan("latency", &params, &shop, ENGINE_AUTO, &everything), 0);
	ck_assert_uint_eq(list.items[0].impairment.limit, 110000);

	params.network.distribution = DISTRIBUTION_NORMAL;
	teardown();
	ck_assert_int_eq(plan("latency", &params, &shop, ENGINE_AUTO, &everything), 0);
	ck_assert_uint_eq(list.items[0].impairment.limit, 140000);

	params.network.delay_ns = 240000000000;
	teardown();
	ck_assert_int_eq(plan("latency", &params, &shop, ENGINE_AUTO, &everything), 0);
	ck_assert_uint_eq(list.items[0].impairment.limit, 500000);

	/* A slow link does not carry more: 10,000 packets of 64 bytes a second, for 0.2 s. */
	params.network.delay_ns = 200000000;
	params.network.jitter_ns = 0;
	params.network.rate_bits = 5120000;
	teardown();
	ck_assert_int_eq(plan("network", &params, &shop, ENGINE_AUTO, &everything), 0);
	ck_assert_uint_eq(list.items[0].impairment.limit, 2000);
}
END_TEST

/* What the bucket has room for must not be dropped because it is many packets: of 64 bytes at
 * least, 1.25 MB and a burst of 125 KB. */
START_TEST(queue_is_long_enough_for_the_bucket)
{
	const struct fault_params params = {.network.rate_bits = 100000000};

	ck_assert_int_eq(plan("bandwidth", &params, &shop, ENGINE_RELAY, &everything), 0);
	ck_assert_uint_eq(list.items[0].impairment.burst_bytes, 125000);
	ck_assert_uint_eq(list.items[0].impairment.limit, (1250000 + 125000) / 64);
}
END_TEST

START_TEST(bucket_holds_at_least_a_packet)
{
	struct fault_params params = {.network.rate_bits = 100000000};

	ck_assert_int_eq(plan("bandwidth", &params, &shop, ENGINE_AUTO, &everything), 0);
	/* 10 ms of 12.5 MB/s */
	ck_assert_uint_eq(list.items[0].impairment.burst_bytes, 125000);

	teardown();
	params.network.rate_bits = 1000000;
	ck_assert_int_eq(plan("bandwidth", &params, &shop, ENGINE_AUTO, &everything), 0);
	ck_assert_uint_ge(list.items[0].impairment.burst_bytes, 1514);
	ck_assert_uint_ge(list.items[1].impairment.burst_bytes, 9014);

	params.network.burst_bytes = 1500;
	ck_assert_int_eq(plan("bandwidth", &params, &shop, ENGINE_AUTO, &everything), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
	assert_says("at least 1514B");
}
END_TEST

START_TEST(latency_parameters)
{
	struct fault_params params = {.network = {.delay_ns = 10, .jitter_ns = 10}};

	ck_assert_int_eq(validate("latency", &params), 0);
	params.network.jitter_ns = 11;
	ck_assert_int_eq(validate("latency", &params), -1);
	ck_assert_str_eq(err.field, "jitter");
	params.network.jitter_ns = 0;
	params.network.delay_correlation = 5;
	ck_assert_int_eq(validate("latency", &params), -1);
	ck_assert_str_eq(err.field, "correlation");
	params.network.delay_correlation = 0;
	params.network.distribution = DISTRIBUTION_NORMAL;
	ck_assert_int_eq(validate("latency", &params), -1);
	ck_assert_str_eq(err.field, "distribution");
}
END_TEST

START_TEST(reorder_parameters)
{
	struct fault_params params = {.network.reorder = 25};

	ck_assert_int_eq(validate("reorder", &params), -1);
	ck_assert_str_eq(err.field, "delay");
	params.reorder_delay_ns = 10000000;
	ck_assert_int_eq(validate("reorder", &params), 0);
	ck_assert_int_eq(params.network.delay_ns, 10000000);
	ck_assert_int_eq(validate("reorder", &params), 0);
	params.network.delay_ns = 5;
	ck_assert_int_eq(validate("network", &params), -1);
	ck_assert_str_eq(err.field, "delay");
	params.reorder_delay_ns = 0;
	ck_assert_int_eq(validate("network", &params), 0);
}
END_TEST

/* netem adds up the chances of two ways out of a state in 32 bits. */
START_TEST(loss_model_parameters)
{
	struct fault_params params = {
		.network.four_state = {.p13 = 50, .p31 = 75, .p32 = 25, .p23 = 100, .p14 = 50}};
	const struct four_state *four_state = &params.network.four_state;

	ck_assert_int_eq(validate("loss", &params), 0);
	ck_assert_uint_le(
		(uint64_t)probability(four_state->p13) + probability(four_state->p14), UINT32_MAX);
	ck_assert_uint_le(
		(uint64_t)probability(four_state->p31) + probability(four_state->p32), UINT32_MAX);
	ck_assert_double_eq_tol(four_state->p14, 50, 1e-6);
	ck_assert_double_eq_tol(four_state->p32, 25, 1e-6);
	params.network.four_state.p32 = 26;
	ck_assert_int_eq(validate("network", &params), -1);
	ck_assert_str_eq(err.field, "p32");

	params = (struct fault_params){.network.gemodel = {.p = 1, .r = 1, .good_loss = 1}};
	ck_assert_int_eq(validate("loss", &params), 0);
	ck_assert_int_eq(validate("network", &params), 0);
	params.network.loss_correlation = 1;
	ck_assert_int_eq(validate("loss", &params), -1);
	ck_assert_str_eq(err.field, "correlation");
	params.network.gemodel.good_loss = 0;
	ck_assert_int_eq(validate("network", &params), -1);
	ck_assert_str_eq(err.field, "bad_loss");
}
END_TEST

START_TEST(nothing_asked_for)
{
	static const char *const kinds[] = {"loss", "duplicate", "corrupt", "reorder", "network"};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct fault_params params = {0};

		ck_assert_int_eq(validate(kinds[i], &params), -1);
		ck_assert_int_eq(err.code, ERR_USAGE);
	}
}
END_TEST

static void check_fields(const struct fault_kind *kind, const struct field *fields)
{
	for (const struct field *field = fields; field->name != NULL; field++) {
		ck_assert_msg(field->help != NULL, "%s.%s has no help", kind->name, field->name);
		ck_assert((field->type == FIELD_GROUP) == (field->group != NULL));
		ck_assert((field->type == FIELD_CHOICE) == (field->choices != NULL));
		ck_assert_uint_lt(field->offset, sizeof(struct fault_params));
		if (field->group != NULL)
			check_fields(kind, field->group);
	}
}

START_TEST(kind_table_is_complete)
{
	for (const struct fault_kind *const *kind = fault_kinds; *kind != NULL; kind++) {
		ck_assert_ptr_eq(fault_kind_find((*kind)->name), *kind);
		ck_assert_ptr_nonnull((*kind)->summary);
		ck_assert_ptr_nonnull((*kind)->example);
		ck_assert((*kind)->validate != NULL);
		ck_assert((*kind)->plan != NULL);
		check_fields(*kind, (*kind)->fields);
	}
	ck_assert_ptr_null(fault_kind_find("no such kind"));
}
END_TEST

START_TEST(operation_table_is_complete)
{
	for (int type = OPERATION_NETEM; type <= OPERATION_DNS; type++) {
		const struct operation_ops *ops;

		ck_assert(operation_type_valid(type));
		ops = operation_ops((enum operation_type)type);
		ck_assert_ptr_nonnull(ops->name);
		ck_assert(ops->prepare != NULL);
		ck_assert(ops->apply != NULL);
		ck_assert(ops->undo != NULL);
		ck_assert(ops->describe != NULL);
	}
	ck_assert(!operation_type_valid(-1));
	ck_assert(!operation_type_valid(OPERATION_DNS + 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("network_plan");
	TCase *tcase = tcase_create("plan");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, every_interface_but_lo_and_those_down);
	tcase_add_test(tcase, named_interface);
	tcase_add_test(tcase, nothing_to_break);
	tcase_add_loop_test(tcase, engine_by_what_the_kernel_has, 0, (int)ARRAY_SIZE(engine_cases));
	tcase_add_loop_test(tcase, place_by_what_is_asked, 0, (int)ARRAY_SIZE(place_cases));
	tcase_add_test(tcase, one_operation_for_each_direction);
	tcase_add_test(tcase, root_is_needed);
	tcase_add_test(tcase, queue_holds_what_the_delay_needs);
	tcase_add_test(tcase, bucket_holds_at_least_a_packet);
	tcase_add_test(tcase, latency_parameters);
	tcase_add_test(tcase, reorder_parameters);
	tcase_add_test(tcase, loss_model_parameters);
	tcase_add_test(tcase, nothing_asked_for);
	tcase_add_test(tcase, queue_is_long_enough_for_the_bucket);
	tcase_add_test(tcase, kind_table_is_complete);
	tcase_add_test(tcase, operation_table_is_complete);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
