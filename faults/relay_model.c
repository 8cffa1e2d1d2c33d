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

/* As tabledist. A correlated number is reduced to the size of the range or of the table, as there,
 * so that all of the range stays equally likely, and little of the correlation is left. A number
 * that is not is scaled, which favours nothing even where the range is close to 32 bits. */
static int64_t draw_delay(struct relay_model *model)
{
	int64_t jitter = model->impairment.jitter_ns;
	int64_t delay = model->impairment.delay_ns;
	uint32_t random;

	if (jitter == 0)
		return delay;
	random = correlated(model, &model->delay);
	if (model->impairment.distribution != DISTRIBUTION_UNIFORM)
		delay += llrint((double)jitter * model->table[random % DISTRIBUTION_SIZE] /
				DISTRIBUTION_SCALE);
	else if (model->delay.correlation == 0 || jitter > INT32_MAX)
		delay += llrint((double)jitter * (random / 2147483648.0 - 1.0));
	else
		delay += random % (2 * jitter) - jitter;
	return delay < 0 ? 0 : delay;
}

static struct chance chance(double percent, double correlation)
{
	return (struct chance){
		.threshold = probability(percent),
		.correlation = probability(correlation),
	};
}

void relay_model_init(struct relay_model *model, const struct impairment *impairment, uint64_t seed)
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
	distribution_fill((enum distribution)impairment->distribution, model->table);
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
