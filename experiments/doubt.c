/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/doubt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool phase_counts(enum phase phase, bool probe_only)
{
	return (phase == PHASE_BASELINE) == probe_only;
}

static void add_phase(struct doubt *doubt, const struct report_probe *probe, enum phase name)
{
	const struct report_probe_phase *phase = &probe->phases[name];

	doubt->matters = doubt->matters || phase->verdict == JUDGEMENT_INCONCLUSIVE;
	doubt->total += phase->tolerance_count;
	for (size_t i = 0; i < phase->tolerance_count; i++) {
		const struct report_tolerance *tolerance = &phase->tolerances[i];

		if (tolerance->verdict != JUDGEMENT_INCONCLUSIVE)
			continue;
		doubt->inconclusive++;
		if (doubt->tolerance != NULL &&
			tolerance->samples_needed <= doubt->tolerance->samples_needed)
			continue;
		doubt->probe = probe;
		doubt->tolerance = tolerance;
	}
}

struct doubt doubt_find(const struct report *report, bool probe_only)
{
	struct doubt doubt = {.matters = false};

	for (size_t i = 0; i < report->probe_count; i++)
		for (int phase = 0; phase < PHASE_COUNT; phase++)
			if (report->probes[i].phases[phase].present &&
				phase_counts((enum phase)phase, probe_only))
				add_phase(&doubt, &report->probes[i], (enum phase)phase);
	return doubt;
}

void doubt_format(const struct doubt *doubt, char *buffer, size_t size)
{
	const struct report_tolerance *tolerance = doubt->tolerance;
	const char *what = strcmp(tolerance->unit, "%") == 0 ? "requests" : "answers";
	int length = snprintf(buffer, size, "%zu of %zu tolerances %s inconclusive: '%s' %s %s ",
		doubt->inconclusive, doubt->total, doubt->inconclusive == 1 ? "is" : "are",
		doubt->probe->name, tolerance->metric, tolerance->expected);

	if (length < 0 || (size_t)length >= size)
		return;
	buffer += length;
	size -= (size_t)length;
	if (tolerance->samples_needed == 0)
		(void)snprintf(buffer, size, "cannot be told from %" PRIu64 " %s this close to it",
			tolerance->samples, what);
	else
		(void)snprintf(buffer, size, "would take %" PRIu64 " %s, there were %" PRIu64,
			tolerance->samples_needed, what, tolerance->samples);
}
