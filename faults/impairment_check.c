/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/impairment_check.h"

#include "faults/distribution_table.h"
#include "faults/network.h"
#include "faults/tbf.h"

static bool is_percentage(double value)
{
	return value >= 0.0 && value <= 100.0;
}

static bool is_possible_loss(const struct impairment *impairment)
{
	const struct gilbert_elliott *gemodel = &impairment->gemodel;
	const struct four_state *four_state = &impairment->four_state;

	return is_percentage(impairment->loss) && is_percentage(impairment->loss_correlation) &&
	       is_percentage(gemodel->p) && is_percentage(gemodel->r) &&
	       is_percentage(gemodel->bad_loss) && is_percentage(gemodel->good_loss) &&
	       is_percentage(four_state->p13) && is_percentage(four_state->p31) &&
	       is_percentage(four_state->p32) && is_percentage(four_state->p23) &&
	       is_percentage(four_state->p14);
}

/* As the parameters are limited: on the line, no packet and no cell must be smaller than nothing.
 */
static bool is_possible_line(const struct impairment *impairment)
{
	return impairment->packet_overhead >= NETWORK_OVERHEAD_MIN &&
	       impairment->packet_overhead <= NETWORK_CELL_MAX &&
	       impairment->cell_size <= NETWORK_CELL_MAX &&
	       impairment->cell_overhead >= -(int64_t)impairment->cell_size &&
	       impairment->cell_overhead <= NETWORK_CELL_MAX;
}

static bool is_distribution(int distribution, uint32_t table)
{
	return distribution >= DISTRIBUTION_UNIFORM && distribution <= DISTRIBUTION_PARETONORMAL &&
	       table <= DISTRIBUTION_TABLES_MAX;
}

static bool are_possible_slots(const struct slot_pattern *slots)
{
	return slots->minimum_ns >= 0 && slots->minimum_ns <= slots->maximum_ns &&
	       slots->maximum_ns <= 2 * (int64_t)NETWORK_SLOT_MAX && slots->delay_ns >= 0 &&
	       slots->delay_ns <= (int64_t)NETWORK_SLOT_MAX && slots->jitter_ns >= 0 &&
	       slots->jitter_ns <= slots->delay_ns && slots->packets <= INT32_MAX &&
	       slots->bytes <= INT32_MAX && is_distribution(slots->distribution, slots->table);
}

static bool is_possible_bucket(const struct impairment *impairment)
{
	return impairment->burst_bytes <= TBF_BURST_MAX &&
	       impairment->peak_burst_bytes <= TBF_BURST_MAX && impairment->queue_ns >= 0 &&
	       (impairment->burst_bytes == 0 || impairment->rate_bits != 0);
}

int impairment_check(const struct impairment *impairment)
{
	bool good = impairment->delay_ns >= 0 && impairment->jitter_ns >= 0 &&
		    is_percentage(impairment->delay_correlation) &&
		    is_distribution(impairment->distribution, impairment->table) &&
		    are_possible_slots(&impairment->slots) && is_possible_bucket(impairment) &&
		    is_possible_loss(impairment) && is_possible_line(impairment) &&
		    is_percentage(impairment->duplicate) &&
		    is_percentage(impairment->duplicate_correlation) &&
		    is_percentage(impairment->corrupt) &&
		    is_percentage(impairment->corrupt_correlation) &&
		    is_percentage(impairment->reorder) &&
		    is_percentage(impairment->reorder_correlation);

	return good ? 0 : -1;
}
