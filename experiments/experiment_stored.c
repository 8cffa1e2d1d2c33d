/* SPDX-License-Identifier: Apache-2.0 */
/* "compare_with": the report of an earlier run, and the limits that are relative to it. */
#include <math.h>

#include "experiments/experiment_parts.h"
#include "experiments/stored_report.h"

struct stored {
	struct decode *decode;
	const struct stored_report *report; /* NULL: none is named, or it cannot be read */
	bool named;
};

/* The figure of each phase; a phase that the report lacks is compared with its baseline. */
static void find(struct stored *stored, const struct probe *probe, struct tolerance *tolerance)
{
	double baseline = NAN;
	bool any;

	any = stored_report_find(
		stored->report, probe->name, PHASE_BASELINE, tolerance->metric, &baseline);
	for (int phase = 0; phase < PHASE_COUNT; phase++) {
		tolerance->stored[phase] = baseline;
		any = stored_report_find(stored->report, probe->name, (enum phase)phase,
			      tolerance->metric, &tolerance->stored[phase]) ||
		      any;
	}
	if (!any)
		err_list_add(stored->decode->errors, tolerance->loc,
			"%s: the report in compare_with has no such figure of the probe '%s'",
			metric_name(tolerance->metric).text,
			quote_file(stored->decode->errors, probe->name).text);
}

static void resolve(struct stored *stored, const struct probe *probe, struct tolerance *tolerance)
{
	if (tolerance->reference != REFERENCE_STORED)
		return;
	if (!stored->named)
		err_list_add(stored->decode->errors, tolerance->loc,
			"%s: 'stored' needs compare_with, the report to compare with",
			metric_name(tolerance->metric).text);
	else if (stored->report == NULL || probe->name == NULL)
		return; /* there is an error about that already */
	else if (!stored_report_has(stored->report, probe->name))
		err_list_add(stored->decode->errors, tolerance->loc,
			"%s: the report in compare_with has no probe '%s'",
			metric_name(tolerance->metric).text,
			quote_file(stored->decode->errors, probe->name).text);
	else
		find(stored, probe, tolerance);
}

static void resolve_all(struct stored *stored, struct experiment *experiment)
{
	for (size_t i = 0; i < experiment->probe_count; i++) {
		struct probe *probe = &experiment->probes[i];

		for (size_t j = 0; j < probe->tolerate_count; j++)
			resolve(stored, probe, &probe->tolerate[j]);
		for (size_t j = 0; j < probe->during_count; j++)
			resolve(stored, probe, &probe->during[j]);
	}
	for (size_t i = 0; i < experiment->guard_count; i++)
		if (experiment->guards[i].probe < experiment->probe_count)
			resolve(stored, &experiment->probes[experiment->guards[i].probe],
				&experiment->guards[i].condition);
}

void experiment_read_stored(
	struct decode *decode, const struct node *root, struct experiment *experiment)
{
	static const char name[] = "compare_with";
	const struct node *node = node_find(root, name);
	struct stored_report report = {NULL};
	struct stored stored = {.decode = decode, .named = node != NULL};
	struct scalar scalar;
	struct err err;

	if (node != NULL && decode_scalar(decode, node, name, "the file of a report", &scalar)) {
		if (stored_report_read(scalar.text, &report, &err) == 0)
			stored.report = &report;
		else
			err_list_add(decode->errors, node->loc, "%s: '%s' %s", name,
				scalar_shown(&scalar).text, err.message);
	}
	resolve_all(&stored, experiment);
	stored_report_release(&report);
}
