/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server may say to probes: a gRPC health status, an answer of Prometheus, and texts of a
 * sequence with what was captured. The first byte says which.
 */
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/grpc_message.h"
#include "experiments/probes/http_template.h"
#include "experiments/probes/prometheus_answer.h"
#include "reports/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_prometheus(const char *text, size_t length)
{
	struct number_range conditions = {0};
	struct prometheus_answer answer;
	struct err err;

	if (number_range_add(">= 0", &conditions, &err) != 0)
		abort();
	answer = prometheus_answer_read(text, length, &conditions, length % 2 == 0);
	if (answer.outcome == OUTCOME_OK && answer.has_value && !(answer.value >= 0))
		abort();
}

/* The text is the template and the value; a header has one line. */
static void expand(const char *text, enum template_place place)
{
	struct http_values values = {0};
	char *expanded = NULL;

	http_values_set(&values, "a", xstrdup(text));
	if (http_template_expand(text, place, &values, &expanded) == OUTCOME_OK &&
		(strlen(expanded) > HTTP_EXPANDED_MAX ||
			(place == TEMPLATE_HEADER && strpbrk(text, "\r\n") == NULL &&
				strpbrk(expanded, "\r\n") != NULL)))
		abort();
	free(expanded);
	http_values_clear(&values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t status;
	char *text;

	if (size == 0)
		return 0;
	text = xcalloc(size, 1);
	memcpy(text, data + 1, size - 1);
	switch (data[0] % 5) {
	case 0:
		(void)grpc_health_answer(data + 1, size - 1, &status);
		break;
	case 1:
		read_prometheus(text, size - 1);
		break;
	default:
		expand(text, (enum template_place)(data[0] % 5 - 2));
		break;
	}
	free(text);
	return 0;
}
