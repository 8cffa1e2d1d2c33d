/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synthetic_report - a report in which every field says something, for the tests of the writers.
 */
#ifndef TESTS_UNIT_SYNTHETIC_REPORT_H
#define TESTS_UNIT_SYNTHETIC_REPORT_H

#include <math.h>

#include "reports/report.h"

static inline void synthetic_targets(struct report *report)
{
	struct arena *arena = &report->arena;
	struct report_target *target = arena_grow(arena, NULL, 0, sizeof(*target));
	struct report_instance *instance = arena_grow(arena, NULL, 0, sizeof(*instance));
	struct report_interface *interface = arena_grow(arena, NULL, 0, sizeof(*interface));
	const char **addresses = arena_grow(arena, NULL, 0, sizeof(*addresses));

	addresses[0] = "10.0.0.2/24";
	*interface = (struct report_interface){"eth0", 7, addresses, 1};
	*instance = (struct report_instance){
		.id = "4f2c",
		.name = "users",
		.runtime = "docker",
		.pid = 4242,
		.netns = 4026532288,
		.netns_path = "/proc/4242/ns/net",
		.interfaces = interface,
		.interface_count = 1,
	};
	*target = (struct report_target){"users", "container", 3, instance, 1};
	report->targets = target;
	report->target_count = 1;
}

static inline void synthetic_faults(struct report *report)
{
	static struct report_pair parameters[] = {{"delay", "200ms"}, {"jitter", "20ms"}};
	static const char *peers[] = {"10.0.0.1"};
	static struct report_operation operations[] = {
		{.what = "tc qdisc add dev eth0 root netem delay 200ms",
			.interface = "eth0",
			.aim = "to 10.0.0.1",
			.peers = peers,
			.peer_count = 1,
			.evidence = {.source = EVIDENCE_QDISC, .packets = 100, .bytes = 12345}},
	};
	static struct report_move moves[] = {
		{7000.25, 7400.5, "3f2a", 5678, 4026532900},
		{9000, -1, NULL, 0, 0},
	};
	struct report_fault *faults = arena_alloc(&report->arena, 2 * sizeof(*faults));

	faults[0] = (struct report_fault){
		.kind = "latency",
		.target = "users",
		.instance = "users",
		.engine = "netem",
		.parameters = parameters,
		.parameter_count = 2,
		.requested_at_ms = 5000.0004,
		.injected_at_ms = 5000.1236,
		.reverted_at_ms = 15000.5,
		.inject_us = 113,
		.revert_us = 85,
		.state = "reverted",
		.cause = "its time was over",
		.evidence = operations[0].evidence,
		.effective = true,
		.operations = operations,
		.operation_count = 1,
		.moves = moves,
		.move_count = 2,
	};
	faults[1] = (struct report_fault){
		.kind = "kill",
		.target = "users",
		.instance = "users",
		.engine = "signal",
		.requested_at_ms = -1,
		.injected_at_ms = -1,
		.reverted_at_ms = -1,
		.inject_us = -1,
		.revert_us = -1,
		.state = "failed",
		.error = "no such process",
	};
	report->faults = faults;
	report->fault_count = 2;
}

