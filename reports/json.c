/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/json.h"

#include <cjson/cJSON.h>
#include <math.h>

#include "reports/json_times.h"
#include "reports/json_value.h"
#include "reports/json_verdict.h"
#include "reports/text.h"

static void put_experiment(cJSON *root, const struct report *report)
{
	cJSON *experiment = json_put_object(root, "experiment");

	json_put_text(experiment, "title", report->title);
	json_put_text(experiment, "file", report->file);
	json_put_text(experiment, "sha256",
		report->sha256 == NULL || report->sha256[0] == '\0' ? NULL : report->sha256);
	json_put_texts(experiment, "tags", report->tags, report->tag_count);
	json_put_pairs(experiment, "variables", report->variables, report->variable_count);
	json_put_count(experiment, "seed", report->seed);
}

static void put_host(cJSON *root, const struct report *report)
{
	cJSON *host = json_put_object(root, "host");
	cJSON *engines;

	json_put_text(host, "hostname", report->hostname);
	json_put_text(host, "kernel", report->kernel);
	json_put_text(host, "architecture", report->architecture);
	engines = json_put_object(host, "engines");
	json_put_bool(engines, "netem", report->netem_supported);
	json_put_bool(engines, "relay", report->relay_supported);
}

static void put_phases(cJSON *root, const struct report *report)
{
	cJSON *phases = json_put_array(root, "phases");

	for (size_t i = 0; i < report->phase_count; i++) {
		cJSON *phase = json_append_object(phases);

		json_put_text(phase, "name", phase_name(report->phases[i].phase));
		json_put_time(phase, "start_ms", report->phases[i].start_ms);
		json_put_time(phase, "end_ms", report->phases[i].end_ms);
	}
}

static void append_instance(cJSON *instances, const struct report_instance *instance)
{
	cJSON *object = json_append_object(instances);
	cJSON *interfaces;

	json_put_text(object, "id", instance->id);
	json_put_text(object, "name", instance->name);
	json_put_text(object, "runtime", instance->runtime);
	if (instance->pid > 0)
		json_put_count(object, "pid", (uint64_t)instance->pid);
	else
		json_put(object, "pid", cJSON_CreateNull());
	if (instance->netns != 0)
		json_put_count(object, "netns", instance->netns);
	else
		json_put(object, "netns", cJSON_CreateNull());
	json_put_text(object, "netns_path", instance->netns_path);
	interfaces = json_put_array(object, "interfaces");
	for (size_t i = 0; i < instance->interface_count; i++) {
		const struct report_interface *interface = &instance->interfaces[i];
		cJSON *row = json_append_object(interfaces);

		json_put_text(row, "name", interface->name);
		json_put_count(row, "index", interface->index);
		json_put_texts(row, "addresses", interface->addresses, interface->address_count);
	}
}

static void put_targets(cJSON *root, const struct report *report)
{
	cJSON *targets = json_put_array(root, "targets");

	for (size_t i = 0; i < report->target_count; i++) {
		const struct report_target *target = &report->targets[i];
		cJSON *object = json_append_object(targets);
		cJSON *instances;

		json_put_text(object, "name", target->name);
		json_put_text(object, "kind", target->kind);
		json_put_count(object, "matched", target->matched);
		instances = json_put_array(object, "instances");
		for (size_t j = 0; j < target->instance_count; j++)
			append_instance(instances, &target->instances[j]);
	}
}

static const char *source_name(enum evidence_source source)
{
	switch (source) {
	case EVIDENCE_NONE:
		break;
	case EVIDENCE_QDISC:
		return "qdisc";
	case EVIDENCE_RELAY:
		return "relay";
	case EVIDENCE_PROCESSES:
		return "processes";
	case EVIDENCE_RESOLVER:
		return "resolver";
	case EVIDENCE_NFTABLES:
		return "nftables";
	case EVIDENCE_CONNECTIONS:
		return "connections";
	}
	return "none";
}

static void put_evidence(cJSON *object, const struct evidence *evidence)
{
	cJSON *map = json_put_object(object, "evidence");

	json_put_text(map, "source", source_name(evidence->source));
	json_put_count(map, "packets", evidence->packets);
	json_put_count(map, "bytes", evidence->bytes);
	json_put_count(map, "dropped", evidence->dropped);
	json_put_count(map, "overlimit_drops", evidence->overlimit_drops);
	json_put_count(map, "backlog_packets", evidence->backlog_packets);
	json_put_count(map, "marked", evidence->marked);
	json_put_count(map, "duplicated", evidence->duplicated);
	json_put_count(map, "corrupted", evidence->corrupted);
	json_put_count(map, "reordered", evidence->reordered);
	json_put_count(map, "matched", evidence->matched);
	json_put_count(map, "processes", evidence->processes);
	json_put_count(map, "connections", evidence->connections);
}

