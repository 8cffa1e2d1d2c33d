/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/doctor.h"
#include "cli/message.h"
#include "cli/policy_path.h"
#include "experiments/policy.h"
#include "experiments/units.h"
#include "reports/mem.h"

static void show_kinds(const struct protection *protection, FILE *out)
{
	const char *separator = "; only ";

	for (int i = 0; fault_kinds[i] != NULL; i++) {
		if ((protection->kinds >> i & 1) == 0)
			continue;
		fprintf(out, "%s%s", separator, fault_kinds[i]->name);
		separator = ", ";
	}
}

static void show_rules(const struct protection *protection, FILE *out)
{
	size_t counts[2] = {0};

	for (uint32_t i = 0; i < protection->rule_count; i++)
		counts[protection->rules[i].type]++;
	if (protection->targets_line != 0)
		fprintf(out, "; only targets that match %zu patterns", counts[RULE_ALLOW]);
	if (counts[RULE_PROTECT] != 0)
		fprintf(out, "; %zu patterns are protected", counts[RULE_PROTECT]);
}

static void show_limits(const struct protection *protection, FILE *out)
{
	char duration[32];

	if (protection->max_instances != 0)
		fprintf(out, "; at most %u instances", protection->max_instances);
	if (protection->max_percent > 0)
		fprintf(out, "; at most %g%% of a target", protection->max_percent);
	if (protection->max_duration_ns != 0)
		fprintf(out, "; at most %s",
			duration_format(protection->max_duration_ns, duration, sizeof(duration)));
}

static void show(const struct protection *protection)
{
	cleanup_free char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL) {
		doctor_line(true, "policy", POLICY_FILE);
		return;
	}
	fputs(POLICY_FILE, out);
	show_kinds(protection, out);
	show_rules(protection, out);
	show_limits(protection, out);
	doctor_line(true, "policy", "%s", fclose(out) == 0 ? text : POLICY_FILE);
}

bool doctor_policy(struct protection *policy)
{
	cleanup_free struct err_list *errors = xcalloc(1, sizeof(*errors));
	int found = policy_read(POLICY_FILE, policy, errors);

	if (found > 0) {
		show(policy);
	} else if (found == 0) {
		doctor_line(true, "policy", "none: there is no " POLICY_FILE);
	} else {
		fflush(stdout);
		message_errors(errors);
		doctor_line(false, "policy",
			POLICY_FILE " cannot be used: correct or remove it, see "
				    "perturb-policy(5)");
	}
	return found >= 0;
}