static inline void synthetic_probe(struct report *report)
{
	static struct report_error_count errors[] = {{"timeout", 3}, {"status", 1}};
	static struct report_tolerance tolerances[] = {
		{.metric = "success",
			.expected = ">= 99%",
			.has_observed = true,
			.observed = 98.5,
			.unit = "%",
			.limit = 99,
			.samples = 266,
			.has_interval = true,
			.interval = {96.2, 99.41}},
		{.metric = "p95", .expected = "<= 250ms", .unit = "ms", .limit = 250},
		{.metric = "p99",
			.expected = "<= baseline * 2",
			.has_observed = true,
			.observed = 20.5,
			.unit = "ms",
			.held = true,
			.verdict = JUDGEMENT_INCONCLUSIVE,
			.limit = 24.6,
			.path = "any[0]",
			.samples = 262,
			.has_interval = true,
			.interval = {12.25, NAN},
			.samples_needed = 368},
		{.metric = "errors.timeout",
			.expected = "<= 3",
			.has_observed = true,
			.observed = 3,
			.unit = "",
			.held = true,
			.verdict = JUDGEMENT_HELD,
			.limit = 3,
			.samples = 266},
	};
	static struct report_second series[] = {{0, 20, 20, 1.5, 2.5, 3.25}, {1, 20, 0, 0, 0, 0}};
	static struct report_bucket histogram[] = {{0.25, 3}, {1.5, 40}, {990, 1}};
	struct report_probe *probe = arena_alloc(&report->arena, 2 * sizeof(*probe));

	*probe = (struct report_probe){
		.name = "gateway \"answers\"",
		.kind = "http",
		.rate = 20,
		.concurrency = 1000,
		.series_interval_s = 1,
		.series = series,
		.series_count = 2,
		.has_recovery = true,
		.recovered = false,
		.time_to_recover_ms = -1,
		.has_detection = true,
		.time_to_detect_ms = 1200,
		.budget = {true, 99, 366, 3.66, 4, 109.29, {true, true, false}, {0, 1.504, 0}},
	};
	probe->phases[PHASE_BASELINE] = (struct report_probe_phase){
		.present = true,
		.count = 100,
		.ok = 100,
		.success_pct = 100,
		.throughput_per_s = 20,
		.latency_ms = {1.0004, 1.5, 2, 2.5, 3, 3.5, 4, 1.7777777},
		.verdict = JUDGEMENT_HELD,
		.success_interval = {96.3, 100},
		.p50_interval = {1.25, 1.75},
		.p95_interval = {2, 4},
		.p99_interval = {2.5, NAN},
		.p999_interval = {3, NAN},
		.service_ms = {1, 1.25, 2, 2.5, 3, 3.5, 4, 1.5},
		.first_byte_ms = {0.5, 0.75, 1, 1, 1, 1, 1, 0.75},
		.has_lag = true,
		.lag_ms = {0, 0.0625, 0.125, 0.125, 0.5, 0.5, 1, 0.0625},
		.value = {3, 1e9, -1, 1e9, 4.25},
	};
	probe->phases[PHASE_FAULT] = (struct report_probe_phase){
		.present = true,
		.count = 266,
		.ok = 262,
		.success_pct = 98.496240601,
		.errors = errors,
		.error_count = 2,
		.tolerances = tolerances,
		.tolerance_count = 4,
		.success_interval = {96.2, 99.41},
	};
	probe[1] = (struct report_probe){
		.name = "busy",
		.kind = "http",
		.load = true,
		.closed = true,
		.concurrency = 10,
		.series_interval_s = 2,
	};
	probe[1].phases[PHASE_FAULT] = (struct report_probe_phase){
		.present = true,
		.count = 44,
		.ok = 44,
		.success_pct = 100,
		.histogram = histogram,
		.bucket_count = 3,
	};
	report->probes = probe;
	report->probe_count = 2;
}

/* Released by report_release. */
static inline struct report synthetic_report(void)
{
	static const char *tags[] = {"gateway", "latency"};
	static struct report_pair variables[] = {{"gateway", "http://127.0.0.1:8080"}};
	static struct report_guard guards[] = {
		{"gateway \"answers\"", "success < 20% over 3s", true, 7000},
		{"gateway \"answers\"", "p95 > 5s over 3s", false, -1},
	};
	struct report report = {
		.tool_version = "0.1.0",
		.run_id = "20261124-074300-1a2b3c4d",
		.title = "The Gateway answers / while users is slow!",
		.file = "gateway.yaml",
		.sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		.tags = tags,
		.tag_count = 2,
		.variables = variables,
		.variable_count = 1,
		.seed = UINT64_MAX,
		.hostname = "host",
		.kernel = "Linux 6.18.0",
		.architecture = "x86_64",
		.relay_supported = true,
		.started_at = {1795506180, 123456789},
		.ended_at = {1795506200, 999999999},
		.verdict = VERDICT_BROKEN,
		.exit_code = 1,
		.reason = "while the faults were active: success 98.50%, expected >= 99%",
		.phases = {{PHASE_BASELINE, 0, 5000}, {PHASE_FAULT, 5000, -1}},
		.phase_count = 2,
		.guards = guards,
		.guard_count = 2,
	};

	synthetic_targets(&report);
	synthetic_faults(&report);
	synthetic_probe(&report);
	report_event(&report, 0, "baseline begins");
	report_event(&report, 5000.1236, "latency on %s: injected", "users");
	return report;
}

#endif
