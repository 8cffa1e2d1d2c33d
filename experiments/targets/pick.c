/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdbool.h>

#include "experiments/targets/targets.h"
#include "reports/mem.h"

/* SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to choose fairly. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* FNV-1a, so that every target draws from a stream of its own. */
static uint64_t hash_of(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ULL;
	return hash;
}

static size_t wanted(const struct pick *pick, size_t count)
{
	size_t number = count;

	if (pick->mode == PICK_NUMBER)
		number = pick->number;
	else if (pick->mode == PICK_PERCENT)
		/* The tolerance keeps 10% of 30 at 3, however doubles round. */
		number = (size_t)ceil((double)count * pick->percent / 100.0 - 1e-9);
	return number < count ? number : count;
}

void targets_pick(
	struct instance_list *list, const struct pick *pick, uint64_t seed, const char *name)
{
	size_t needed = wanted(pick, list->count);
	size_t left = list->count;
	uint64_t state = seed ^ hash_of(name);
	size_t kept = 0;

	/* Selection sampling (Knuth, TAOCP 2, 3.4.2, algorithm S): every subset is equally likely,
	 * and the order stays. */
	for (size_t i = 0; i < list->count; i++, left--) {
		if (next_random(&state) % left < needed) {
			struct instance chosen = list->items[i];

			list->items[kept++] = chosen;
			needed--;
		} else {
			instance_release(&list->items[i]);
		}
	}
	list->count = kept;
}
