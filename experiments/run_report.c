/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>

#include "experiments/aim_text.h"
#include "experiments/run_state.h"

const char *run_report_id(struct report *report)
{
	struct timespec now;
	struct tm parts;
	uint32_t random = 0;
	char stamp[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &parts);
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		random = (uint32_t)now.tv_nsec;
	return arena_printf(&report->arena, "%s-%08" PRIx32, stamp, random);
}

static void add_host(struct report *report, const struct plan *plan)
{
	struct utsname host;

	if (uname(&host) == 0) {
		report->hostname = arena_strdup(&report->arena, host.nodename);
		report->kernel = arena_printf(&report->arena, "%s %s", host.sysname, host.release);
		report->architecture = arena_strdup(&report->arena, host.machine);
	}
	if (plan->options.features == NULL)
		return;
	report->netem_supported = plan->options.features->netem;
	report->relay_supported = features_relay(plan->options.features);
}

static void add_experiment(
	struct report *report, const struct experiment *experiment, uint64_t seed)
{
	struct arena *arena = &report->arena;

	report->title = arena_strdup(arena, experiment->title);
	report->file = arena_strdup(arena, experiment->file);
	report->sha256 = arena_strdup(arena, experiment->sha256);
	report->seed = seed;
	for (size_t i = 0; i < experiment->tag_count; i++) {
		report->tags = arena_grow(arena, report->tags, i, sizeof(*report->tags));
		report->tags[report->tag_count++] = arena_strdup(arena, experiment->tags[i]);
	}
	for (size_t i = 0; i < experiment->variable_count; i++) {
		const struct variable *variable = &experiment->variables[i];

		if (variable->secret)
			continue;
		report->variables = arena_grow(arena, report->variables, report->variable_count,
			sizeof(*report->variables));
		report->variables[report->variable_count++] = (struct report_pair){
			arena_strdup(arena, variable->name),
			experiment_redact(experiment, arena, arena_strdup(arena, variable->value))};
	}
}

static void add_interface(
	struct arena *arena, struct report_instance *to, const struct interface *interface)
{
	struct report_interface *added;

	to->interfaces =
		arena_grow(arena, to->interfaces, to->interface_count, sizeof(*to->interfaces));
	added = &to->interfaces[to->interface_count++];
	added->name = arena_strdup(arena, interface->name);
	added->index = interface->index;
	for (size_t i = 0; i < interface->address_count; i++) {
		added->addresses =
			arena_grow(arena, added->addresses, i, sizeof(*added->addresses));
		added->addresses[added->address_count++] =
			arena_strdup(arena, interface->addresses[i]);
	}
}

static void add_instance(
	struct arena *arena, struct report_target *to, const struct instance *instance)
{
	struct report_instance *added;

	to->instances =
		arena_grow(arena, to->instances, to->instance_count, sizeof(*to->instances));
	added = &to->instances[to->instance_count++];
	added->id = arena_strdup(arena, instance->id);
	added->name = arena_strdup(arena, instance->name);
	if (instance->runtime != NULL)
		added->runtime = arena_strdup(arena, instance->runtime);
	added->pid = instance->pid;
	added->netns = instance->netns_inode;
	if (instance->netns_path[0] != '\0')
		added->netns_path = arena_strdup(arena, instance->netns_path);
	for (size_t i = 0; i < instance->interface_count; i++)
		add_interface(arena, added, &instance->interfaces[i]);
}

static const char *target_kind_name(enum target_kind kind)
{
	static const char *const names[] = {
		[TARGET_CONTAINER] = "container",
		[TARGET_NETNS] = "netns",
		[TARGET_PROCESS] = "process",
	};

	return names[kind];
}

static void add_targets(struct report *report, const struct plan *plan)
{
	struct arena *arena = &report->arena;

	for (size_t i = 0; i < plan->target_count; i++) {
		const struct planned_target *planned = &plan->targets[i];
		struct report_target *added;

		report->targets = arena_grow(arena, report->targets, i, sizeof(*report->targets));
		added = &report->targets[report->target_count++];
		added->name = arena_strdup(arena, planned->target->name);
		added->kind = target_kind_name(planned->target->selector.kind);
		added->matched = planned->matched;
		for (size_t j = 0; j < planned->instances.count; j++)
			add_instance(arena, added, &planned->instances.items[j]);
	}
}

