/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/window.h"

#include <string.h>

#include "reports/mem.h"

#define SLICE_MIN_NS	 INT64_C(2000000) /* a fiftieth of the shortest guard's window */
#define SLICES_IN_WINDOW 50

int64_t window_slice_ns(int64_t keep_ns)
{
	int64_t slice_ns = SLICE_MIN_NS;

	while (slice_ns * 2 * SLICES_IN_WINDOW <= keep_ns)
		slice_ns *= 2;
	return slice_ns;
}

void window_init(struct window *window, int64_t slice_ns, int64_t keep_ns, bool severe)
{
	*window = (struct window){.slice_ns = slice_ns, .severe = severe};
	/* The current one, and the one that has only ended in part. */
	window->count = (size_t)(keep_ns / slice_ns) + 2;
	window->slices = xcalloc(window->count, sizeof(*window->slices));
}

void window_add(struct window *window, const struct probe_answer *answer, int64_t latency_ns)
{
	const int64_t number = answer->ended_ns / window->slice_ns;
	struct window_slice *slice = &window->slices[(size_t)number % window->count];

	if (slice->number > number)
		return; /* older than the ring */
	if (slice->number < number) {
		/* Released and not cleared: the slices together then take no more than they need,
		 * and not what each of them needed at some time. */
		tally_release(&slice->tally);
		slice->number = number;
	}
	tally_answer(&slice->tally, answer, latency_ns);
	if (window->severe && outcome_timed_out(answer->outcome))
		histogram_record(&slice->tally.latency, latency_ns);
}

void window_tally(const struct window *window, int64_t from_ns, struct tally *tally)
{
	for (size_t i = 0; i < window->count; i++)
		if (window->slices[i].number * window->slice_ns >= from_ns)
			tally_merge(tally, &window->slices[i].tally);
}

void window_release(struct window *window)
{
	for (size_t i = 0; i < window->count; i++)
		tally_release(&window->slices[i].tally);
	free(window->slices);
	memset(window, 0, sizeof(*window));
}
