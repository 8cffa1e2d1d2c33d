/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/schedule.h"

#include <stdlib.h>

double ramp_progress(const struct ramp *ramp, int64_t offset_ns)
{
	/* The moment of step n is rounded down to a nanosecond, and belongs to it. */
	double step = (double)(offset_ns + 1) * ramp->steps / (double)ramp->over_ns;

	if (offset_ns >= ramp->over_ns)
		return 1.0;
	return (double)(uint64_t)step / ramp->steps;
}

static int64_t cycle_of(const struct flap *flap)
{
	return flap->on_ns + flap->off_ns;
}

bool flap_is_off(const struct flap *flap, int64_t offset_ns)
{
	return cycle_of(flap) != 0 && offset_ns % cycle_of(flap) >= flap->on_ns;
}

static bool is_edge(const struct flap *flap, int64_t offset_ns)
{
	int64_t within;

	if (cycle_of(flap) == 0)
		return false;
	within = offset_ns % cycle_of(flap);
	return within == 0 || within == flap->on_ns;
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a;
	int64_t right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

/* Every moment at which something may change, in no order. */
static size_t list_moments(int64_t duration_ns, const struct flap *flap, const struct ramp *ramps,
	size_t ramp_count, int64_t *moments)
{
	int64_t cycle = cycle_of(flap);
	size_t count = 0;

	for (size_t i = 0; i < ramp_count; i++)
		for (uint32_t step = 1; step <= ramps[i].steps; step++)
			moments[count++] =
				(int64_t)((double)ramps[i].over_ns * step / ramps[i].steps);
	for (int64_t begin = 0; cycle != 0 && begin < duration_ns; begin += cycle) {
		moments[count++] = begin;
		moments[count++] = begin + flap->on_ns;
	}
	qsort(moments, count, sizeof(*moments), compare);
	return count;
}

int schedule_make(int64_t duration_ns, const struct flap *flap, const struct ramp *ramps,
	size_t ramp_count, struct arena *arena, struct schedule_change **ret_changes,
	size_t *ret_count, struct err *err)
{
	int64_t most = cycle_of(flap) == 0 ? 0 : (duration_ns / cycle_of(flap) + 1) * 2;
	int64_t *moments;
	size_t count;
	int64_t last = 0;

	for (size_t i = 0; i < ramp_count; i++)
		most += ramps[i].steps;
	*ret_changes = NULL;
	*ret_count = 0;
	if (most > SCHEDULE_CHANGES_MAX)
		return err_set(err, ERR_USAGE, 0, "would change %lld times: at most %d are allowed",
			(long long)most, SCHEDULE_CHANGES_MAX);
	if (most == 0)
		return 0;
	moments = arena_alloc(arena, (size_t)most * sizeof(*moments));
	*ret_changes = arena_alloc(arena, (size_t)most * sizeof(**ret_changes));
	count = list_moments(duration_ns, flap, ramps, ramp_count, moments);
	for (size_t i = 0; i < count; i++) {
		bool off = flap_is_off(flap, moments[i]);

		if (moments[i] <= last || moments[i] >= duration_ns ||
			(off && !is_edge(flap, moments[i])))
			continue;
		last = moments[i];
		(*ret_changes)[(*ret_count)++] =
			(struct schedule_change){.offset_ns = last, .off = off};
	}
	return 0;
}
