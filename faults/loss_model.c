/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/loss_model.h"

#include "faults/probability.h"

/* Of Gilbert and Elliott. */
enum { GOOD, BAD };

/* Of the four states. */
enum { RECEIVED_IN_GAP, RECEIVED_IN_BURST, LOST_IN_BURST, LOST_IN_GAP };

enum loss_model loss_model_of(const struct impairment *impairment)
{
	if (impairment->gemodel.p > 0.0)
		return LOSS_GILBERT_ELLIOTT;
	if (impairment->four_state.p13 > 0.0)
		return LOSS_FOUR_STATE;
	return LOSS_INDEPENDENT;
}

/* From the balance of the flows between two neighbours: p good = r bad. */
static double gilbert_elliott_mean(const struct gilbert_elliott *model)
{
	double bad = model->p / (model->p + model->r);

	return (bad * model->bad_loss + (1.0 - bad) * model->good_loss) / 100.0;
}

/* The four states are a line, 4 - 1 - 3 - 2, with a balance between each two neighbours. Each state
 * relative to the first one. */
static double four_state_mean(const struct four_state *model)
{
	double lost_in_gap = model->p14 / 100.0;
	double lost_in_burst = model->p13 / model->p31;
	double received_in_burst = model->p32 > 0.0 ? lost_in_burst * model->p32 / model->p23 : 0.0;
	double lost = lost_in_gap + lost_in_burst;

	return lost / (1.0 + lost + received_in_burst);
}

double loss_model_mean(const struct impairment *impairment)
{
	switch (loss_model_of(impairment)) {
	case LOSS_GILBERT_ELLIOTT:
		return gilbert_elliott_mean(&impairment->gemodel);
	case LOSS_FOUR_STATE:
		return four_state_mean(&impairment->four_state);
	case LOSS_INDEPENDENT:
		break;
	}
	return impairment->loss / 100.0;
}

void loss_chain_init(struct loss_chain *chain, const struct impairment *impairment)
{
	const struct gilbert_elliott *gemodel = &impairment->gemodel;
	const struct four_state *four_state = &impairment->four_state;

	*chain = (struct loss_chain){
		.model = loss_model_of(impairment),
		.p = probability(gemodel->p),
		.r = probability(gemodel->r),
		.bad_survival = UINT32_MAX - probability(gemodel->bad_loss),
		.good_loss = probability(gemodel->good_loss),
		.p13 = probability(four_state->p13),
		.p31 = probability(four_state->p31),
		.p32 = probability(four_state->p32),
		.p23 = probability(four_state->p23),
		.p14 = probability(four_state->p14),
	};
}

/* As loss_gilb_ell: a packet meets the state that the one before left behind. */
static bool gilbert_elliott_next(struct loss_chain *chain, uint32_t step, uint32_t loss)
{
	if (chain->state == GOOD) {
		if (step < chain->p)
			chain->state = BAD;
		return loss < chain->good_loss;
	}
	if (step < chain->r)
		chain->state = GOOD;
	return loss > chain->bad_survival;
}

/* As loss_4state: the state that is entered decides. Sums are 64 bits wide, so that two chances
 * that make up 100% do not wrap. */
static bool four_state_next(struct loss_chain *chain, uint64_t step)
{
	switch (chain->state) {
	case RECEIVED_IN_GAP:
		if (step < chain->p14)
			chain->state = LOST_IN_GAP;
		else if (step < (uint64_t)chain->p14 + chain->p13)
			chain->state = LOST_IN_BURST;
		break;
	case RECEIVED_IN_BURST:
		if (step < chain->p23)
			chain->state = LOST_IN_BURST;
		break;
	case LOST_IN_BURST:
		if (step < chain->p32)
			chain->state = RECEIVED_IN_BURST;
		else if (step < (uint64_t)chain->p32 + chain->p31)
			chain->state = RECEIVED_IN_GAP;
		break;
	default:
		chain->state = RECEIVED_IN_GAP;
		break;
	}
	return chain->state == LOST_IN_BURST || chain->state == LOST_IN_GAP;
}

bool loss_chain_next(struct loss_chain *chain, uint32_t first, uint32_t second)
{
	if (chain->model == LOSS_GILBERT_ELLIOTT)
		return gilbert_elliott_next(chain, first, second);
	return four_state_next(chain, first);
}
