/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_params - how a server is reached: a URL or connection string, in libpq's terms.
 *
 * libpq takes what a connection string leaves open from the environment and from the files of the
 * user that it runs as, which may well be root's. Here nothing but the string counts.
 */
#ifndef EXPERIMENTS_PROBES_POSTGRES_PARAMS_H
#define EXPERIMENTS_PROBES_POSTGRES_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiments/probes/resolve.h"
#include "reports/err.h"
#include "reports/mem.h"

struct postgres_param {
	const char *keyword;
	const char *value;
};

#define POSTGRES_FILES_MAX 5

/* In the arena that it was read into. */
struct postgres_params {
	struct postgres_param *items; /* of libpq, but for host, hostaddr and port */
	size_t count;
	const char *host;    /* a name or an address; of a Unix socket the directory, with a '/' */
	const char *address; /* "hostaddr": what to connect to instead of looking host up; NULL */
	uint16_t port;
	const char *files[POSTGRES_FILES_MAX]; /* that libpq is to read */
	size_t file_count;
};

/* Reads url; password, if it is not NULL, is taken instead of one in there. ERR_USAGE with the
 * reason, which may hold parts of url. */
int postgres_params_read(struct arena *arena, const char *url, const char *password,
	struct postgres_params *ret_params, struct err *err);

/* Does host name a directory of Unix sockets? */
bool postgres_params_local(const struct postgres_params *params);

/* The connection string for libpq, heap, with the password in it. addresses are tried in their
 * order; count is 0 for a Unix socket. */
char *postgres_params_text(const struct postgres_params *params,
	const struct resolve_address *addresses, size_t count);

#endif
