/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probe_run.h"

#include <math.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

static uint32_t second_of(const struct probe_run *run, int64_t due_ns)
{
	return (uint32_t)((due_ns - run->start_ns) / NS_PER_S);
}

/* The tag is the phase in which the request was due. */
static void request_ended(void *data, const struct probe_answer *answer)
{
	struct probe_run *run = data;
	const enum phase phase = (enum phase)answer->tag;
	const int64_t latency_ns = answer->ended_ns - answer->due_ns;

	const struct sample sample = {
		.value = answer->has_value ? answer->value : NAN,
		.latency_ns = (float)latency_ns,
		.duplicates =
			answer->duplicates < UINT32_MAX ? (uint32_t)answer->duplicates : UINT32_MAX,
		.outcome = (uint8_t)answer->outcome,
	};

	tally_end(&run->phases[phase], answer->outcome, latency_ns);
	tally_extras(&run->phases[phase], answer->duplicates, sample.value);
	series_end(&run->series, second_of(run, answer->due_ns), answer->outcome, latency_ns);
	if (phase != PHASE_RECOVERY)
		detection_advance(&run->detection, &run->window, answer->ended_ns);
	window_add(&run->window, answer->ended_ns, &sample);
	if (phase == PHASE_RECOVERY)
		recovery_add(&run->recovery, answer->due_ns, &sample);
}

static void request_not_sent(struct probe_run *run, int64_t due_ns)
{
	const struct probe_answer answer = {
		.due_ns = due_ns,
		.ended_ns = clock_now(),
		.outcome = OUTCOME_NOT_SENT,
		.tag = run->phase,
	};

	request_ended(run, &answer);
}

static void request_fire(struct probe_run *run, int64_t due_ns)
{
	run->fired++;
	run->phases[run->phase].due++;
	series_due(&run->series, second_of(run, due_ns));
	if (prober_send(run->prober, due_ns, run->phase) != 0)
		request_not_sent(run, due_ns);
}

/* Counted from the first, so that no rounding adds up. */
static int64_t next_due(const struct probe_run *run)
{
	return run->first_due_ns +
	       (int64_t)((double)run->fired * ((double)NS_PER_S / run->probe->rate));
}

/* Open loop: everything that is due by now goes out, each with its own moment. */
static void requests_fire(struct probe_run *run, int64_t now)
{
	int64_t due_ns;

	while ((due_ns = next_due(run)) <= now)
		request_fire(run, due_ns);
}

static void on_timer(void *data, int64_t now)
{
	struct probe_run *run = data;

	requests_fire(run, now);
	loop_arm(run->loop, &run->timer, next_due(run));
}

int probe_run_init(struct probe_run *run, const struct probe *probe, struct loop *loop,
	struct probe_services *services, int64_t window_ns, struct err *err)
{
	run->probe = probe;
	run->loop = loop;
	run->timer.function = on_timer;
	run->timer.data = run;
	run->window.keep_ns = window_ns;
	return prober_new(services, probe, request_ended, run, &run->prober, err);
}

void probe_run_release(struct probe_run *run)
{
	if (run->loop != NULL)
		loop_disarm(run->loop, &run->timer);
	prober_free(run->prober);
	for (int i = 0; i < PHASE_COUNT; i++)
		tally_release(&run->phases[i]);
	series_release(&run->series);
	window_release(&run->window);
	recovery_release(&run->recovery);
	memset(run, 0, sizeof(*run));
}

void probe_run_start(struct probe_run *run, int64_t start_ns, int64_t offset_ns)
{
	int64_t now = clock_now();

	run->start_ns = start_ns;
	/* What the run needed to get ready must not show as latency of the first requests. */
	run->first_due_ns = (start_ns < now ? now : start_ns) + offset_ns;
	loop_arm(run->loop, &run->timer, run->first_due_ns);
}

void probe_run_enter(struct probe_run *run, enum phase phase, int64_t now)
{
	if (run->timer.position != 0) {
		requests_fire(run, now - 1);
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
	if (run->timer.position == 0)
		return;
	requests_fire(run, now - 1);
	loop_disarm(run->loop, &run->timer);
}

void probe_run_measure(struct probe_run *run, int64_t now)
{
	run->phases[run->phase].span_ns = now - run->entered_ns;
	if (run->phase == PHASE_FAULT)
		detection_advance(&run->detection, &run->window, now);
}

void probe_run_injected(struct probe_run *run, int64_t now)
{
	if (run->detection.since_ns != 0)
		return;
	probe_run_steady(run, PHASE_FAULT, &run->detection.tolerances);
	detection_begin(&run->detection, run->probe->rate, now);
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
