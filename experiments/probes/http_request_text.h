/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_request_text - the bytes of a probe's request, for perturb's own HTTP client.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_REQUEST_TEXT_H
#define EXPERIMENTS_PROBES_HTTP_REQUEST_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/probes/http_probe.h"
#include "reports/err.h"

/* Are its requests made by http_wire? Else by libcurl, which can do more: whatever is out of the
 * ordinary goes there. */
bool http_by_wire(const struct http_probe *probe);

/* The request, as libcurl would write it; the caller frees it. The probe is one for the wire.
 * ERR_USAGE: a header is impossible. */
int http_request_text(
	const struct http_probe *probe, char **ret_text, size_t *ret_length, struct err *err);

#endif
