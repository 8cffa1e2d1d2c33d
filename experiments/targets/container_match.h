/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container_match - which containers a selector means. Pure: no engine is asked.
 */
#ifndef EXPERIMENTS_TARGETS_CONTAINER_MATCH_H
#define EXPERIMENTS_TARGETS_CONTAINER_MATCH_H

#include <stdbool.h>

#include "experiments/experiment.h"
#include "experiments/targets/docker_answer.h"

/* Does the container meet every criterion, apart from the list of names? */
bool container_matches(const struct selector *selector, const struct container *container);

/* Is it called so? A long enough beginning of its id is as good as a name: that is what "docker
 * run -d" and "docker ps" print. */
bool container_is_named(const struct container *container, const char *pattern);

/* Is this container the one that the selector had chosen, which had the id and the name: the same
 * one, or another one under the same name that the selector would choose again? */
bool container_succeeds(const struct selector *selector, const char *id, const char *name,
	const struct container *container);

/* Is the text the beginning of an id, not a pattern? */
bool container_id_prefix(const char *text);

/* What the selector asks for, for a message: "name 'users' and image 'nginx'"; name is the one of
 * its names that is meant, or NULL. */
const char *container_wanted(
	struct arena *arena, const struct selector *selector, const char *name);

/* What a misspelt criterion would be near to: the criterion, and this container's value of it
 * (NULL: it has none). */
const char *container_near_wanted(const struct selector *selector, const char *name);
const char *container_near_value(
	const struct selector *selector, const char *name, const struct container *container);

#endif
