/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs, in the order in which a newcomer meets them. */
#include "cli/command.h"

const struct command *const commands[] = {
	&command_demo,
	&command_run,
	&command_check,
	&command_plan,
	&command_inject,
	&command_probe,
	&command_status,
	&command_abort,
	&command_recover,
	&command_targets,
	&command_faults,
	&command_probes,
	&command_doctor,
	&command_schema,
	&command_completion,
	NULL,
};
