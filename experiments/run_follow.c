/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets that move: notices by a pidfd when an instance's process ends, and, for those that are
 * followed, when the container runs again.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "experiments/partition_groups.h"
#include "experiments/plan_aim.h"
#include "experiments/plan_arrange.h"
#include "experiments/plan_members.h"
#include "experiments/run_state.h"
#include "faults/proc.h"

static int64_t end_of(const struct run *run, uint32_t index)
{
	const struct fault *fault = run->plan->actions[index].fault;

	return run->faults_start_ns + fault->at_ns + fault->duration_ns;
}

/* Is the action still to go where its instance goes? */
static bool goes_along(const struct run *run, uint32_t index, int64_t now)
{
	const struct action *action = &run->plan->actions[index];

	return !run->actions[index].finished && action->fault->follow &&
	       action->instance->kind == INSTANCE_CONTAINER && run->stop == STOP_NONE &&
	       (run->faults_start_ns == 0 || now < end_of(run, index));
}

static bool is_wanted(const struct run_instance *instance, int64_t now)
{
	const struct run *run = instance->run;

	for (uint32_t i = 0; i < run->plan->action_count; i++)
		if (run->actions[i].instance == instance && goes_along(run, i, now))
			return true;
	return false;
}

/* What happens at once happens to what is there at that moment. */
static bool waits(const struct run *run, uint32_t index, int64_t now)
{
	return !run->plan->actions[index].fault->kind->instant && goes_along(run, index, now);
}

bool run_action_astray(const struct run *run, uint32_t index)
{
	const struct run_instance *instance = run->actions[index].instance;

	return instance->gone || (instance->moves != 0 && !run->plan->actions[index].fault->follow);
}

static void mark_gone(struct report_fault *fault)
{
	fault->state = "gone";
	fault->cause = "its target was gone";
	fault->effective = evidence_effective(&fault->evidence);
}

void run_action_gone(struct run *run, uint32_t index, const char *why)
{
	struct report_fault *fault = &run->report->faults[index];
	struct action_state *state = &run->actions[index];

	mark_gone(fault);
	if (why != NULL)
		fault->error = arena_strdup(&run->report->arena, why);
	state->finished = true;
	if (state->instance->comeback.awaited && !is_wanted(state->instance, clock_now()))
		comeback_forget(run->comebacks, &state->instance->comeback);
}

int64_t run_action_wait(struct run *run, uint32_t index, int64_t now)
{
	struct report_fault *fault = &run->report->faults[index];

	if (waits(run, index, now))
		return end_of(run, index);
	run_action_gone(run, index, NULL);
	run_event(run, now, "%s on %s: over: its target is gone", fault->kind, fault->instance);
	return INT64_MAX;
}

void run_action_left(struct run *run, uint32_t index, int64_t now)
{
	struct action_state *state = &run->actions[index];
	struct report_fault *fault = &run->report->faults[index];

	run->unfinished--;
	state->requested = false;
	state->leaving = false;
	mark_gone(fault);
	if (waits(run, index, now)) {
		run_event(run, now, "%s on %s: its target is gone; waiting for it to run again",
			fault->kind, fault->instance);
		return;
	}
	run_action_gone(run, index, NULL);
	run_event(run, now, "%s on %s: over: its target is gone", fault->kind, fault->instance);
}

/* --- noticing --- */

static void add_move(struct run *run, uint32_t index, double at_ms)
{
	struct report_fault *fault = &run->report->faults[index];

	fault->moves = arena_grow(
		&run->report->arena, fault->moves, fault->move_count, sizeof(*fault->moves));
	fault->moves[fault->move_count++] =
		(struct report_move){.gone_at_ms = at_ms, .injected_at_ms = -1};
}

static void unwatch(struct run_instance *instance)
{
	if (instance->pidfd < 0)
		return;
	loop_forget(instance->run->loop, instance->pidfd);
	close(instance->pidfd);
	instance->pidfd = -1;
}

/* What is injected is undone at once, by the custodian: its namespace may be the only one that
 * still holds on to what is left there. */
static void let_go(struct run_instance *instance, int64_t now)
{
	struct run *run = instance->run;
	struct err err;

	for (uint32_t i = 0; i < run->plan->action_count; i++) {
		struct action_state *state = &run->actions[i];

		if (state->instance != instance || state->finished ||
			(state->requested && run->plan->actions[i].fault->kind->instant))
			continue;
		add_move(run, i, run_ms(run, now));
		if (!state->requested)
			continue;
		state->leaving = true;
		if (!run->custodian_ended && custodian_undo(run->custodian, i, &err) < 0)
			run_stop(run, STOP_LOST, "%s", err.message);
	}
}

