/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_request.h"

#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "experiments/probes/http_easy.h"
#include "reports/mem.h"

#define NS_PER_US INT64_C(1000)

/* A line of an answer's head. libcurl limits its length, but not how many there are; and its own
 * time of the first byte is wrong for HTTP/2: it is set when anything comes in on the connection.
 */
static size_t header_receive(char *data, size_t size, size_t count, void *user)
{
	struct http_request *request = user;
	const size_t length = size * count;

	if (length >= 5 && memcmp(data, "HTTP/", 5) == 0) {
		request->first_byte_ns = clock_now();
		request->headers_ended = false;
	} else if (length > 0 && (data[0] == '\r' || data[0] == '\n')) {
		request->headers_ended = true;
	}
	request->headers_length += length;
	return request->headers_length > HTTP_HEADERS_MAX ? CURL_WRITEFUNC_ERROR : length;
}

bool http_request_open(struct http_request *request, bool cookies,
	void (*ended)(struct http_transfer *transfer, CURLcode code))
{
	CURL *easy = request->transfer.easy;

	if (easy != NULL)
		return true;
	easy = curl_easy_init();
	if (easy == NULL)
		return false;
	request->transfer.easy = easy;
	request->transfer.ended = ended;
	/* The empty name of a file is libcurl's way to ask for cookies in memory. */
	if (curl_easy_setopt(easy, CURLOPT_PRIVATE, &request->transfer) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_receive) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HEADERDATA, request) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_body_receive) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, &request->body) == CURLE_OK &&
		(!cookies || curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "") == CURLE_OK))
		return true;
	http_request_release(request);
	return false;
}

/* libcurl 7.88, which Debian 12 has, begins HTTP/2 on a connection without TLS again when it uses
 * it again, and that breaks it (curl pull request 10643). There, a request that must be HTTP/2 is
 * first made as one that may be, which works on a connection that is used again; but if it would
 * open one, it is stopped at that, and made as one that opens its own. */
bool http_reuse_is_broken(const struct http_probe *probe)
{
	const unsigned int version = curl_version_info(CURLVERSION_NOW)->version_num;

	return probe->version == HTTP_VERSION_2 && strncasecmp(probe->url, "http:", 5) == 0 &&
	       version >= 0x075800 && version < 0x080000;
}

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_request *request = data;

	(void)purpose;
	if (request->only_reuse) {
		request->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

enum reuse {
	REUSE_FREE,  /* as libcurl does it */
	REUSE_ONLY,  /* an old connection or none */
	REUSE_LATER, /* a new one, which others may use */
};

static bool set_reuse(struct http_request *request, enum reuse reuse)
{
	static const long versions[] = {
		[REUSE_ONLY] = CURL_HTTP_VERSION_2_0,
		[REUSE_LATER] = CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE,
	};
	CURL *easy = request->transfer.easy;
	const long fresh = reuse == REUSE_LATER ? 1 : 0;

	request->only_reuse = reuse == REUSE_ONLY;
	request->refused = false;
	if (reuse != REUSE_FREE &&
		curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, versions[reuse]) != CURLE_OK)
		return false;
	return curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, request) == CURLE_OK;
}

bool http_request_send(
	struct http_client *client, struct http_request *request, const struct http_probe *probe)
{
	const enum reuse reuse = http_reuse_is_broken(probe) ? REUSE_ONLY : REUSE_FREE;

	request->first_byte_ns = 0;
	return set_reuse(request, reuse) && http_client_add(client, &request->transfer);
}

bool http_request_again(struct http_client *client, struct http_request *request, CURLcode code)
{
	return code != CURLE_OK && request->refused && set_reuse(request, REUSE_LATER) &&
	       http_client_add(client, &request->transfer);
}

void http_request_release(struct http_request *request)
{
	curl_easy_cleanup(steal_pointer(&request->transfer.easy));
	http_body_release(&request->body);
}

void http_request_begin(struct http_request *request, bool keep)
{
	request->headers_length = 0;
	request->headers_ended = false;
	http_body_begin(&request->body, keep);
}

/* A line of headers that is too long is libcurl's "out of memory". */
static bool headers_too_large(const struct http_request *request, CURLcode code)
{
	return request->headers_length > HTTP_HEADERS_MAX || code == CURLE_OUT_OF_MEMORY;
}

enum outcome http_request_outcome(
	const struct http_request *request, const struct http_probe *probe, CURLcode code)
{
	if (code != CURLE_OK && headers_too_large(request, code))
		return OUTCOME_HEADERS_TOO_LARGE;
	if (code != CURLE_OK)
		return request->body.length > HTTP_BODY_MAX ? OUTCOME_TOO_LARGE
							    : http_outcome(code);
	/* To libcurl an answer is complete when it is broken off among its headers. */
	if (!request->headers_ended)
		return OUTCOME_RESET;
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

void http_request_parts(const struct http_request *request, bool first, struct probe_answer *answer)
{
	CURL *easy = request->transfer.easy;
	long connections = 0;

	answer->first_byte_ns =
		request->first_byte_ns > 0 ? request->first_byte_ns - answer->sent_ns : -1;
	if (!first || curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connections) != CURLE_OK ||
		connections == 0)
		return;
	answer->connect_ns = part_ns(easy, CURLINFO_CONNECT_TIME_T);
	answer->tls_ns = part_ns(easy, CURLINFO_APPCONNECT_TIME_T);
}
