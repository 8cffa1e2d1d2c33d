/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader - what turns nodes into typed values, noting every mistake on the way instead of stopping
 * at the first one.
 */
#ifndef EXPERIMENTS_READER_H
#define EXPERIMENTS_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "experiments/document.h"
#include "experiments/experiment.h"

struct reader {
	struct arena *arena;
	struct err_list *errors;
	struct experiment *experiment; /* its variables are read first */
};

/* Notes a mistake at the node's place. */
void reader_error(struct reader *reader, const struct node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Notes "KEY: what is wrong" for an error of a parsing function. */
void reader_wrong(
	struct reader *reader, const struct node *node, const char *key, const struct err *err);

/* Is it a mapping? Notes a mistake when not. what names it: "a target". */
bool reader_mapping(struct reader *reader, const struct node *node, const char *what);

/* Notes every key of a mapping that is not in the NULL-terminated list, with the nearest one. */
void reader_known_keys(struct reader *reader, const struct node *mapping, const char *const *known);

/* The text of a scalar with its variables replaced; NULL after noting a mistake. */
const char *reader_text(struct reader *reader, const struct node *node, const char *key);

/* Values under a key of a mapping. Each leaves *value as it is when the key is missing or wrong;
 * mistakes are noted. They return whether the key is there. */
bool reader_get_text(
	struct reader *reader, const struct node *mapping, const char *key, const char **value);
bool reader_get_duration(
	struct reader *reader, const struct node *mapping, const char *key, int64_t *value);
bool reader_get_bool(
	struct reader *reader, const struct node *mapping, const char *key, bool *value);

/* A scalar or a list of scalars; each checked by check (may be NULL). */
void reader_get_texts(struct reader *reader, const struct node *node, const char *key,
	int (*check)(const char *text, struct err *err), const char ***texts, size_t *count);

/* Replaces ${name} by the variable's value and $$ by $; NULL with err set when a name is unknown.
 */
const char *variables_expand(const struct experiment *experiment, struct arena *arena,
	const char *text, struct err *err);

/* Reads "variables:" (may be NULL) and the settings into the experiment. */
void variables_read(struct reader *reader, const struct node *node, const struct setting *settings,
	size_t setting_count);

/* The parts of an experiment; each reads one top-level key's node. */
void experiment_read_targets(struct reader *reader, const struct node *node);
void experiment_read_probes(struct reader *reader, const struct node *node);
void experiment_read_method(struct reader *reader, const struct node *node);
void experiment_read_guards(struct reader *reader, const struct node *node);
void experiment_read_limits(struct reader *reader, const struct node *node);

/* "all", "3" or "50%". */
void experiment_read_pick(struct reader *reader, const struct node *mapping, struct pick *pick);

/* The index of a target or probe, or -1 after noting the nearest name. */
long experiment_find_target(struct reader *reader, const struct node *node, const char *name);
long experiment_find_probe(struct reader *reader, const struct node *node, const char *name);

#endif
