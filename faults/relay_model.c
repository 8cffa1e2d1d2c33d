/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/relay_model.h"

#include <math.h>
#include <string.h>

#include "faults/probability.h"

/* SplitMix64, by which the authors of xoshiro advise to seed it (prng.di.unimi.it). */
static uint64_t split_mix(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int by)
{
	return (x << by) | (x >> (64 - by));
}

/* xoshiro256** by Blackman and Vigna; the upper half of its output. */
uint32_t relay_model_random(struct relay_model *model)
{
	uint64_t *s = model->random;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return (uint32_t)(result >> 32);
}

/* As get_crandom: a random number that leans towards the one before it. */
static uint32_t correlated(struct relay_model *model, struct chance *chance)
{
	uint64_t value = relay_model_random(model);
	uint64_t weight = (uint64_t)chance->correlation + 1;

	if (chance->correlation == 0)
		return (uint32_t)value;
	chance->last = (uint32_t)((value * ((1ULL << 32) - weight) + chance->last * weight) >> 32);
	return chance->last;
}

static bool happens(struct relay_model *model, struct chance *chance)
{
	return chance->threshold != 0 && chance->threshold >= correlated(model, chance);
}

/* As tabledist, with its modulo: a range of seconds, whose size does not divide 2^32 well, is not
 * equally likely everywhere, here as there. netem's jitter ends at 31 bits. */
static int64_t deviate(int64_t jitter, uint32_t random, const struct deviates *deviates)
{
	if (deviates->table != NULL)
		return llrint((double)jitter * deviates->table[random % deviates->size] /
			      DISTRIBUTION_SCALE);
	if (jitter > INT32_MAX)
		jitter = INT32_MAX;
	return random % (2 * jitter) - jitter;
}

static int64_t draw_delay(struct relay_model *model)
{
	int64_t jitter = model->impairment.jitter_ns;
	int64_t delay = model->impairment.delay_ns;

	if (jitter == 0)
		return delay;
	delay += deviate(jitter, correlated(model, &model->delay), &model->delay_deviates);
	return delay < 0 ? 0 : delay;
}

/* As get_slot_next. */
int64_t relay_model_slot(struct relay_model *model)
{
	const struct slot_pattern *slots = &model->impairment.slots;
	uint64_t range = (uint64_t)(slots->maximum_ns - slots->minimum_ns);
	uint64_t random = relay_model_random(model);

	if (model->slot_deviates.table == NULL)
		return slots->minimum_ns + (int64_t)((range * random) >> 32);
	return slots->delay_ns + deviate(slots->jitter_ns, (uint32_t)random, &model->slot_deviates);
}

static void deviates_init(struct deviates *deviates, int distribution, uint32_t number,
	const struct distribution_tables *tables)
{
	deviates->table = distribution_table_find(tables, number, &deviates->size);
	if (deviates->table != NULL || distribution == DISTRIBUTION_UNIFORM)
		return;
	distribution_fill((enum distribution)distribution, deviates->named);
	deviates->table = deviates->named;
	deviates->size = DISTRIBUTION_SIZE;
}

static struct chance chance(double percent, double correlation)
{
	return (struct chance){
		.threshold = probability(percent),
		.correlation = probability(correlation),
	};
}

void relay_model_init(struct relay_model *model, const struct impairment *impairment,
	const struct distribution_tables *tables, uint64_t seed)
{
	memset(model, 0, sizeof(*model));
	model->impairment = *impairment;
	for (int i = 0; i < 4; i++)
		model->random[i] = split_mix(&seed);
	model->delay = chance(0, impairment->delay_correlation);
	model->loss = chance(impairment->loss, impairment->loss_correlation);
	loss_chain_init(&model->loss_chain, impairment);
	model->duplicate = chance(impairment->duplicate, impairment->duplicate_correlation);
	model->corrupt = chance(impairment->corrupt, impairment->corrupt_correlation);
	model->reorder = chance(impairment->reorder, impairment->reorder_correlation);
	if (model->reorder.threshold != 0)
		model->gap = impairment->reorder_gap == 0 ? 1 : impairment->reorder_gap;
	/* Correlated numbers start from a random one, not from a run of zeros. */
	model->delay.last = relay_model_random(model);
	model->loss.last = relay_model_random(model);
	model->duplicate.last = relay_model_random(model);
	model->corrupt.last = relay_model_random(model);
	model->reorder.last = relay_model_random(model);
	deviates_init(&model->delay_deviates, impairment->distribution, impairment->table, tables);
	deviates_init(&model->slot_deviates, impairment->slots.distribution,
		impairment->slots.table, tables);
}

static bool is_lost(struct relay_model *model)
{
	uint32_t first;

	if (model->loss_chain.model == LOSS_INDEPENDENT)
		return happens(model, &model->loss);
	first = relay_model_random(model);
	return loss_chain_next(&model->loss_chain, first, relay_model_random(model));
}

struct fate relay_model_next(struct relay_model *model, bool may_duplicate, bool may_mark)
{
	struct fate fate = {0};
	bool copy = may_duplicate && happens(model, &model->duplicate);
	bool loss = is_lost(model);

	fate.marked = loss && may_mark;
	loss = loss && !may_mark;
	/* As in netem, a loss takes the copy of a packet that was just duplicated. */
	fate.duplicated = copy && !loss;
	fate.lost = loss && !copy;
	if (fate.lost)
		return fate;
	fate.corrupted = happens(model, &model->corrupt);
	if (model->gap == 0 || model->counter < model->gap - 1 ||
		!happens(model, &model->reorder)) {
		fate.delay_ns = draw_delay(model);
		model->counter++;
	} else {
		fate.reordered = true;
		model->counter = 0;
	}
	return fate;
}
