/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_status - which status codes of HTTP count as success: "200", "200-299" or "2xx".
 */
#ifndef EXPERIMENTS_HTTP_STATUS_H
#define EXPERIMENTS_HTTP_STATUS_H

#include <stdbool.h>

#define HTTP_STATUS_MIN	     100
#define HTTP_STATUS_MAX	     599
#define HTTP_STATUS_EXPECTED "a status from 100 to 599, a range such as 200-299, or 2xx"

/* Marks what text names in allowed, which has HTTP_STATUS_MAX + 1 entries. */
bool http_status_parse(const char *text, bool *allowed);

#endif
