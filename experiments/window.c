/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/window.h"

#include <string.h>

#include "reports/mem.h"

#define CAPACITY_FIRST 16

static struct window_item *window_at(const struct window *window, size_t position)
{
	return &window->items[(window->first + position) & (window->capacity - 1)];
}

static void window_grow(struct window *window)
{
	size_t capacity = window->capacity == 0 ? CAPACITY_FIRST : window->capacity * 2;
	struct window_item *items = xcalloc(capacity, sizeof(*items));

	for (size_t i = 0; i < window->count; i++)
		items[i] = *window_at(window, i);
	free(window->items);
	window->items = items;
	window->capacity = capacity;
	window->first = 0;
}

void window_add(struct window *window, int64_t ended_ns, const struct sample *sample)
{
	while (window->count > 0 && window_at(window, 0)->ended_ns < ended_ns - window->keep_ns) {
		window->first = (window->first + 1) & (window->capacity - 1);
		window->count--;
	}
	if (window->count == window->capacity)
		window_grow(window);
	*window_at(window, window->count++) = (struct window_item){
		.ended_ns = ended_ns,
		.sample = *sample,
	};
}

static size_t first_after(const struct window *window, int64_t from_ns)
{
	size_t position = window->count;

	while (position > 0 && window_at(window, position - 1)->ended_ns > from_ns)
		position--;
	return position;
}

static void add_up(const struct window *window, int64_t from_ns, bool severely, struct tally *tally)
{
	/* In the order in which they ended, so that the last value is the last. */
	for (size_t i = first_after(window, from_ns); i < window->count; i++) {
		const struct sample *sample = &window_at(window, i)->sample;

		tally_sample(tally, sample);
		if (severely && outcome_timed_out((enum outcome)sample->outcome))
			histogram_record(&tally->latency, (int64_t)sample->latency_ns);
	}
}

void window_tally(const struct window *window, int64_t from_ns, struct tally *tally)
{
	add_up(window, from_ns, false, tally);
}

void window_tally_severely(const struct window *window, int64_t from_ns, struct tally *tally)
{
	add_up(window, from_ns, true, tally);
}

void window_release(struct window *window)
{
	free(window->items);
	memset(window, 0, sizeof(*window));
}