static const char *describe(struct arena *arena, const struct operation *operation)
{
	cleanup_free char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL)
		return "";
	operation_ops(operation->type)->describe(operation, stream);
	/* Without memory there is no text, although the stream may not say so. */
	if (fclose(stream) != 0 || text == NULL)
		return "";
	return arena_strdup(arena, text);
}

static void add_aim(
	struct arena *arena, const struct operation *operation, struct report_operation *to)
{
	const struct aim *aim = &operation->aim;

	if (aim_is_everything(aim))
		return;
	to->aim = aim_text(aim, operation->direction, arena);
	to->peers = arena_alloc(arena, aim->peer_count * sizeof(*to->peers));
	for (size_t i = 0; i < aim->peer_count; i++)
		to->peers[to->peer_count++] = network_text(&aim->peers[i], arena);
}

void run_report_operations(struct report *report, struct report_fault *fault,
	const struct operation *operations, size_t count)
{
	struct arena *arena = &report->arena;

	for (size_t i = 0; i < count; i++) {
		struct report_operation *part;

		fault->engine = operation_engine(&operations[i]);
		fault->operations = arena_grow(arena, fault->operations, fault->operation_count,
			sizeof(*fault->operations));
		part = &fault->operations[fault->operation_count++];
		part->what = describe(arena, &operations[i]);
		if (operations[i].interface[0] != '\0')
			part->interface = arena_strdup(arena, operations[i].interface);
		add_aim(arena, &operations[i], part);
	}
}

static void add_fault(struct report *report, const struct plan *plan, const struct action *action)
{
	struct arena *arena = &report->arena;
	const struct experiment *experiment = plan->experiment;
	struct report_fault *added;

	report->faults =
		arena_grow(arena, report->faults, report->fault_count, sizeof(*report->faults));
	added = &report->faults[report->fault_count++];
	added->kind = action->fault->kind->name;
	added->target = arena_strdup(arena, action->target->target->name);
	added->instance = arena_strdup(arena, action->instance->name);
	added->engine = "none";
	added->state = "planned";
	added->requested_at_ms = added->injected_at_ms = added->reverted_at_ms = -1;
	added->inject_us = added->revert_us = -1;
	for (size_t i = 0; i < action->fault->parameter_count; i++) {
		const struct report_pair *pair = &action->fault->parameters[i];

		added->parameters =
			arena_grow(arena, added->parameters, i, sizeof(*added->parameters));
		added->parameters[added->parameter_count++] = (struct report_pair){
			arena_strdup(arena, pair->name),
			experiment_redact(experiment, arena, arena_strdup(arena, pair->value))};
	}
	run_report_operations(report, added, plan->operations.items + action->first_operation,
		action->operation_count);
}

static void add_guards(struct report *report, const struct experiment *experiment)
{
	struct arena *arena = &report->arena;

	for (size_t i = 0; i < experiment->guard_count; i++) {
		const struct guard *guard = &experiment->guards[i];
		struct report_guard *added;

		report->guards = arena_grow(arena, report->guards, i, sizeof(*report->guards));
		added = &report->guards[report->guard_count++];
		added->probe = arena_strdup(arena, experiment->probes[guard->probe].name);
		added->condition = arena_printf(arena, "%s %s over %gs",
			metric_name(guard->condition.metric).text, guard->condition.text,
			(double)guard->over_ns / 1e9);
		added->tripped_at_ms = -1;
	}
}

void run_report_begin(struct report *report, const struct plan *plan)
{
	report->tool_version = PERTURB_VERSION;
	add_host(report, plan);
	add_experiment(report, plan->experiment, plan->options.seed);
	add_targets(report, plan);
	for (size_t i = 0; i < plan->action_count; i++)
		add_fault(report, plan, &plan->actions[i]);
	add_guards(report, plan->experiment);
	clock_gettime(CLOCK_REALTIME, &report->started_at);
}

void run_refused(const struct experiment *experiment, uint64_t seed, const struct err *err,
	struct report *report)
{
	struct plan plan = {.experiment = experiment, .options = {.seed = seed}};

	report->run_id = run_report_id(report);
	run_report_begin(report, &plan);
	report->ended_at = report->started_at;
	report->verdict = VERDICT_NOT_STARTED;
	report->exit_code = verdict_exit_status(report->verdict);
	report->reason = experiment_redact(
		experiment, &report->arena, arena_strdup(&report->arena, err->message));
}
