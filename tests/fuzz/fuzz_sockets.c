/* SPDX-License-Identifier: Apache-2.0 */
/* What name servers and Redis servers may answer. The first byte says which of them it is. */
#include <stdlib.h>
#include <string.h>

#include "experiments/probes/dns_answer.h"
#include "experiments/probes/resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A reply is the same wherever its bytes end, and its parts are inside of it. */
static void read_replies(const uint8_t *bytes, size_t length)
{
	struct resp reply;
	struct resp element;
	size_t whole;
	size_t size;
	char *text;

	if (resp_read(bytes, length, &reply, &whole) != RESP_COMPLETE)
		return;
	if (whole > length || whole == 0)
		abort();
	if (resp_read(bytes, whole, &reply, &size) != RESP_COMPLETE || size != whole ||
		resp_read(bytes, whole - 1, &element, &size) != RESP_MORE)
		abort();
	text = malloc(whole);
	if (text == NULL)
		abort();
	if (resp_text(&reply, text) >= whole)
		abort();
	free(text);
	if (reply.type == RESP_ARRAY && reply.count > 0 &&
		!resp_element(&reply, reply.count - 1, &element))
		abort();
}

/* The corpus has the id and the question, so that more than the header is read. */
static void read_answer(const uint8_t *bytes, size_t length, uint16_t id)
{
	static char text[DNS_RECORD_TEXT_MAX];
	struct dns_question question = {0};
	struct dns_reply reply;
	size_t at;

	if (!dns_question_make("a.test", 16, &question))
		abort();
	if (dns_answer_read(bytes, length, &question, id, &reply) != DNS_READING_COMPLETE)
		return;
	at = reply.first;
	for (unsigned int i = 0; i < reply.records; i++) {
		(void)dns_record_text(&reply, &at, text);
		if (at > length || strlen(text) >= sizeof(text))
			abort();
	}
	(void)dns_answer_contains(&reply, "x", text);
}

/* In memory of exactly that size. */
static uint8_t *copy(const uint8_t *bytes, size_t length)
{
	uint8_t *exact = malloc(length == 0 ? 1 : length);

	if (exact == NULL)
		abort();
	if (length > 0)
		memcpy(exact, bytes, length);
	return exact;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (size == 0)
		return 0;
	bytes = copy(data + 1, size - 1);
	if (data[0] % 2 == 0)
		read_replies(bytes, size - 1);
	else
		read_answer(bytes, size - 1, 0x1234);
	free(bytes);
	return 0;
}
