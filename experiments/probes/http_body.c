/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_body.h"

#include <string.h>

#include "reports/mem.h"

#define SIZE_LEAST ((size_t)1024)
#define SIZE_KEPT  ((size_t)16 * 1024)

void http_body_add(struct http_body *body, const char *bytes, size_t length)
{
	const size_t needed = body->length + length + 1;

	if (needed > body->size) {
		const size_t size = needed < SIZE_LEAST ? SIZE_LEAST : needed * 2;
		char *text = realloc(body->text, size);

		if (text == NULL)
			out_of_memory();
		body->text = text;
		body->size = size;
	}
	memcpy(body->text + body->length, bytes, length);
	body->length += length;
	body->text[body->length] = '\0';
}

void http_body_reset(struct http_body *body)
{
	body->length = 0;
	if (body->size > SIZE_KEPT)
		http_body_release(body);
}

void http_body_release(struct http_body *body)
{
	free(body->text);
	*body = (struct http_body){0};
}
