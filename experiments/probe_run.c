/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probe_run.h"

#include <string.h>

#include "reports/mem.h"

#define NS_PER_S	INT64_C(1000000000)
#define GLANCE_NS	(3 * NS_PER_S)
#define GLANCE_SLICE_NS (NS_PER_S / 4)
#define REST_NS		INT64_C(10000000)
#define SERIES_SPARE_NS (60 * NS_PER_S) /* what a run may last longer than planned */

static uint32_t second_of(const struct probe_run *run, int64_t due_ns)
{
	return due_ns < run->start_ns ? 0 : (uint32_t)((due_ns - run->start_ns) / NS_PER_S);
}

static int64_t latency_of(const struct probe_run *run, const struct probe_answer *answer)
{
	return answer->ended_ns - (probe_is_closed(run->probe) ? answer->sent_ns : answer->due_ns);
}

/* The tag is the phase in which the request was due. */
static void answer_count(struct probe_run *run, const struct probe_answer *answer)
{
	const enum phase phase = (enum phase)answer->tag;
	const int64_t latency_ns = latency_of(run, answer);

	tally_answer(&run->phases[phase], answer, latency_ns);
	tally_parts(&run->phases[phase], answer);
	series_end(&run->series, second_of(run, answer->due_ns), answer->outcome, latency_ns);
	window_add(&run->glance, answer, latency_ns);
	for (size_t i = 0; i < run->window_count; i++)
		window_add(&run->windows[i], answer, latency_ns);
	if (phase != PHASE_RECOVERY)
		detection_add(&run->detection, answer, latency_ns);
	else
		recovery_add(&run->recovery, answer, latency_ns);
}

/* False: it could not be sent. */
static bool request_fire(struct probe_run *run, int64_t due_ns)
{
	run->phases[run->phase].due++;
	series_due(&run->series, second_of(run, due_ns));
	if (prober_send(run->prober, due_ns, run->phase) == 0)
		return true;
	answer_count(run, &(struct probe_answer){
				  .due_ns = due_ns,
				  .sent_ns = due_ns,
				  .ended_ns = clock_now(),
				  .connect_ns = -1,
				  .tls_ns = -1,
				  .first_byte_ns = -1,
				  .outcome = OUTCOME_NOT_SENT,
				  .tag = run->phase,
			  });
	return false;
}

/* --- open loop --- */

/* Counted from the first, so that no rounding adds up. */
static int64_t next_due(const struct probe_run *run)
{
	return run->first_due_ns +
	       (int64_t)((double)run->fired * ((double)NS_PER_S / run->probe->rate));
}

/* Everything that is due by now goes out, each with its own moment. */
static void open_fire(struct probe_run *run, int64_t now)
{
	int64_t due_ns;

	while ((due_ns = next_due(run)) <= now) {
		run->fired++;
		(void)request_fire(run, due_ns);
	}
}

/* --- closed loop --- */

/* One that ends at once without an answer leaves a gap of 10 to 20 ms: perturb must not spin, and
 * not hammer at a server that is down. */
static void closed_rest(struct probe_run *run)
{
	if (run->resting[0] + run->resting[1] == 0)
		loop_arm(run->loop, &run->rest_timer, clock_now() + REST_NS);
	run->resting[1]++;
}

static bool closed_has_room(const struct probe_run *run)
{
	return run->prober->in_flight + run->resting[0] + run->resting[1] < run->probe->concurrency;
}

/* No more at once than may be in flight: what ends at once must leave time for others. */
static void closed_fill(struct probe_run *run)
{
	if (!run->running || run->filling)
		return;
	run->filling = true;
	for (uint32_t left = run->probe->concurrency; left > 0 && closed_has_room(run); left--)
		if (!request_fire(run, clock_now()))
			closed_rest(run);
	run->filling = false;
	if (closed_has_room(run))
		loop_arm(run->loop, &run->timer, clock_now());
}

static void on_rest_timer(void *data, int64_t now)
{
	struct probe_run *run = data;

	run->resting[0] = run->resting[1];
	run->resting[1] = 0;
	if (run->resting[0] > 0)
		loop_arm(run->loop, &run->rest_timer, now + REST_NS);
	closed_fill(run);
}

static void closed_ended(struct probe_run *run, const struct probe_answer *answer)
{
	if (!run->running)
		return;
	if (!outcome_answered(answer->outcome) && answer->ended_ns - answer->sent_ns < REST_NS)
		closed_rest(run);
	closed_fill(run);
}

/* --- both --- */

static void request_ended(void *data, const struct probe_answer *answer)
{
	struct probe_run *run = data;

	answer_count(run, answer);
	if (probe_is_closed(run->probe))
		closed_ended(run, answer);
}

/* One that has ended came again: it counts where the first one did. */
static void request_duplicated(void *data, unsigned int tag)
{
	struct probe_run *run = data;

	run->phases[tag].duplicates++;
}

static void on_timer(void *data, int64_t now)
{
	struct probe_run *run = data;

	if (probe_is_closed(run->probe)) {
		closed_fill(run);
		return;
	}
	open_fire(run, now);
	loop_arm(run->loop, &run->timer, next_due(run));
}

/* Guards that look back for similar times share a window. */
static struct window *window_find(const struct probe_run *run, int64_t slice_ns)
{
	for (size_t i = 0; i < run->window_count; i++)
		if (run->windows[i].slice_ns == slice_ns)
			return &run->windows[i];
	return NULL;
}

