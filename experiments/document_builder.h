/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document_builder - makes the nodes of a document from libyaml's events, within its limits.
 */
#ifndef EXPERIMENTS_DOCUMENT_BUILDER_H
#define EXPERIMENTS_DOCUMENT_BUILDER_H

#include <yaml.h>

#include "experiments/document.h"

/* A collection whose end has not been seen. */
struct builder_frame {
	struct node *node;
	const char *anchor;	  /* NULL: none */
	const struct node *key;	  /* of a mapping: the one that waits for its value */
	const struct node *merge; /* of a mapping: the value of "<<" */
};

struct builder_anchor {
	const char *name;
	const struct node *node; /* NULL: still open */
};

/* Zero-initialise all but the first three. */
struct builder {
	struct arena *arena;
	const char *file;
	struct err_list *errors;
	struct builder_frame frames[DOCUMENT_DEPTH_MAX];
	size_t depth;
	struct builder_anchor anchors[DOCUMENT_ANCHORS_MAX];
	size_t anchor_count;
	size_t created; /* nodes */
	const struct node *root;
};

/* The place of a mark: they count from 0, in characters. */
struct loc builder_loc(const struct builder *builder, const yaml_mark_t *mark);

/* Adds what the event says. On failure (-1) the reason is in errors; a key that is given twice is
 * added there as well, but the reading goes on. */
int builder_take(struct builder *builder, const yaml_event_t *event);

#endif
