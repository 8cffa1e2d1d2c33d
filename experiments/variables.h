/* SPDX-License-Identifier: Apache-2.0 */
/*
 * variables - named values of an experiment, and what takes the place of "${name}" in its texts.
 *
 * "$$" stands for a dollar sign; a dollar sign before anything else is itself.
 */
#ifndef EXPERIMENTS_VARIABLES_H
#define EXPERIMENTS_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/experiment.h"
#include "reports/err.h"
#include "reports/mem.h"

struct variables {
	const struct setting *settings; /* --set; they go before what the file says */
	size_t setting_count;
	struct variable *items; /* value NULL: its definition is wrong, as was said already */
	size_t count;
	bool text_private; /* no message shows what the file says */
	bool incomplete;   /* not every name could be read */
	size_t written;	   /* bytes that substitution has made so far */
	size_t unknown;	   /* names that were not found so far */
};

const struct setting *variables_setting(const struct variables *variables, const char *name);

/* Is name fit to stand in "${name}"? */
bool variable_name_ok(const char *name);

/* Substitutes in text. *ret_secret: a secret value is part of the result. Fails with ERR_USAGE and
 * the reason, or with an err that has no code when the reason was said already. */
int variables_expand(struct variables *variables, struct arena *arena, const char *text,
	const char **ret_text, bool *ret_secret, struct err *err);

#endif
