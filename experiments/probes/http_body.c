/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_body.h"

#include <stdlib.h>
#include <string.h>

#include "reports/mem.h"

#define IDLE_MAX ((size_t)16 * 1024) /* a buffer that is kept for the next answer */

bool http_body_add(struct http_body *body, const char *bytes, size_t length)
{
	if (length > HTTP_BODY_MAX - body->length) {
		body->length = HTTP_BODY_MAX + 1;
		return false;
	}
	if (body->keep) {
		const size_t needed = body->length + length + 1;

		if (needed > body->size) {
			const size_t wanted = needed < 1024 ? 1024 : needed * 2;
			char *larger = realloc(body->data, wanted);

			if (larger == NULL)
				return false;
			body->data = larger;
			body->size = wanted;
		}
		memcpy(body->data + body->length, bytes, length);
		body->data[needed - 1] = '\0';
	}
	body->length += length;
	return true;
}

size_t http_body_receive(char *data, size_t size, size_t count, void *user)
{
	return http_body_add(user, data, size * count) ? size * count : CURL_WRITEFUNC_ERROR;
}

void http_body_begin(struct http_body *body, bool keep)
{
	if (body->size > IDLE_MAX)
		http_body_release(body);
	body->length = 0;
	body->keep = keep;
}

const char *http_body_text(const struct http_body *body, size_t *ret_length)
{
	const bool kept = body->keep && body->length > 0;

	*ret_length = kept ? body->length : 0;
	return kept ? body->data : "";
}

void http_body_release(struct http_body *body)
{
	free(steal_pointer(&body->data));
	body->size = 0;
}
