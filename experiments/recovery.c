/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/recovery.h"

#include <math.h>
#include <string.h>

#include "reports/mem.h"

#define STEP_NS	       INT64_C(100000000)
#define STEPS_PER_S    10
#define PROOF_REQUESTS 5

void recovery_add(struct recovery *recovery, int64_t due_ns, const struct sample *sample)
{
	int64_t step = (due_ns - recovery->start_ns) / STEP_NS;

	recovery->samples = xgrow(recovery->samples, recovery->count, sizeof(*recovery->samples));
	recovery->samples[recovery->count++] = (struct recovery_sample){
		.step = step < 0 ? 0 : (uint32_t)step,
		.sample = *sample,
	};
}

static int by_step(const void *left, const void *right)
{
	const struct recovery_sample *a = left;
	const struct recovery_sample *b = right;

	return (a->step > b->step) - (a->step < b->step);
}

/* For each step: do the tolerances hold from it to the end? */
static bool *suffixes_judge(const struct recovery_sample *samples, size_t count, size_t steps,
	const struct tolerances *tolerances, struct tally *tally)
{
	bool *holds = xcalloc(steps, sizeof(*holds));
	size_t next = count;

	for (size_t step = steps; step > 0; step--) {
		while (next > 0 && samples[next - 1].step >= step - 1)
			tally_sample(tally, &samples[--next].sample);
		tally->span_ns = (int64_t)(steps - step + 1) * STEP_NS;
		holds[step - 1] = tally_holds(tally, tolerances);
	}
	return holds;
}

static size_t proof_steps(double rate, size_t steps)
{
	double wanted = fmax(STEPS_PER_S, ceil(PROOF_REQUESTS / rate * STEPS_PER_S));
	size_t most = (steps + 1) / 2;

	return wanted < (double)most ? (size_t)wanted : most;
}

bool recovery_find(const struct recovery *recovery, double rate,
	const struct tolerances *tolerances, int64_t *ret_moment_ns)
{
	cleanup_free struct recovery_sample *samples = NULL;
	cleanup_free bool *holds = NULL;
	struct tally tally = {0};
	size_t count = recovery->count;
	size_t steps, proof;
	size_t first = 0;
	bool found = false;

	if (count == 0)
		return false;
	samples = xcalloc(count, sizeof(*samples));
	memcpy(samples, recovery->samples, count * sizeof(*samples));
	qsort(samples, count, sizeof(*samples), by_step); /* they came in the order they ended */
	steps = (size_t)samples[count - 1].step + 1;
	proof = proof_steps(rate, steps);
	holds = suffixes_judge(samples, count, steps, tolerances, &tally);
	for (size_t step = 0; step + proof <= steps && !found; step++) {
		while (samples[first].step < step)
			first++;
		if (!holds[step])
			continue;
		tally_clear(&tally);
		for (size_t i = first; i < count && samples[i].step < step + proof; i++)
			tally_sample(&tally, &samples[i].sample);
		tally.span_ns = (int64_t)proof * STEP_NS;
		if (tally_holds(&tally, tolerances)) {
			*ret_moment_ns = recovery->start_ns + (int64_t)step * STEP_NS;
			found = true;
		}
	}
	tally_release(&tally);
	return found;
}

void recovery_release(struct recovery *recovery)
{
	free(recovery->samples);
	memset(recovery, 0, sizeof(*recovery));
}