static void put_changes(cJSON *object, const struct report_fault *fault)
{
	cJSON *changes = json_put_array(object, "changes");

	for (size_t i = 0; i < fault->change_count; i++) {
		const struct report_change *change = &fault->changes[i];
		cJSON *row = json_append_object(changes);

		json_put_time(row, "due_ms", change->due_ms);
		json_put_time(row, "at_ms", change->at_ms);
		json_put_decimal(row, "change_us", change->change_us);
		json_put_text(row, "what", change->what);
	}
}

static void put_moves(cJSON *object, const struct report_fault *fault)
{
	cJSON *moves = json_put_array(object, "moves");

	for (size_t i = 0; i < fault->move_count; i++) {
		const struct report_move *move = &fault->moves[i];
		cJSON *row = json_append_object(moves);
		bool injected = move->injected_at_ms >= 0;

		json_put_time(row, "gone_at_ms", move->gone_at_ms);
		json_put_time(row, "injected_at_ms", move->injected_at_ms);
		json_put_text(row, "id", move->id);
		if (injected)
			json_put_count(row, "pid", (uint64_t)move->pid);
		else
			json_put(row, "pid", cJSON_CreateNull());
		if (injected)
			json_put_count(row, "netns", move->netns);
		else
			json_put(row, "netns", cJSON_CreateNull());
	}
}

static void append_fault(cJSON *faults, const struct report_fault *fault)
{
	cJSON *object = json_append_object(faults);
	cJSON *operations;

	json_put_text(object, "kind", fault->kind);
	json_put_text(object, "target", fault->target);
	json_put_text(object, "instance", fault->instance);
	json_put_text(object, "engine", fault->engine);
	json_put_pairs(object, "parameters", fault->parameters, fault->parameter_count);
	json_put_time(object, "requested_at_ms", fault->requested_at_ms);
	json_put_time(object, "injected_at_ms", fault->injected_at_ms);
	json_put_time(object, "reverted_at_ms", fault->reverted_at_ms);
	json_put_time(object, "inject_us", fault->inject_us);
	json_put_time(object, "revert_us", fault->revert_us);
	json_put_text(object, "state", fault->state);
	json_put_text(object, "cause", fault->cause);
	json_put_text(object, "error", fault->error);
	if (fault->effect_unknown)
		json_put(object, "effective", cJSON_CreateNull());
	else
		json_put_bool(object, "effective", fault->effective);
	put_evidence(object, &fault->evidence);
	operations = json_put_array(object, "operations");
	for (size_t i = 0; i < fault->operation_count; i++) {
		const struct report_operation *operation = &fault->operations[i];
		cJSON *row = json_append_object(operations);

		json_put_text(row, "what", operation->what);
		json_put_text(row, "interface", operation->interface);
		json_put_text(row, "aim", operation->aim);
		json_put_texts(row, "peers", operation->peers, operation->peer_count);
		put_evidence(row, &operation->evidence);
	}
	put_changes(object, fault);
	put_moves(object, fault);
}

static void put_probe_phase(
	cJSON *phases, enum phase name, const struct report_probe_phase *phase, bool load)
{
	cJSON *object = json_put_object(phases, phase_name(name));
	cJSON *errors;

	json_put_count(object, "count", phase->count);
	json_put_count(object, "ok", phase->ok);
	if (phase->count == 0)
		json_put(object, "success_pct", cJSON_CreateNull());
	else
		json_put_decimal(object, "success_pct", phase->success_pct);
	errors = json_put_object(object, "errors");
	for (size_t i = 0; i < phase->error_count; i++)
		json_put_count(errors, phase->errors[i].kind, phase->errors[i].count);
	json_put_times(object, phase);
	if (load)
		json_put_histogram(object, phase);
	json_put_verdict(object, phase);
}

