/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/message.h"
#include "experiments/schema_experiment.h"
#include "reports/schema.h"

static int print_experiment_schema(void)
{
	cJSON *schema = experiment_schema();
	char *text = schema != NULL ? cJSON_Print(schema) : NULL;

	cJSON_Delete(schema);
	if (text == NULL) {
		fputs("perturb: out of memory\n", stderr);
		return 3;
	}
	puts(text);
	cJSON_free(text);
	return 0;
}

static int run(const struct invocation *invocation)
{
	const char *which = invocation->argument_count != 0 ? invocation->arguments[0] : "report";

	if (strcmp(which, "experiment") == 0)
		return print_experiment_schema();
	if (strcmp(which, "report") != 0)
		return message_usage("schema", "experiment or report, not '%s'", which);
	fputs(report_schema, stdout);
	return 0;
}

const struct command command_schema = {
	.name = "schema",
	.summary = "print the JSON Schema of an experiment or a report",
	.arguments = "[experiment|report]",
	.details = "Without an argument: of a report.",
	.maximum_arguments = 1,
	.run = run,
};