/* Others may be aimed at it, by the addresses that it had. */
static void note_aims(const struct run_instance *instance, int64_t now)
{
	struct run *run = instance->run;
	const struct experiment *experiment = run->plan->experiment;
	const struct fault *noted = NULL;
	size_t target = 0;

	while (&experiment->targets[target].selector != instance->comeback.selector)
		target++;
	for (uint32_t i = 0; i < run->plan->action_count; i++) {
		const struct fault *fault = run->plan->actions[i].fault;

		if (run->actions[i].finished || fault == noted || !fault_is_aimed_by(fault, target))
			continue;
		noted = fault;
		run_event(run, now, "%s on %s: stays aimed at the addresses that %s had",
			run->report->faults[i].kind, run->report->faults[i].target,
			instance->now->name);
	}
}

static void has_gone(struct run_instance *instance)
{
	struct run *run = instance->run;
	int64_t now = clock_now();

	unwatch(instance);
	if (instance->gone)
		return;
	instance->gone = true;
	run_event(run, now, "%s is gone: its process %d has ended", instance->now->name,
		(int)instance->now->pid);
	note_aims(instance, now);
	let_go(instance, now);
	instance->comeback.lost = instance->now;
	if (run->comebacks != NULL && is_wanted(instance, now))
		comeback_await(run->comebacks, &instance->comeback);
}

bool run_instance_ended(struct run_instance *instance)
{
	if (!instance->gone && instance->now->pid != 0 &&
		!proc_alive(instance->now->pid, instance->now->start_time))
		has_gone(instance);
	return instance->gone;
}

static void on_end(void *data, uint32_t events)
{
	(void)events;
	has_gone(data);
}

/* Where the kernel has no pidfd (before 5.3), nobody notices, and the undo finds nothing to do. */
static int watch(struct run_instance *instance, struct err *err)
{
	if (instance->now->pid == 0)
		return 0;
	/* glibc has a wrapper only from 2.36 on. */
	instance->pidfd = (int)syscall(SYS_pidfd_open, instance->now->pid, 0);
	if (instance->pidfd >= 0 && loop_watch(instance->run->loop, instance->pidfd, EPOLLIN,
					    on_end, instance, err) < 0)
		return -1;
	/* Asked after it was opened: so it is the one that was meant. */
	(void)run_instance_ended(instance);
	return 0;
}

static void on_found(void *data, struct instance *found)
{
	struct run_instance *instance = data;
	struct run *run = instance->run;
	struct err err;

	instance_release(&instance->moved);
	instance->moved = *found;
	instance->now = &instance->moved;
	instance->moves++;
	instance->gone = false;
	run_event(run, clock_now(), "%s runs again as process %d", instance->now->name,
		(int)instance->now->pid);
	if (watch(instance, &err) < 0)
		run_event(run, clock_now(), "%s", err.message);
}

static void on_note(void *data, const char *text)
{
	run_event(data, clock_now(), "%s", text);
}

/* --- the whole --- */

static void begin_instance(struct run *run, const struct planned_target *target, size_t index)
{
	struct run_instance *instance = &run->instances[run->instance_count++];

	instance->run = run;
	instance->planned = &target->instances.items[index];
	instance->now = instance->planned;
	instance->pidfd = -1;
	instance->comeback.selector = &target->target->selector;
	instance->comeback.found = on_found;
	instance->comeback.data = instance;
	for (size_t i = 0; i < run->plan->action_count; i++)
		if (run->plan->actions[i].instance == instance->now)
			run->actions[i].instance = instance;
}

int run_follow_begin(struct run *run, struct err *err)
{
	const struct plan *plan = run->plan;
	bool containers = false;
	size_t count = 0;

	for (size_t i = 0; i < plan->target_count; i++) {
		count += plan->targets[i].instances.count;
		containers =
			containers || plan->targets[i].target->selector.kind == TARGET_CONTAINER;
	}
	run->instances = xcalloc(count, sizeof(*run->instances));
	for (size_t i = 0; i < plan->target_count; i++)
		for (size_t j = 0; j < plan->targets[i].instances.count; j++)
			begin_instance(run, &plan->targets[i], j);
	if (containers && comebacks_new(run->loop, plan->options.standby, on_note, run,
				  &run->comebacks, err) < 0)
		return -1;
	for (size_t i = 0; i < run->instance_count; i++)
		if (watch(&run->instances[i], err) < 0)
			return -1;
	return 0;
}

