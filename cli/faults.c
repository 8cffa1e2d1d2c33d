/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/faults_json.h"
#include "cli/message.h"
#include "experiments/aim_node.h"
#include "experiments/field_text.h"
#include "experiments/nearest.h"
#include "faults/kind.h"
#include "faults/profile.h"
#include "reports/mem.h"

static void print_list(void)
{
	for (const struct fault_kind *const *kind = fault_kinds; *kind != NULL; kind++)
		printf("%-12s %s\n", (*kind)->name, (*kind)->summary);
	puts("\n'perturb faults KIND' shows the parameters of one.");
}

static void print_choices(const char *const *choices)
{
	fputs("one of ", stdout);
	for (size_t i = 0; choices[i] != NULL; i++)
		printf("%s%s", i == 0 ? "" : ", ", choices[i]);
}

/* What may be given: "duration, 1us to 4m, required". */
static void print_values(const struct field *field)
{
	char minimum[32];
	char maximum[32];

	if (field->type == FIELD_CHOICE)
		print_choices(field->choices);
	else
		fputs(field_type_name(field->type), stdout);
	if (field->type == FIELD_TEXTS)
		printf(", at most %.0f", field->maximum);
	else if (field->maximum > 0)
		printf(", %s to %s",
			field_limit_write(field->type, field->minimum, minimum, sizeof(minimum)),
			field_limit_write(field->type, field->maximum, maximum, sizeof(maximum)));
	if ((field->flags & FIELD_REQUIRED) != 0)
		fputs(", required", stdout);
	else if (field->fallback != NULL)
		printf(", default %s", field->fallback);
}

static void print_profiles(int indent)
{
	for (size_t i = 0; profiles[i] != NULL; i++) {
		printf("%*s%-14s ", indent, "", profiles[i]->name);
		profile_describe(profiles[i], stdout);
		putchar('\n');
	}
}

static void print_fields(const struct field *fields, int indent)
{
	for (const struct field *field = fields; field->name != NULL; field++) {
		if (field->type == FIELD_GROUP) {
			printf("%*s%s: %s\n", indent, "", field->name, field->help);
			print_fields(field->group, indent + 4);
			continue;
		}
		printf("%*s%-14s %s\n%*s", indent, "", field->name, field->help, indent + 15, "");
		if (field->choices == profile_names) {
			puts("one of:");
			print_profiles(indent + 15);
			continue;
		}
		print_values(field);
		putchar('\n');
	}
}

static void print_kind(const struct fault_kind *kind)
{
	printf("%s: %s\n\n", kind->name, kind->summary);
	if (kind->fields[0].name != NULL) {
		puts("parameters:");
		if (kind->groups)
			printf("  %-14s %s\n", "between",
				"instead of target: a list of targets, each cut off from the "
				"others");
		print_fields(kind->fields, 2);
	} else {
		puts("parameters: none");
	}
	if (kind->network)
		printf("  %-14s %s\n  %-14s %s\n", "interface",
			"only this one (default: every interface but lo)", "direction",
			"egress (default), ingress or both: packets that leave the target, arrive");
	if (fault_kind_is_queue(kind))
		printf("  %-14s %s\n", "segment",
			"true: cut packets to size before the fault, not after it");
	for (const struct aim_key *key = aim_keys; kind->network && key->name != NULL; key++)
		printf("  %-14s %s\n", key->name, key->help);
	printf("\nas a step of an experiment's method:\n  - %s\n", kind->example);
	puts(kind->instant ? "    at: 0s" : "    at: 0s\n    for: 30s");
	printf("\n'perturb inject %s --help' shows the same as options.\n", kind->name);
}

static int unknown_kind(const char *name)
{
	struct nearest nearest = nearest_begin(name, strlen(name));

	for (const struct fault_kind *const *kind = fault_kinds; *kind != NULL; kind++)
		nearest_offer(&nearest, (*kind)->name);
	return message_unknown("faults", "fault kind", &nearest);
}

static int run(const struct invocation *invocation)
{
	const char *name = invocation->arguments[0];
	const struct fault_kind *kind = NULL;
	bool json;

	if (invocation_json(invocation, &json) < 0)
		return 2;
	if (name != NULL) {
		kind = fault_kind_find(name);
		if (kind == NULL)
			return unknown_kind(name);
	}
	if (json) {
		cleanup_free char *text = faults_json(kind);

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

const struct command command_faults = {
	.name = "faults",
	.summary = "list the fault kinds, or show one: parameters, limits, an example",
	.arguments = "[KIND]",
	.minimum_arguments = 0,
	.maximum_arguments = 1,
	.options = options_table,
	.run = run,
};
