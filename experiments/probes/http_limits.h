/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_limits - how much of an answer is read, whoever reads it.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_LIMITS_H
#define EXPERIMENTS_PROBES_HTTP_LIMITS_H

#include <stddef.h>

#define HTTP_HEADERS_MAX ((size_t)100 * 1024) /* with those of redirects and 1xx, and trailers */
#define HTTP_BODY_MAX	 ((size_t)1024 * 1024)

#endif
