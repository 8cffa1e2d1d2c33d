/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream - the gateway's side of a service behind it: requests over connections that are kept.
 *
 * Safe to use from many threads at once. Lives as long as the process.
 */
#ifndef CLI_DEMO_SERVICES_UPSTREAM_H
#define CLI_DEMO_SERVICES_UPSTREAM_H

#include <stddef.h>

enum upstream_result {
	UPSTREAM_OK,
	UPSTREAM_TIMEOUT,
	UPSTREAM_FAILED, /* no connection, a broken answer, or a status other than 200 */
};

struct upstream;

/* url is borrowed. NULL when libcurl or memory fails. */
struct upstream *upstream_new(const char *url, long timeout_ms);

/* One GET. Only with UPSTREAM_OK the caller gets a body, to be freed. */
enum upstream_result upstream_get(struct upstream *upstream, char **ret_body, size_t *ret_size);

#endif
