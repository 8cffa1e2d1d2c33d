/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_request.h"

#include "experiments/probes/http_easy.h"
#include "reports/mem.h"

#define NS_PER_US INT64_C(1000)

bool http_request_open(
	struct http_request *request, void (*ended)(struct http_transfer *transfer, CURLcode code))
{
	CURL *easy = request->transfer.easy;

	if (easy == NULL)
		easy = curl_easy_init();
	else
		curl_easy_reset(easy);
	if (easy == NULL)
		return false;
	request->transfer.easy = easy;
	request->transfer.ended = ended;
	if (curl_easy_setopt(easy, CURLOPT_PRIVATE, &request->transfer) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_body_receive) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, &request->body) == CURLE_OK)
		return true;
	http_request_release(request);
	return false;
}

void http_request_release(struct http_request *request)
{
	curl_easy_cleanup(steal_pointer(&request->transfer.easy));
	http_body_release(&request->body);
}

enum outcome http_request_outcome(
	const struct http_request *request, const struct http_probe *probe, CURLcode code)
{
	if (code != CURLE_OK)
		return request->body.length > HTTP_BODY_MAX ? OUTCOME_TOO_LARGE
							    : http_outcome(code);
	return http_version_is_right(request->transfer.easy, probe) ? OUTCOME_OK : OUTCOME_PROTOCOL;
}

long http_request_status(const struct http_request *request)
{
	long status = 0;

	return curl_easy_getinfo(request->transfer.easy, CURLINFO_RESPONSE_CODE, &status) ==
			       CURLE_OK
		       ? status
		       : 0;
}

const char *http_request_header(void *data, const char *name, size_t index)
{
	const struct http_request *request = data;
	struct curl_header *header;

	/* -1: of the last answer, if there were redirects. */
	return curl_easy_header(request->transfer.easy, name, index, CURLH_HEADER | CURLH_TRAILER,
		       -1, &header) == CURLHE_OK
		       ? header->value
		       : NULL;
}

/* Zero is libcurl's "did not happen", as on a connection that is used again. */
static int64_t part_ns(CURL *easy, CURLINFO part)
{
	curl_off_t us = 0;

	return curl_easy_getinfo(easy, part, &us) == CURLE_OK && us > 0 ? us * NS_PER_US : -1;
}

void http_request_parts(
	const struct http_request *request, int64_t begin_ns, struct probe_answer *answer)
{
	CURL *easy = request->transfer.easy;
	const int64_t first_byte_ns = part_ns(easy, CURLINFO_STARTTRANSFER_TIME_T);
	long connections = 0;

	answer->first_byte_ns = first_byte_ns >= 0 ? begin_ns + first_byte_ns : -1;
	/* In a row of requests the first connection is the one that counts. */
	if (begin_ns > 0 ||
		curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connections) != CURLE_OK ||
		connections == 0)
		return;
	answer->connect_ns = part_ns(easy, CURLINFO_CONNECT_TIME_T);
	answer->tls_ns = part_ns(easy, CURLINFO_APPCONNECT_TIME_T);
}