static void append_probe(cJSON *probes, const struct report_probe *probe)
{
	cJSON *object = json_append_object(probes);
	cJSON *phases;
	cJSON *series;

	json_put_text(object, "name", probe->name);
	json_put_text(object, "kind", probe->kind);
	json_put_text(object, "loop", probe->closed ? "closed" : "open");
	json_put_decimal(object, "rate", probe->closed ? NAN : probe->rate);
	json_put_count(object, "concurrency", probe->concurrency);
	phases = json_put_object(object, "phases");
	for (int i = 0; i < PHASE_COUNT; i++) {
		if (probe->phases[i].present)
			put_probe_phase(phases, (enum phase)i, &probe->phases[i], probe->load);
	}
	json_put_count(object, "series_interval_s", probe->series_interval_s);
	series = json_put_array(object, "series");
	for (size_t i = 0; i < probe->series_count; i++) {
		const struct report_second *second = &probe->series[i];
		cJSON *row = json_append_object(series);
		bool answered = second->max_ms > 0;

		json_put_count(row, "second", second->second);
		json_put_count(row, "count", second->count);
		json_put_count(row, "ok", second->ok);
		json_put_decimal(row, "p50_ms", answered ? second->p50_ms : NAN);
		json_put_decimal(row, "p95_ms", answered ? second->p95_ms : NAN);
		json_put_decimal(row, "max_ms", answered ? second->max_ms : NAN);
	}
	json_put_time(
		object, "time_to_detect_ms", probe->has_detection ? probe->time_to_detect_ms : -1);
	json_put_budget(object, &probe->budget);
}

static void put_span(cJSON *times, const struct report_probe *probe, double span_ms)
{
	cleanup_free char *name = text_utf8(probe->name);

	json_put_time(times, name, span_ms);
}

/* Those of one list: probes, or loads. */
static void put_probes(cJSON *root, const char *key, const struct report *report, bool load)
{
	cJSON *list = json_put_array(root, key);

	for (size_t i = 0; i < report->probe_count; i++)
		if (report->probes[i].load == load)
			append_probe(list, &report->probes[i]);
}

/* null where no recovery was measured. */
static void put_recovery(cJSON *root, const struct report *report)
{
	cJSON *recovery = NULL;
	cJSON *times = NULL;
	cJSON *detections = NULL;
	bool recovered = true;

	for (size_t i = 0; i < report->probe_count; i++) {
		const struct report_probe *probe = &report->probes[i];

		if (!probe->has_recovery)
			continue;
		if (recovery == NULL) {
			recovery = json_put_object(root, "recovery");
			times = json_put_object(recovery, "time_to_recover_ms");
			detections = json_put_object(recovery, "time_to_detect_ms");
		}
		put_span(times, probe, probe->recovered ? probe->time_to_recover_ms : -1);
		put_span(detections, probe, probe->has_detection ? probe->time_to_detect_ms : -1);
		recovered = recovered && probe->recovered;
	}
	if (recovery == NULL)
		json_put(root, "recovery", cJSON_CreateNull());
	else
		json_put_bool(recovery, "recovered", recovered);
}

static void put_guards(cJSON *root, const struct report *report)
{
	cJSON *guards = json_put_array(root, "guards");

	for (size_t i = 0; i < report->guard_count; i++) {
		const struct report_guard *guard = &report->guards[i];
		cJSON *object = json_append_object(guards);

		json_put_text(object, "probe", guard->probe);
		json_put_text(object, "condition", guard->condition);
		json_put_bool(object, "tripped", guard->tripped);
		json_put_time(object, "tripped_at_ms", guard->tripped ? guard->tripped_at_ms : -1);
	}
}

static void put_events(cJSON *root, const struct report *report)
{
	cJSON *events = json_put_array(root, "events");

	for (size_t i = 0; i < report->event_count; i++) {
		cJSON *object = json_append_object(events);

		json_put_decimal(object, "at_ms", report->events[i].at_ms);
		json_put_text(object, "what", report->events[i].what);
	}
}

static void put_run(cJSON *root, const struct report *report)
{
	cJSON *tool;
	cJSON *list;

	json_put_text(root, "schema", REPORT_SCHEMA);
	tool = json_put_object(root, "tool");
	json_put_text(tool, "name", "perturb");
	json_put_text(tool, "version", report->tool_version);
	json_put_text(root, "run_id", report->run_id);
	put_experiment(root, report);
	put_host(root, report);
	json_put_date(root, "started_at", &report->started_at);
	json_put_date(root, "ended_at", &report->ended_at);
	json_put_text(root, "verdict", verdict_name(report->verdict));
	json_put(root, "exit_code", cJSON_CreateNumber(report->exit_code));
	json_put_text(root, "reason", report->reason);
	put_phases(root, report);
	put_targets(root, report);
	list = json_put_array(root, "faults");
	for (size_t i = 0; i < report->fault_count; i++)
		append_fault(list, &report->faults[i]);
	put_probes(root, "probes", report, false);
	put_probes(root, "load", report, true);
	put_recovery(root, report);
	put_guards(root, report);
	put_events(root, report);
}

char *report_json(const struct report *report)
{
	cJSON *root = json_checked(cJSON_CreateObject());

	put_run(root, report);
	return json_finish(root);
}
