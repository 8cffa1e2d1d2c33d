/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode - from nodes of a document to fields of structures, by tables.
 *
 * Nothing here returns a failure: what is wrong goes into the list of errors, with its place, and
 * the reading goes on, so that one run shows every mistake. The structure is only good when the
 * list stayed empty.
 */
#ifndef EXPERIMENTS_DECODE_H
#define EXPERIMENTS_DECODE_H

#include "experiments/document.h"
#include "experiments/nearest.h"
#include "experiments/quote.h"
#include "experiments/variables.h"

struct decode {
	struct arena *arena;
	struct err_list *errors;
	struct variables variables;
	size_t expressions; /* regular expressions so far */
};

/* Reads a value into the place of its type; name is for messages. */
typedef void decode_reader(
	struct decode *decode, const struct node *node, const char *name, void *ret_value);

/* One key of a mapping; tables end with a NULL name and are read in their order. */
struct member {
	const char *name;
	decode_reader *read;
	size_t offset; /* of the value in the structure */
	bool required;
};

/* Reads a mapping: only the table's keys, each with its reader. False if node is no mapping. */
bool decode_mapping(struct decode *decode, const struct node *node, const char *name,
	const struct member *members, void *ret_structure);

/* Its parts, for mappings with further keys: what the table has, whether the table has a key, and
 * the error for a key that is in no table (with the nearest of this one). */
void decode_members(struct decode *decode, const struct node *mapping, const struct member *members,
	void *ret_structure);
bool decode_knows(const struct member *members, const char *name);
void decode_unknown_member(
	struct decode *decode, const struct node *key, const struct member *members);

/* The error for a key that none of those is that were offered to nearest: with the one that was
 * perhaps meant, or what there is to say of the keys here. */
void decode_unknown_key(struct decode *decode, const struct node *key,
	const struct nearest *nearest, const char *keys);

/* Has the node the type? Else adds an error. An empty collection is an error too. */
bool decode_is(
	struct decode *decode, const struct node *node, enum node_type type, const char *name);

/* The nearest of names to be offered. Finds none when no further error will be shown anyway: a
 * thousand wrong names against a thousand right ones take seconds. */
struct nearest decode_nearest(const struct decode *decode, const char *name);

/* A scalar after the substitution of variables. */
struct scalar {
	const char *text;
	bool secret; /* comes from a secret variable */
	bool hidden; /* must not be shown: it is secret, or in a private file */
};
bool decode_scalar(struct decode *decode, const struct node *node, const char *name,
	const char *expected, struct scalar *ret_scalar);

/* The scalar fit to be shown: "***" if it is hidden. Borrow it no longer than the call it is for.
 */
struct quoted scalar_shown(const struct scalar *scalar);

/* The text of a key as a name for messages; in the arena. */
const char *decode_name(struct decode *decode, const struct node *key);

/* Adds what a reader of text said about a scalar, or only what was expected if that is hidden. */
void decode_reject(struct decode *decode, const struct node *node, const char *name,
	const struct scalar *scalar, const char *expected, const struct err *err);

/* Adds an error unless the scalar is a pattern (pattern.h). */
#define PATTERN_EXPECTED "a name, a glob or a /regular expression/"
void decode_check_pattern(struct decode *decode, const struct node *node, const char *name,
	const struct scalar *scalar);

/* Readers. The type that ret_value points to is in the comment. */
decode_reader decode_text;	 /* const char *; not empty */
decode_reader decode_any_text;	 /* const char *; may be empty */
decode_reader decode_pattern;	 /* const char *; pattern.h */
decode_reader decode_expression; /* const char *; expression.h */
decode_reader decode_duration;	 /* int64_t, nanoseconds */
decode_reader decode_count;	 /* uint32_t */
decode_reader decode_boolean;	 /* bool */

#endif
