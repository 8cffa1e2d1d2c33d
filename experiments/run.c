/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "experiments/doubt.h"
#include "experiments/plan_aim.h"
#include "experiments/probes/kind.h"
#include "experiments/run_state.h"

#define TICK_NS	       100000000LL
#define GUARD_NS       50000000LL
#define END_TIMEOUT_NS 10000000000LL

double run_ms(const struct run *run, int64_t ns)
{
	return (double)(ns - run->start_ns) / 1e6;
}

void run_event(struct run *run, int64_t ns, const char *format, ...)
{
	const struct run_observer *observer = run->options->observer;
	va_list arguments;
	char text[1024];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	report_event(run->report, run_ms(run, ns), "%s", text);
	if (observer != NULL && observer->event != NULL)
		observer->event(observer->data, run_ms(run, ns), text);
}

void run_stop(struct run *run, enum run_stop stop, const char *format, ...)
{
	va_list arguments;

	if (run->stop != STOP_NONE)
		return;
	run->stop = stop;
	va_start(arguments, format);
	vsnprintf(run->stop_reason.message, sizeof(run->stop_reason.message), format, arguments);
	va_end(arguments);
}

/* --- waiting --- */

static void on_custodian(void *data, uint32_t events)
{
	(void)events;
	run_take_events(data);
}

