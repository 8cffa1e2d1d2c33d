/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/probes_json.h"
#include "experiments/nearest.h"
#include "experiments/schema_experiment.h"
#include "reports/json_value.h"
#include "reports/mem.h"

static void print_list(void)
{
	for (const struct probe_kind *const *kind = probe_kinds; *kind != NULL; kind++) {
		printf("%-12s %s\n", (*kind)->name, (*kind)->summary);
		if ((*kind)->missing != NULL)
			printf("%-12s not here: %s\n", "", (*kind)->missing);
	}
	puts("\n'perturb probes KIND' shows the keys of one.");
}

static void print_keys(const struct probe_key *keys, const cJSON *schema)
{
	for (const struct probe_key *key = keys; key->member.name != NULL; key++) {
		cleanup_free char *values = probe_key_values(schema, key);

		printf("  %-16s %s\n  %-16s %s", key->member.name, key->help, "", values);
		if (key->member.required)
			fputs(", required", stdout);
		else if (key->standard != NULL)
			printf(", default %s", key->standard);
		putchar('\n');
	}
}

static void print_kind(const struct probe_kind *kind)
{
	cJSON *schema = json_checked(experiment_schema());
	struct arena arena = {0};

	printf("%s: %s\n", kind->name, kind->summary);
	if (kind->missing != NULL)
		printf("not here: %s\n", kind->missing);
	if (kind->library != NULL)
		printf("by %s\n", kind->library(&arena));
	puts("\nkeys:");
	print_keys(kind->keys, schema);
	if (kind->scalar != NULL)
		printf("a text instead of a mapping is the %s\n", kind->scalar);
	puts("\nkeys of every probe:");
	print_keys(probe_common_keys, schema);
	printf("\nas a probe in an experiment's steady_state:\n"
	       "  - name: %s\n"
	       "    %s: %s\n"
	       "    rate: 20/s\n"
	       "    tolerate: { success: \">= 99%%\" }\n",
		kind->name, kind->name, kind->example);
	cJSON_Delete(schema);
	arena_release(&arena);
}

static int unknown_kind(const char *name)
{
	struct nearest nearest = nearest_begin(name, strlen(name));

	for (const struct probe_kind *const *kind = probe_kinds; *kind != NULL; kind++)
		nearest_offer(&nearest, (*kind)->name);
	return message_unknown("probes", "probe kind", &nearest);
}

static int run(const struct invocation *invocation)
{
	const char *name = invocation->arguments[0];
	const struct probe_kind *kind = NULL;
	bool json;

	if (invocation_json(invocation, &json) < 0)
		return 2;
	if (name != NULL) {
		kind = probe_kind_find(name);
		if (kind == NULL)
			return unknown_kind(name);
	}
	if (json) {
		cleanup_free char *text = probes_json(kind);

		fputs(text, stdout);
	} else if (kind != NULL) {
		print_kind(kind);
	} else {
		print_list();
	}
	return 0;
}

static const struct cli_option options_table[] = {
	OPTION_FORMAT,
	{NULL, NULL, NULL, false},
};

const struct command command_probes = {
	.name = "probes",
	.summary = "list the probe kinds, or show one: keys, defaults, an example",
	.arguments = "[PROBE]",
	.minimum_arguments = 0,
	.maximum_arguments = 1,
	.options = options_table,
	.run = run,
};
