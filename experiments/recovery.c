/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/recovery.h"

#include <math.h>
#include <string.h>

#include "reports/mem.h"

#define STEP_NS	       INT64_C(100000000)
#define NS_PER_S       1e9
#define PROOF_S	       1.0
#define PROOF_REQUESTS 5

void recovery_init(struct recovery *recovery, int64_t length_ns)
{
	const int64_t most_ns = STEP_NS * RECOVERY_STEPS_MAX;

	/* A multiple of 100 ms. */
	*recovery = (struct recovery){
		.step_ns = length_ns <= most_ns ? STEP_NS
						: (length_ns + most_ns - 1) / most_ns * STEP_NS,
	};
}

void recovery_add(struct recovery *recovery, const struct probe_answer *answer, int64_t latency_ns)
{
	const int64_t step = (answer->due_ns - recovery->start_ns) / recovery->step_ns;
	size_t index = step < 0 ? 0 : (size_t)step;

	if (index >= RECOVERY_STEPS_MAX)
		index = RECOVERY_STEPS_MAX - 1;
	if (recovery->steps == NULL)
		recovery->steps = xcalloc(RECOVERY_STEPS_MAX, sizeof(*recovery->steps));
	if (index >= recovery->step_count)
		recovery->step_count = index + 1;
	tally_answer(&recovery->steps[index], answer, latency_ns);
}

/* For each step: do the tolerances hold from it to the end? */
static bool *suffixes_judge(
	const struct recovery *recovery, const struct tolerances *tolerances, struct tally *tally)
{
	bool *holds = xcalloc(recovery->step_count, sizeof(*holds));

	for (size_t step = recovery->step_count; step > 0; step--) {
		tally_merge(tally, &recovery->steps[step - 1]);
		tally->span_ns += recovery->step_ns;
		holds[step - 1] = tally_holds(tally, tolerances);
	}
	return holds;
}

static size_t proof_steps(const struct recovery *recovery, double rate)
{
	const double steps_per_s = NS_PER_S / (double)recovery->step_ns;
	const double wanted = ceil(fmax(PROOF_S, PROOF_REQUESTS / rate) * steps_per_s);
	const size_t most = (recovery->step_count + 1) / 2;

	return wanted < (double)most ? (size_t)wanted : most;
}

bool recovery_find(const struct recovery *recovery, double rate,
	const struct tolerances *tolerances, int64_t *ret_moment_ns)
{
	cleanup_free bool *holds = NULL;
	struct tally tally = {0};
	size_t proof;
	bool found = false;

	if (recovery->step_count == 0)
		return false;
	proof = proof_steps(recovery, rate);
	holds = suffixes_judge(recovery, tolerances, &tally);
	for (size_t step = 0; step + proof <= recovery->step_count && !found; step++) {
		if (!holds[step])
			continue;
		tally_clear(&tally);
		for (size_t i = step; i < step + proof; i++)
			tally_merge(&tally, &recovery->steps[i]);
		tally.span_ns = (int64_t)proof * recovery->step_ns;
		if (tally_holds(&tally, tolerances)) {
			*ret_moment_ns = recovery->start_ns + (int64_t)step * recovery->step_ns;
			found = true;
		}
	}
	tally_release(&tally);
	return found;
}

void recovery_release(struct recovery *recovery)
{
	for (size_t i = 0; i < recovery->step_count; i++)
		tally_release(&recovery->steps[i]);
	free(recovery->steps);
	memset(recovery, 0, sizeof(*recovery));
}
