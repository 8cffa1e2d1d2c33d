/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/netem_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "faults/distribution.h"
#include "faults/loss_model.h"
#include "reports/mem.h"

struct unit {
	const char *name;
	uint64_t size;
};

/* Whole numbers only, so that tc's floating-point reading of them is exact. What is left over for
 * the smallest unit is cut off. */
static void number_describe(uint64_t number, const struct unit *units, size_t unit_count, FILE *out)
{
	size_t i = 0;

	while (i < unit_count - 1 && number % units[i].size != 0)
		i++;
	fprintf(out, "%" PRIu64 "%s", number / units[i].size, units[i].name);
}

static void time_describe(int64_t ns, FILE *out)
{
	static const struct unit units[] = {
		{"s", 1000000000},
		{"ms", 1000000},
		{"us", 1000},
	};

	number_describe((uint64_t)ns, units, ARRAY_SIZE(units), out);
}

void rate_describe(uint64_t bits, FILE *out)
{
	static const struct unit units[] = {
		{"gbit", 1000000000},
		{"mbit", 1000000},
		{"kbit", 1000},
		{"bit", 1},
	};

	number_describe(bits, units, ARRAY_SIZE(units), out);
}

/* The shortest decimal number that reads back as the same percentage. */
static void percent_describe(double percent, FILE *out)
{
	char text[32];

	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, percent);
		if (strtod(text, NULL) == percent)
			break;
	}
	fprintf(out, " %s%%", text);
}

static void chance_describe(const char *name, double percent, double correlation, FILE *out)
{
	if (percent == 0.0)
		return;
	fprintf(out, " %s", name);
	percent_describe(percent, out);
	if (correlation != 0.0)
		percent_describe(correlation, out);
}

/* All values, because tc's own defaults depend on what is left out. */
static void loss_model_describe(const struct impairment *impairment, FILE *out)
{
	const struct gilbert_elliott *gemodel = &impairment->gemodel;
	const struct four_state *four_state = &impairment->four_state;
	const double gemodel_values[] = {
		gemodel->p, gemodel->r, gemodel->bad_loss, gemodel->good_loss};
	const double four_state_values[] = {four_state->p13, four_state->p31, four_state->p32,
		four_state->p23, four_state->p14};

	switch (loss_model_of(impairment)) {
	case LOSS_GILBERT_ELLIOTT:
		fputs(" loss gemodel", out);
		for (size_t i = 0; i < ARRAY_SIZE(gemodel_values); i++)
			percent_describe(gemodel_values[i], out);
		break;
	case LOSS_FOUR_STATE:
		fputs(" loss state", out);
		for (size_t i = 0; i < ARRAY_SIZE(four_state_values); i++)
			percent_describe(four_state_values[i], out);
		break;
	case LOSS_INDEPENDENT:
		break;
	}
}

/* tc forgets the correlation of duplicates unless another correlation was given too (seen in
 * iproute2 6.1); one of 0% for the loss will do. */
static void loss_describe(const struct impairment *impairment, FILE *out)
{
	const bool explicit = impairment->duplicate != 0.0 &&
			      impairment->duplicate_correlation != 0.0 &&
			      impairment->loss_correlation == 0.0;

	if (!explicit) {
		chance_describe("loss", impairment->loss, impairment->loss_correlation, out);
		return;
	}
	fputs(" loss", out);
	percent_describe(impairment->loss, out);
	percent_describe(0.0, out);
}

/* tc looks for a table under its name and ".dist", in its own directory or in TC_LIB_DIR. */
static void distribution_describe(int distribution, uint32_t table, FILE *out)
{
	if (table != 0)
		fprintf(out, " distribution table-%" PRIu32, table);
	else if (distribution != DISTRIBUTION_UNIFORM)
		fprintf(out, " distribution %s", distribution_names[distribution]);
}

static void delay_describe(const struct impairment *impairment, FILE *out)
{
	fputs(" delay ", out);
	time_describe(impairment->delay_ns, out);
	if (impairment->jitter_ns == 0)
		return;
	fputc(' ', out);
	time_describe(impairment->jitter_ns, out);
	if (impairment->delay_correlation != 0.0)
		percent_describe(impairment->delay_correlation, out);
	distribution_describe(impairment->distribution, impairment->table, out);
}

static void slots_describe(const struct slot_pattern *slots, FILE *out)
{
	fputs(" slot", out);
	if (slots->jitter_ns != 0) {
		distribution_describe(slots->distribution, slots->table, out);
		fputc(' ', out);
		time_describe(slots->delay_ns, out);
		fputc(' ', out);
		time_describe(slots->jitter_ns, out);
	} else {
		fputc(' ', out);
		time_describe(slots->minimum_ns, out);
		fputc(' ', out);
		time_describe(slots->maximum_ns, out);
	}
	if (slots->packets != 0)
		fprintf(out, " packets %" PRIu32, slots->packets);
	if (slots->bytes != 0)
		fprintf(out, " bytes %" PRIu64, slots->bytes);
}

/* tc takes the four by their places. */
static void line_describe(const struct impairment *impairment, FILE *out)
{
	const bool cells = impairment->cell_size != 0;

	fputs(" rate ", out);
	rate_describe(impairment->rate_bits, out);
	if (cells || impairment->packet_overhead != 0)
		fprintf(out, " %" PRId64, impairment->packet_overhead);
	if (cells)
		fprintf(out, " %" PRIu64, impairment->cell_size);
	if (cells && impairment->cell_overhead != 0)
		fprintf(out, " %" PRId64, impairment->cell_overhead);
}

void netem_describe(const struct impairment *impairment, FILE *out)
{
	fprintf(out, "netem limit %" PRIu32, impairment->limit);
	if (impairment->delay_ns != 0 || impairment->jitter_ns != 0)
		delay_describe(impairment, out);
	loss_describe(impairment, out);
	loss_model_describe(impairment, out);
	if (impairment->ecn)
		fputs(" ecn", out);
	chance_describe("duplicate", impairment->duplicate, impairment->duplicate_correlation, out);
	chance_describe("reorder", impairment->reorder, impairment->reorder_correlation, out);
	if (impairment->reorder != 0.0 && impairment->reorder_gap > 1)
		fprintf(out, " gap %" PRIu32, impairment->reorder_gap);
	chance_describe("corrupt", impairment->corrupt, impairment->corrupt_correlation, out);
	if (impairment->rate_bits != 0)
		line_describe(impairment, out);
	if (slots_are_used(&impairment->slots))
		slots_describe(&impairment->slots, out);
}
