/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_url - URLs of probes, as libcurl understands them.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_URL_H
#define EXPERIMENTS_PROBES_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reports/err.h"

/* Is url one that a probe can ask? Else ERR_USAGE with the reason. */
int http_url_check(const char *url, struct err *err);

/* The host, without the brackets of an IPv6 address, and the port. False: it has none, or the host
 * does not fit. */
bool http_url_place(const char *url, char *ret_host, size_t size, uint16_t *ret_port);

#endif
