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

void window_add(struct window *window, int64_t ended_ns, enum outcome outcome, int64_t latency_ns)
{
	while (window->count > 0 && window_at(window, 0)->ended_ns < ended_ns - window->keep_ns) {
		window->first = (window->first + 1) & (window->capacity - 1);
		window->count--;
	}
	if (window->count == window->capacity)
		window_grow(window);
	*window_at(window, window->count++) = (struct window_item){
		.ended_ns = ended_ns,
		.latency_ns = (float)latency_ns,
		.outcome = (uint8_t)outcome,
	};
}

static void add_up(const struct window *window, int64_t from_ns, bool severely, struct tally *tally)
{
	for (size_t i = window->count; i > 0; i--) {
		const struct window_item *item = window_at(window, i - 1);
		int64_t latency_ns = (int64_t)item->latency_ns;

		if (item->ended_ns <= from_ns)
			break;
		tally_end(tally, (enum outcome)item->outcome, latency_ns);
		if (severely && outcome_timed_out((enum outcome)item->outcome))
			histogram_record(&tally->latency, latency_ns);
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