static void on_signal(void *data, uint32_t events)
{
	struct run *run = data;
	struct signalfd_siginfo info;

	(void)events;
	while (read(run->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		const char *name = sigabbrev_np((int)info.ssi_signo);

		if (run->stop == STOP_SIGNAL) {
			run->impatient = true;
			run_event(run, clock_now(), "received SIG%s again: not waiting any more",
				name ? name : "?");
		} else {
			run_event(run, clock_now(), "received SIG%s: ending the run",
				name ? name : "?");
		}
		run_stop(run, STOP_SIGNAL, "stopped by SIG%s", name ? name : "?");
		/* Answers that are still in flight are not waited for either. */
		measurement_cancel(run->measurement);
	}
}

static void on_timer(void *data, int64_t now)
{
	struct run *run = data;

	(void)now;
	run->timer_over = true;
}

static void check_guards(struct run *run, int64_t now)
{
	const struct experiment *experiment = run->plan->experiment;

	for (size_t i = 0; i < experiment->guard_count; i++) {
		struct report_guard *guard = &run->report->guards[i];

		if (guard->tripped ||
			!measurement_guard(run->measurement, &experiment->guards[i], now))
			continue;
		guard->tripped = true;
		guard->tripped_at_ms = run_ms(run, now);
		run_event(run, now, "guard tripped: %s: %s", guard->probe, guard->condition);
		run_stop(run, STOP_GUARD, "the guard on '%s' tripped: %s", guard->probe,
			guard->condition);
	}
}

static void tick(struct run *run, int64_t now)
{
	const struct run_observer *observer = run->options->observer;

	if (observer != NULL && observer->tick != NULL)
		observer->tick(observer->data, run->phase,
			(double)(now - run->phase_start_ns) / 1e6,
			(double)run->phase_length_ns / 1e6, run->plan->experiment,
			run->measurement);
}

static bool nothing_to_wait_for(const struct run *run)
{
	(void)run;
	return false;
}

/* Handles everything that happens until due_ns, until the run is to stop (unless stopping is what
 * goes on, and nobody has lost patience), or until done says so. */
static void wait_until(
	struct run *run, int64_t due_ns, bool heed_stop, bool (*done)(const struct run *run))
{
	struct loop_timer timer = {.function = on_timer, .data = run};
	int64_t next_tick = clock_now();
	int64_t next_request = 0;
	struct err err;

	for (;;) {
		int64_t now = clock_now();
		int64_t wake = due_ns;

		if (now >= due_ns || done(run) || (heed_stop && run->stop != STOP_NONE) ||
			run->impatient)
			break;
		if (run->phase == PHASE_FAULT && heed_stop) {
			int64_t next_change = run_change_due(run, now);

			next_request = run_request_due(run, now);
			if (next_change < next_request)
				next_request = next_change;
			check_guards(run, now);
			if (run->stop != STOP_NONE)
				break;
			if (next_request < wake)
				wake = next_request;
			if (run->plan->experiment->guard_count != 0 && now + GUARD_NS < wake)
				wake = now + GUARD_NS;
		}
		if (now >= next_tick) {
			tick(run, now);
			next_tick = now + TICK_NS;
		}
		if (next_tick < wake)
			wake = next_tick;
		loop_arm(run->loop, &timer, wake);
		if (loop_step(run->loop, &err) < 0) {
			run_stop(run, STOP_FAILED, "%s", err.message);
			break;
		}
	}
	loop_disarm(run->loop, &timer);
}

/* --- phases --- */

static void enter(struct run *run, enum phase phase, int64_t length_ns)
{
	int64_t now = clock_now();
	struct report_phase *reported = &run->report->phases[run->report->phase_count++];

	run->phase = phase;
	run->phase_start_ns = now;
	run->phase_length_ns = length_ns;
	reported->phase = phase;
	reported->start_ms = run_ms(run, now);
	reported->end_ms = -1;
	measurement_enter(run->measurement, phase, now);
	run_event(run, now, "%s begins", phase_name(phase));
}

static void leave(struct run *run)
{
	int64_t now = clock_now();

	measurement_leave(run->measurement, now);
	run->report->phases[run->report->phase_count - 1].end_ms = run_ms(run, now);
}

static bool baseline(struct run *run, struct err *why)
{
	const struct experiment *experiment = run->plan->experiment;
	bool held = true;

	if (experiment->probe_count == 0)
		return true;
	enter(run, PHASE_BASELINE, experiment->baseline_ns);
	wait_until(run, run->phase_start_ns + experiment->baseline_ns, true, nothing_to_wait_for);
	leave(run);
	if (run->stop == STOP_NONE && (experiment->baseline_ns > 0 || run->options->probe_only))
		held = measurement_held(run->measurement, PHASE_BASELINE, why);
	return held;
}

static bool any_gone(const struct run *run)
{
	for (size_t i = 0; i < run->report->fault_count; i++)
		if (strcmp(run->report->faults[i].state, "gone") == 0)
			return true;
	return false;
}

static void faults(struct run *run)
{
	enter(run, PHASE_FAULT, run->plan->duration_ns);
	run->faults_start_ns = run->phase_start_ns;
	/* First the planned time, then however long the custodian needs to put back. */
	wait_until(run, run->faults_start_ns + run->plan->duration_ns, true, nothing_to_wait_for);
	if (run->stop == STOP_NONE)
		wait_until(run, clock_now() + END_TIMEOUT_NS, true, run_actions_done);
	if (!run_actions_done(run)) {
		run_undo_all(run);
		wait_until(run, clock_now() + END_TIMEOUT_NS, false, run_actions_done);
	}
	run_follow_end(run);
	run_settle_effects(run);
	/* A target that ended early is no reason to count the rest of the phase as recovery. */
	if (run->faults_end_ns == 0 || any_gone(run))
		run->faults_end_ns = clock_now();
	leave(run);
}

static void recovery(struct run *run)
{
	const struct experiment *experiment = run->plan->experiment;

	if (experiment->probe_count == 0 || experiment->recovery_ns == 0)
		return;
	enter(run, PHASE_RECOVERY, experiment->recovery_ns);
	wait_until(run, run->phase_start_ns + experiment->recovery_ns, true, nothing_to_wait_for);
	leave(run);
}

/* Long enough for every request that is still in flight to end by itself. */
static int64_t longest_timeout(const struct experiment *experiment)
{
	int64_t longest = 0;

	for (size_t i = 0; i < experiment->probe_count; i++)
		if (experiment->probes[i].settings->timeout_ns > longest)
			longest = experiment->probes[i].settings->timeout_ns;
	return longest + TICK_NS;
}

static bool drained(const struct run *run)
{
	return measurement_idle(run->measurement);
}

static bool ended(const struct run *run)
{
	return run->custodian_ended;
}

static void finish(struct run *run)
{
	struct err err;

	measurement_stop(run->measurement);
	if (run->stop == STOP_NONE)
		wait_until(
			run, clock_now() + longest_timeout(run->plan->experiment), true, drained);
	measurement_cancel(run->measurement);
	if (run->custodian == NULL || run->custodian_ended)
		return;
	run->end_asked = true;
	if (custodian_end(run->custodian, &err) < 0)
		run_take_events(run);
	wait_until(run, clock_now() + END_TIMEOUT_NS, false, ended);
}

/* --- the verdict --- */

static void conclude(struct run *run, enum verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void conclude(struct run *run, enum verdict verdict, const char *format, ...)
{
	struct report *report = run->report;
	va_list arguments;
	char text[1024];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	report->verdict = verdict;
	report->exit_code = verdict_exit_status(verdict);
	report->reason = experiment_redact(
		run->plan->experiment, &report->arena, arena_strdup(&report->arena, text));
}

/* The probes that did not come back, or NULL. */
static const struct report_probe *not_recovered(const struct report *report)
{
	for (size_t i = 0; i < report->probe_count; i++)
		if (report->probes[i].has_recovery && !report->probes[i].recovered)
			return &report->probes[i];
	return NULL;
}

static bool phase_measured(const struct run *run, enum phase phase)
{
	for (size_t i = 0; i < run->report->probe_count; i++)
		if (run->report->probes[i].phases[phase].count != 0)
			return true;
	return false;
}

/* What became of the faults of a run that was cut short. */
static const char *aftermath(const struct run *run)
{
	for (size_t i = 0; i < run->report->fault_count; i++)
		if (run->report->faults[i].requested_at_ms >= 0)
			return "everything was put back";
	return "nothing was injected";
}

/* All went on to its end; what there is to say of that where no probe is. */
static const char *outcome(const struct run *run)
{
	if (any_gone(run))
		return "every fault is over, but not all as planned: a target was gone";
	for (size_t i = 0; i < run->plan->action_count; i++)
		if (!run->plan->actions[i].fault->kind->instant)
			return "every fault was injected and put back";
	return "every fault was injected";
}

/* No tolerance was broken. */
static void conclude_held(struct run *run)
{
	const struct doubt doubt = doubt_find(run->report, run->options->probe_only);
	const bool strict = run->options->strict || run->plan->experiment->strict;
	char text[512] = "";

	if (doubt.inconclusive != 0)
		doubt_format(&doubt, text, sizeof(text));
	if (strict && doubt.matters)
		conclude(run, VERDICT_INCONCLUSIVE, "no tolerance was broken, but %s", text);
	else
		conclude(run, VERDICT_HELD, "the steady state held in every phase%s%s",
			doubt.inconclusive != 0 ? "; " : "", text);
}

static void judge(struct run *run)
{
	const struct report_probe *lost = not_recovered(run->report);
	struct err why = {0};

	if (run->impatient && run->custodian != NULL && !run->custodian_ended) {
		custodian_abandon(run->custodian);
		standby_abandon(run->plan->options.standby);
		conclude(run, VERDICT_UNREVERTED,
			"%s, and again before everything was put back; the custodian goes on with "
			"that: see \"perturb status\"",
			run->stop_reason.message);
	} else if (run_unreverted(run) || (run->custodian != NULL && !run->custodian_ended)) {
		conclude(run, VERDICT_UNREVERTED,
			"something could not be put back: %s; \"perturb recover\" tries again, by "
			"the "
			"journal /run/perturb/%s.journal",
			run->stuck_reason.message[0] != '\0' ? run->stuck_reason.message
							     : "the custodian does not answer",
			run->report->run_id);
	} else if (run->stop == STOP_FAILED && !run->any_applied) {
		conclude(run, VERDICT_NOT_STARTED, "%s", run->stop_reason.message);
	} else if (run->stop != STOP_NONE) {
		conclude(run, VERDICT_ABORTED, "%s; %s", run->stop_reason.message, aftermath(run));
	} else if (run->custodian != NULL && !run->any_applied) {
		conclude(run, VERDICT_NOT_STARTED,
			"nothing was injected: no target was there any more when its fault was "
			"due");
	} else if (phase_measured(run, PHASE_FAULT) &&
		   !measurement_held(run->measurement, PHASE_FAULT, &why)) {
		conclude(run, VERDICT_BROKEN, "while the faults were active: %s", why.message);
	} else if (lost != NULL) {
		conclude(run, VERDICT_BROKEN, "'%s' was not steady again within %gs", lost->name,
			(double)run->plan->experiment->recovery_ns / 1e9);
	} else if (run->plan->experiment->probe_count == 0) {
		conclude(run, VERDICT_HELD, "%s; no steady state to judge", outcome(run));
	} else {
		conclude_held(run);
	}
}

/* --- the whole --- */

static int watch_signals(struct run *run, struct err *err)
{
	sigset_t ended;

	sigemptyset(&ended);
	sigaddset(&ended, SIGINT);
	sigaddset(&ended, SIGTERM);
	sigaddset(&ended, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &ended, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_set(err, ERR_SYSTEM, errno, "cannot block signals");
	run->signals = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->signals < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot watch for signals");
	return 0;
}

static int prepare(struct run *run, struct err *err)
{
	bool injects = !run->options->probe_only && run->plan->action_count != 0;

	run->actions = xcalloc(run->plan->action_count, sizeof(*run->actions));
	run->next_operation = (uint32_t)run->plan->operations.count + 1;
	for (size_t i = 0; i < run->plan->action_count; i++) {
		const struct action *action = &run->plan->actions[i];

		run->actions[i].operations = run->plan->operations.items + action->first_operation;
		run->actions[i].operation_count = action->operation_count;
	}
	if (watch_signals(run, err) < 0)
		return -1;
	if (loop_new(&run->loop, err) < 0 ||
		measurement_new(run->loop, run->plan->experiment, &run->measurement, err) < 0 ||
		loop_watch(run->loop, run->signals, EPOLLIN, on_signal, run, err) < 0)
		return -1;
	if (!injects)
		return 0;
	if (loop_watch(run->loop, custodian_fd(run->options->custodian), EPOLLIN, on_custodian, run,
		    err) < 0 ||
		run_follow_begin(run, err) < 0)
		return -1;
	/* Last, because only the loop ends what has begun here. The standby first: what the
	 * custodian may change, somebody must stand by for. */
	if (run->plan->experiment->tables != NULL)
		custodian_offer_tables(run->options->custodian, run->plan->experiment->tables);
	if (standby_begin(run->plan->options.standby, run->report->run_id, err) < 0 ||
		custodian_begin(run->options->custodian, run->report->run_id, run->report->title,
			&run->plan->limits, err) < 0)
		return -1;
	run->custodian = run->options->custodian;
	return 0;
}

static void go_through_phases(struct run *run)
{
	struct err why = {0};
	bool steady;

	measurement_start(run->measurement, run->start_ns);
	steady = baseline(run, &why);
	if (steady && run->stop == STOP_NONE && !run->options->probe_only) {
		faults(run);
		if (run->stop == STOP_NONE)
			recovery(run);
	}
	finish(run);
	/* No recovery is claimed for a run that was cut short. */
	measurement_report(run->measurement,
		run->stop == STOP_NONE && run->phase == PHASE_RECOVERY ? run->faults_end_ns : 0,
		run->report);
	if (run->stop == STOP_NONE && !steady && run->options->probe_only)
		conclude(run, VERDICT_BROKEN, "the system is not steady: %s", why.message);
	else if (run->stop == STOP_NONE && !steady)
		conclude(run, VERDICT_NOT_STARTED,
			"the system was not steady before anything was injected: %s", why.message);
	else
		judge(run);
}

/* What is usually protected and was not in this run, and who else had a say. */
static void note_protection(struct run *run)
{
	const struct protection *protection = &run->plan->protection;

	if (protection->policy[0] != '\0')
		run_event(run, run->start_ns, "the policy %s applies", protection->policy);
	for (int thing = 0; thing < PROTECTED_COUNT; thing++)
		if (protection->permitted[thing])
			run_event(run, run->start_ns, "--%s permits %s",
				protected_option((enum protected_thing)thing),
				protected_meaning((enum protected_thing)thing));
	if (plan_misses_ssh(run->plan))
		run_event(run, run->start_ns, PLAN_MISSES_SSH);
}

void run_plan(const struct plan *plan, const struct run_options *options, struct report *report)
{
	struct run run = {.plan = plan, .options = options, .report = report, .signals = -1};
	struct err err = {0};

	if (report->run_id == NULL)
		report->run_id = run_report_id(report);
	run_report_begin(report, plan);
	run.start_ns = clock_now();
	note_protection(&run);
	if (prepare(&run, &err) < 0)
		conclude(&run, VERDICT_NOT_STARTED, "%s", err.message);
	else
		go_through_phases(&run);
	clock_gettime(CLOCK_REALTIME, &report->ended_at);
	if (run.measurement != NULL)
		measurement_free(run.measurement);
	run_follow_release(&run);
	if (run.loop != NULL)
		loop_free(run.loop);
	if (run.signals >= 0)
		close(run.signals);
	for (size_t i = 0; run.actions != NULL && i < plan->action_count; i++)
		free(run.actions[i].own.items);
	free(run.actions);
}