static void windows_init(struct probe_run *run, const struct experiment *experiment, size_t probe)
{
	window_init(&run->glance, GLANCE_SLICE_NS, GLANCE_NS, false);
	for (size_t i = 0; i < experiment->guard_count; i++) {
		const struct guard *guard = &experiment->guards[i];
		int64_t slice_ns = window_slice_ns(guard->over_ns);

		if (guard->probe != probe || window_find(run, slice_ns) != NULL)
			continue;
		run->windows = xgrow(run->windows, run->window_count, sizeof(*run->windows));
		/* For the longest that share it. */
		window_init(&run->windows[run->window_count++], slice_ns,
			slice_ns * WINDOW_SLICES_MAX, true);
	}
}

static int64_t planned_length(const struct experiment *experiment)
{
	int64_t faults_ns = 0;

	for (size_t i = 0; i < experiment->fault_count; i++) {
		const struct fault *fault = &experiment->faults[i];

		if (fault->at_ns + fault->duration_ns > faults_ns)
			faults_ns = fault->at_ns + fault->duration_ns;
	}
	return experiment->baseline_ns + faults_ns + experiment->recovery_ns;
}

int probe_run_init(struct probe_run *run, const struct experiment *experiment, size_t probe,
	struct loop *loop, struct probe_services *services, struct err *err)
{
	run->probe = &experiment->probes[probe];
	run->loop = loop;
	run->timer.function = on_timer;
	run->timer.data = run;
	run->rest_timer.function = on_rest_timer;
	run->rest_timer.data = run;
	series_init(&run->series, planned_length(experiment) + SERIES_SPARE_NS);
	recovery_init(&run->recovery, experiment->recovery_ns);
	detection_init(&run->detection, run->probe->rate);
	windows_init(run, experiment, probe);
	if (prober_new(services, run->probe, request_ended, run, &run->prober, err) != 0)
		return -1;
	run->prober->duplicated = request_duplicated;
	return 0;
}

void probe_run_release(struct probe_run *run)
{
	if (run->loop != NULL) {
		loop_disarm(run->loop, &run->timer);
		loop_disarm(run->loop, &run->rest_timer);
	}
	prober_free(run->prober);
	for (int i = 0; i < PHASE_COUNT; i++)
		tally_release(&run->phases[i]);
	series_release(&run->series);
	window_release(&run->glance);
	for (size_t i = 0; i < run->window_count; i++)
		window_release(&run->windows[i]);
	free(run->windows);
	recovery_release(&run->recovery);
	detection_release(&run->detection);
	memset(run, 0, sizeof(*run));
}

void probe_run_start(struct probe_run *run, int64_t start_ns, int64_t offset_ns)
{
	int64_t now = clock_now();

	run->start_ns = start_ns;
	run->running = true;
	/* What the run needed to get ready must not show as latency of the first requests. */
	run->first_due_ns = (start_ns < now ? now : start_ns) + offset_ns;
	loop_arm(run->loop, &run->timer, run->first_due_ns);
}

void probe_run_enter(struct probe_run *run, enum phase phase, int64_t now)
{
	if (run->running && !probe_is_closed(run->probe)) {
		open_fire(run, now - 1);
		loop_arm(run->loop, &run->timer, next_due(run));
	}
	if (run->entered_ns != 0)
		probe_run_measure(run, now);
	run->phase = phase;
	run->entered_ns = now;
	if (phase == PHASE_RECOVERY)
		run->recovery.start_ns = now;
}

void probe_run_stop(struct probe_run *run, int64_t now)
{
	if (!run->running)
		return;
	run->running = false;
	if (!probe_is_closed(run->probe))
		open_fire(run, now - 1);
	loop_disarm(run->loop, &run->timer);
	loop_disarm(run->loop, &run->rest_timer);
}

void probe_run_glance(const struct probe_run *run, struct tally *tally)
{
	window_tally(&run->glance, clock_now() - GLANCE_NS, tally);
}

void probe_run_lately(
	const struct probe_run *run, int64_t over_ns, int64_t now, struct tally *tally)
{
	const struct window *window = window_find(run, window_slice_ns(over_ns));

	if (window != NULL)
		window_tally(window, now - over_ns, tally);
}

void probe_run_measure(struct probe_run *run, int64_t now)
{
	run->phases[run->phase].span_ns = now - run->entered_ns;
	if (run->phase == PHASE_FAULT)
		detection_advance(&run->detection, now);
}

void probe_run_injected(struct probe_run *run, int64_t now)
{
	if (run->detection.since_ns != 0)
		return;
	probe_run_steady(run, PHASE_FAULT, &run->detection.tolerances);
	detection_begin(&run->detection, now);
}

void probe_run_steady(
	const struct probe_run *run, enum phase phase, struct resolved *ret_tolerances)
{
	const struct probe *probe = run->probe;
	const struct tolerances tolerances = {
		probe->tolerate, probe->tolerate_count, probe->tolerate_root};

	resolved_make(ret_tolerances, &tolerances, phase, &run->phases[PHASE_BASELINE]);
}

void probe_run_tolerances(
	const struct probe_run *run, enum phase phase, struct resolved *ret_tolerances)
{
	const struct probe *probe = run->probe;
	const struct tolerances during = {probe->during, probe->during_count, probe->during_root};

	if (phase == PHASE_FAULT && probe->during_count > 0)
		resolved_make(ret_tolerances, &during, phase, &run->phases[PHASE_BASELINE]);
	else
		probe_run_steady(run, phase, ret_tolerances);
}
