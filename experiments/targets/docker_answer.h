/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker_answer - what a container engine answers, taken apart. Pure: text in, data out; a hostile
 * answer is an error, never a crash.
 */
#ifndef EXPERIMENTS_TARGETS_DOCKER_ANSWER_H
#define EXPERIMENTS_TARGETS_DOCKER_ANSWER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "reports/err.h"
#include "reports/mem.h"

struct container_label {
	const char *key;
	const char *value;
};

/* One entry of GET /containers/json. */
struct container {
	const char *id;
	const char *name; /* without the leading slash */
	const char *image;
	const char *state; /* running, paused, exited, created, … */
	struct container_label *labels;
	size_t label_count;
};

struct container_list {
	struct container *items;
	size_t count;
};

/* Reads the answer of GET /containers/json into the arena. */
int docker_parse_list(struct arena *arena, const char *text, size_t length,
	struct container_list *ret_list, struct err *err);

/* Reads the pid of the init process out of GET /containers/ID/json; 0 when it is not running. */
int docker_parse_pid(const char *text, size_t length, pid_t *ret_pid, struct err *err);

/* What a container is doing, in GET /containers/ID/json. Texts that are too long to be any known
 * one are cut. */
struct container_condition {
	char id[80];
	char state[16];	   /* running, paused, exited, … */
	char health[16];   /* starting, healthy, unhealthy; "": it has no health check */
	char started[40];  /* when it was last started, as the engine writes it */
	uint32_t restarts; /* by its restart policy */
	pid_t pid;	   /* 0: it is not running */
};
int docker_parse_condition(const char *text, size_t length,
	struct container_condition *ret_condition, struct err *err);

/* The "message" of an error answer, in the arena, or NULL. */
const char *docker_parse_message(struct arena *arena, const char *text, size_t length);

/* The value of a label, or NULL. */
const char *container_label(const struct container *container, const char *key);

#endif
