/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document - a YAML text as a tree of nodes that know their places.
 *
 * Constant once it is read, and everything hangs on the arena. An alias is the very node that its
 * anchor names, so walk the tree only as deep as what is looked for goes. Merge keys ("<<") are
 * refused, keys are unique scalars, and no text contains a NUL byte or malformed UTF-8.
 */
#ifndef EXPERIMENTS_DOCUMENT_H
#define EXPERIMENTS_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "reports/err.h"
#include "reports/mem.h"

/* What is refused, so that hostile files cost neither time nor memory. */
#define DOCUMENT_SIZE_MAX    ((size_t)1024 * 1024) /* bytes of a file */
#define DOCUMENT_SCALAR_MAX  ((size_t)64 * 1024)   /* bytes of one scalar */
#define DOCUMENT_DEPTH_MAX   64
#define DOCUMENT_ENTRIES_MAX 1000  /* of one mapping or list */
#define DOCUMENT_NODES_MAX   20000 /* with every alias counted as what it stands for */
#define DOCUMENT_ANCHORS_MAX 256

enum node_type { NODE_SCALAR, NODE_LIST, NODE_MAPPING };

struct node_entry {
	const struct node *key; /* a scalar; NULL in lists */
	const struct node *value;
};

struct node {
	enum node_type type;
	struct loc loc;
	const char *text; /* of a scalar, NUL-terminated */
	bool plain;	  /* a scalar without quotes: it may mean null */
	struct node_entry *entries;
	size_t count;
	size_t weight; /* nodes in it, every alias counted as what it stands for */
	size_t height; /* levels of collections in it */
};

/* Reads text, which need not be terminated. On failure (-1) errors says what is wrong and where; a
 * key that is given twice is added there as well, but its first value stands and the tree is whole.
 * file is borrowed by every place. */
int document_parse(struct arena *arena, const char *file, const char *text, size_t length,
	const struct node **ret_root, struct err_list *errors);

/* The value of a key in a mapping, or NULL. */
const struct node *node_find(const struct node *mapping, const char *key);

/* The items of a list; what is no list counts as the only item. */
size_t node_count(const struct node *node);
const struct node *node_item(const struct node *node, size_t index);

/* Nothing was written ("key:"), or null. */
bool node_is_null(const struct node *node);

/* "a list", "a mapping", "nothing" or "text", for messages. */
const char *node_type_name(const struct node *node);

#endif
