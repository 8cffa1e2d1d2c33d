/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_expand.h"

#include <string.h>

#include "experiments/probes/http_easy.h"
#include "reports/mem.h"

bool http_expands(const struct http_probe *probe)
{
	if (strstr(probe->url, "%{") != NULL)
		return true;
	if (probe->body != NULL && strstr(probe->body, "%{") != NULL)
		return true;
	for (size_t i = 0; i < probe->header_count; i++) {
		if (strstr(probe->headers[i].value, "%{") != NULL)
			return true;
	}
	return false;
}

static enum outcome expand_headers(const struct http_probe *probe, const struct http_values *values,
	struct http_expanded *expanded)
{
	struct header *headers = xcalloc(probe->header_count, sizeof(*headers));
	enum outcome outcome = OUTCOME_OK;

	for (size_t i = 0; i < probe->header_count && outcome == OUTCOME_OK; i++) {
		char *value = NULL;

		outcome = http_template_expand(
			probe->headers[i].value, TEMPLATE_HEADER, values, &value);
		headers[i] = (struct header){probe->headers[i].name, value};
	}
	if (outcome == OUTCOME_OK) {
		struct err ignored;

		expanded->probe.headers = headers;
		if (http_headers_make(&expanded->probe, &expanded->curl_headers, &ignored) != 0)
			outcome = OUTCOME_OTHER;
		expanded->probe.headers = probe->headers;
	}
	for (size_t i = 0; i < probe->header_count; i++)
		free((char *)headers[i].value);
	free(headers);
	return outcome;
}

enum outcome http_expand(const struct http_probe *probe, const struct http_values *values,
	struct http_expanded *expanded)
{
	enum outcome outcome;

	http_expanded_release(expanded);
	expanded->probe = *probe;
	outcome = http_template_expand(probe->url, TEMPLATE_URL, values, &expanded->url);
	if (outcome != OUTCOME_OK)
		return outcome;
	expanded->probe.url = expanded->url;
	if (probe->body != NULL) {
		outcome = http_template_expand(probe->body, TEMPLATE_BODY, values, &expanded->body);
		if (outcome != OUTCOME_OK)
			return outcome;
		expanded->probe.body = expanded->body;
	}
	return expand_headers(probe, values, expanded);
}

void http_expanded_release(struct http_expanded *expanded)
{
	free(expanded->url);
	free(expanded->body);
	curl_slist_free_all(expanded->curl_headers);
	*expanded = (struct http_expanded){0};
}
