/* SPDX-License-Identifier: Apache-2.0 */
/* A file that holds anything: it is read as an experiment, and what was read is walked over. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/experiment.h"
#include "experiments/probes/kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
	if (!condition)
		abort();
}

static void check_condition(const struct condition *condition, size_t leaves, int depth)
{
	/* a mapping and a list for each level, and a range */
	check(depth <= 2 * CONDITION_DEPTH_MAX + 2);
	if (condition->kind == CONDITION_LEAF) {
		check(condition->leaf < leaves);
		return;
	}
	check(condition->count > 0);
	for (size_t i = 0; i < condition->count; i++)
		check_condition(&condition->items[i], leaves, depth + 1);
}

static void check_probe(const struct probe *probe)
{
	check(probe->name != NULL && probe->kind != NULL && probe->rate > 0.0);
	check(probe->settings != NULL && probe->settings->timeout_ns > 0);
	check(probe->tolerate_count != 0 || probe->load);
	check(probe->tolerate_count <= CONDITION_LEAVES_MAX);
	for (size_t i = 0; i < probe->tolerate_count; i++)
		check(probe->tolerate[i].text != NULL);
	if (probe->tolerate_root != NULL)
		check_condition(probe->tolerate_root, probe->tolerate_count, 0);
	if (probe->during_root != NULL)
		check_condition(probe->during_root, probe->during_count, 0);
}

/* A valid experiment is whole: nobody behind the reader checks again. */
static void check_experiment(const struct experiment *experiment)
{
	check(experiment->title != NULL && strlen(experiment->sha256) == 64);
	for (size_t i = 0; i < experiment->tag_count; i++)
		check(experiment->tags[i][0] != '\0');
	for (size_t i = 0; i < experiment->variable_count; i++)
		check(experiment->variables[i].value != NULL);
	for (size_t i = 0; i < experiment->target_count; i++)
		check(experiment->targets[i].name != NULL);
	for (size_t i = 0; i < experiment->probe_count; i++)
		check_probe(&experiment->probes[i]);
	for (size_t i = 0; i < experiment->fault_count; i++) {
		const struct fault *fault = &experiment->faults[i];

		check(fault->kind != NULL && fault->target < experiment->target_count);
		check(fault->at_ns >= 0 && fault->duration_ns >= 0);
		check(fault->kind->instant || fault->duration_ns > 0);
	}
	for (size_t i = 0; i < experiment->guard_count; i++)
		check(experiment->guards[i].probe < experiment->probe_count);
}

static void check_errors(const struct err_list *errors)
{
	check(errors->total != 0 && errors->count != 0);
	for (size_t i = 0; i < errors->count; i++)
		check(errors->items[i].message[0] != '\0' &&
			strcmp(errors->items[i].loc.file, "fuzz.yaml") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct setting setting = {"set", "value"};
	struct err_list *errors = calloc(1, sizeof(*errors));
	struct experiment experiment;
	const char *text = (const char *)data;

	check(errors != NULL);
	/* with a setting only if the file may know it, so that others can be valid */
	if (experiment_parse("fuzz.yaml", text, size, &setting,
		    memmem(data, size, "set", 3) != NULL ? 1 : 0, &experiment, errors) == 0) {
		check(errors->total == 0);
		check_experiment(&experiment);
		(void)experiment_redact(&experiment, &experiment.arena, experiment.title);
		experiment_release(&experiment);
	} else {
		check_errors(errors);
	}
	free(errors);
	return 0;
}