void run_follow_end(struct run *run)
{
	for (size_t i = 0; i < run->instance_count; i++) {
		unwatch(&run->instances[i]);
		if (run->comebacks != NULL)
			comeback_forget(run->comebacks, &run->instances[i].comeback);
	}
	comebacks_free(run->comebacks);
	run->comebacks = NULL;
}

void run_follow_release(struct run *run)
{
	run_follow_end(run);
	for (size_t i = 0; i < run->instance_count; i++)
		instance_release(&run->instances[i].moved);
	free(run->instances);
}

/* --- injecting again --- */

void run_report_move(struct run *run, uint32_t index, int64_t at_ns)
{
	struct report_fault *fault = &run->report->faults[index];
	const struct instance *now = run->actions[index].instance->now;
	struct report_move *move;

	if (fault->move_count == 0)
		return;
	move = &fault->moves[fault->move_count - 1];
	move->injected_at_ms = run_ms(run, at_ns);
	move->id = arena_strdup(&run->report->arena, now->id);
	move->pid = now->pid;
	move->netns = now->netns_inode;
	run_event(run, at_ns, "%s on %s: followed it into process %d after %.0f ms", fault->kind,
		fault->instance, (int)now->pid, move->injected_at_ms - move->gone_at_ms);
}

static const struct run_instance *find_instance(
	const struct run *run, const struct instance *planned)
{
	for (size_t i = 0; i < run->instance_count; i++)
		if (run->instances[i].planned == planned)
			return &run->instances[i];
	return NULL; /* not reached: there is one for every planned instance */
}

/* Whom it is cut off from, where they are now. */
static int params_now(
	const struct run *run, uint32_t index, struct fault_params *ret_params, struct err *err)
{
	const struct plan *plan = run->plan;
	const struct fault *fault = plan->actions[index].fault;
	struct plan_members members = plan_members_of(plan, fault);
	size_t self = 0;
	int result = 0;

	for (size_t i = 0; i < members.count; i++) {
		struct partition_member *member = &members.items[i];
		const struct run_instance *instance = find_instance(run, member->instance);

		if (instance == run->actions[index].instance)
			self = i;
		member->moved = partition_has_moved(member->instance, instance->now);
		member->instance = instance->now;
	}
	*ret_params = *plan_params(plan, fault);
	if (partition_is_between(fault)) {
		result = partition_assign(fault, plan->options.seed,
			plan->experiment->targets[fault->target].name, members.items, members.count,
			err);
		if (result == 0)
			result = partition_params(fault, plan_params(plan, fault), members.items,
				members.count, self, ret_params, err);
	}
	plan_members_release(&members);
	return result;
}

/* Whether it may be touched, the custodian decides. */
int run_plan_again(struct run *run, uint32_t index, struct err *err)
{
	const struct plan *plan = run->plan;
	const struct action *action = &plan->actions[index];
	const struct fault *fault = action->fault;
	struct action_state *state = &run->actions[index];
	const struct instance *now = state->instance->now;
	struct operation_list list = {0};
	struct operation_subject subject;
	struct fault_params params;

	if (params_now(run, index, &params, err) < 0 ||
		protection_subject(&subject, fault->kind, now,
			(uint32_t)(action->target - plan->targets), action->target->matched,
			err) < 0 ||
		fault->kind->plan(fault->kind, &params, now, plan->options.engine,
			plan->options.features, &list, err) < 0) {
		free(list.items);
		return -1;
	}
	plan_arrange_again(plan, action, &list);
	for (size_t i = 0; i < list.count; i++) {
		list.items[i].id = run->next_operation++;
		list.items[i].fault = index;
		list.items[i].seed = plan->options.seed;
		list.items[i].subject = subject;
	}
	if (plan_fit_changes(plan, fault, &params, now, list.items, list.count, err) < 0) {
		free(list.items);
		return -1;
	}
	state->changes = 0;
	free(state->own.items);
	state->own = list;
	state->operations = list.items;
	state->operation_count = list.count;
	state->first_row = run->report->faults[index].operation_count;
	state->moves = state->instance->moves;
	run_report_operations(run->report, &run->report->faults[index], list.items, list.count);
	return 0;
}
