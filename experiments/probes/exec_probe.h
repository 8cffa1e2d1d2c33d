/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_probe - which program is started, and what counts as success.
 */
#ifndef EXPERIMENTS_PROBES_EXEC_PROBE_H
#define EXPERIMENTS_PROBES_EXEC_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/probes/kind.h"
#include "experiments/probes/text_match.h"

#define EXIT_STATUS_MAX 255

struct exec_probe {
	struct probe_settings common;
	char **command; /* NULL-terminated; the first is the program */
	char **env;	/* NAME=VALUE, to be set */
	size_t env_count;
	const char *directory; /* NULL: perturb's own */
	bool statuses[EXIT_STATUS_MAX + 1];
	struct text_wanted output;
};

/* The keys of "exec", and what exec_node.c knows of them. */
extern const struct probe_key exec_keys[];
void exec_defaults(void *settings);

#endif
