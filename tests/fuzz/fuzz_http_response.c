/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What any server may answer. The first byte says whether it is an answer to HEAD, the second in
 * what pieces it comes in: they must make no difference.
 */
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/http_body.h"
#include "experiments/probes/http_response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	struct http_response response;
	struct http_body body;
	size_t used;
};

static void body_add(void *data, const char *bytes, size_t length)
{
	if (!http_body_add(data, bytes, length))
		abort();
}

static void read_in_pieces(
	struct outcome *outcome, bool head, const uint8_t *bytes, size_t length, size_t piece)
{
	memset(outcome, 0, sizeof(*outcome));
	http_body_begin(&outcome->body, true);
	http_response_begin(&outcome->response, head, body_add, &outcome->body);
	while (outcome->response.progress == HTTP_UNFINISHED && outcome->used < length) {
		const size_t left = length - outcome->used;
		/* Memory of its own, so that reading past its end shows. */
		const size_t size = left < piece ? left : piece;
		char *copy = malloc(size);
		size_t used;

		if (copy == NULL)
			abort();
		memcpy(copy, bytes + outcome->used, size);
		(void)http_response_feed(&outcome->response, copy, size, &used);
		if (used > size || (outcome->response.progress == HTTP_UNFINISHED && used != size))
			abort();
		outcome->used += used;
		free(copy);
	}
	if (http_response_end(&outcome->response) == HTTP_UNFINISHED)
		abort();
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	if (a->response.progress != b->response.progress ||
		a->response.status != b->response.status ||
		a->response.persistent != b->response.persistent)
		return false;
	return a->response.progress != HTTP_COMPLETE ||
	       (a->used == b->used && a->body.length == b->body.length &&
		       (a->body.length == 0 ||
			       memcmp(a->body.data, b->body.data, a->body.length) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, pieces;
	bool head;

	if (size < 2)
		return 0;
	head = (data[0] & 1) != 0;
	read_in_pieces(&whole, head, data + 2, size - 2, size);
	read_in_pieces(&pieces, head, data + 2, size - 2, (size_t)data[1] + 1);
	if (whole.response.body_length > HTTP_BODY_MAX ||
		whole.response.body_length != whole.body.length || !same(&whole, &pieces))
		abort();
	http_body_release(&whole.body);
	http_body_release(&pieces.body);
	return 0;
}
