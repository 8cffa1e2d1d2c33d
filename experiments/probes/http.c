/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http.h"

#include <string.h>

#include "experiments/probes/http_client.h"
#include "experiments/probes/http_easy.h"
#include "experiments/probes/http_match.h"
#include "reports/mem.h"

#define BODY_MAX      ((size_t)1024 * 1024)
#define BODY_IDLE_MAX ((size_t)16 * 1024) /* a body buffer that is kept for the next request */
#define REQUESTS_IDLE 16		  /* easy handles kept for reuse */

/* One request; it stays configured and is used again. */
struct http_request {
	struct http_transfer transfer; /* first: the two are converted into each other */
	struct http_prober *prober;
	struct http_request *previous; /* in flight: the one sent before; idle: unused */
	struct http_request *next;
	int64_t due_ns;
	unsigned int tag;
	size_t length; /* of the body so far */
	char *body;    /* what is kept of it, NUL-terminated; or NULL */
	size_t body_size;
};

struct http_prober {
	struct http_client *client;
	const struct http_probe *probe;
	struct http_match *match;
	struct curl_slist *headers;
	struct http_files files;
	http_done *done;
	void *data;
	struct http_request *first; /* in flight, in the order of sending */
	struct http_request *last;
	size_t in_flight;
	struct http_request *idle; /* by next */
	size_t idle_count;
};

static size_t body_receive(char *data, size_t size, size_t count, void *user)
{
	struct http_request *request = user;
	size_t length = size * count;

	if (length > BODY_MAX - request->length) {
		request->length = BODY_MAX + 1;
		return CURL_WRITEFUNC_ERROR;
	}
	if (http_match_wants_body(request->prober->match)) {
		size_t needed = request->length + length + 1;

		if (needed > request->body_size) {
			size_t wanted = needed < 1024 ? 1024 : needed * 2;
			char *body = realloc(request->body, wanted);

			if (body == NULL)
				return CURL_WRITEFUNC_ERROR;
			request->body = body;
			request->body_size = wanted;
		}
		memcpy(request->body + request->length, data, length);
		request->body[needed - 1] = '\0';
	}
	request->length += length;
	return length;
}

static enum outcome request_judge(const struct http_request *request, CURLcode code)
{
	long status = 0;
	size_t kept = request->body != NULL ? request->length : 0;

	if (code != CURLE_OK)
		return request->length > BODY_MAX ? OUTCOME_TOO_LARGE : http_outcome(code);
	if (curl_easy_getinfo(request->transfer.easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
		return OUTCOME_OTHER;
	return http_match_judge(
		request->prober->match, status, kept > 0 ? request->body : "", kept);
}

static void request_free(struct http_request *request)
{
	if (request == NULL)
		return;
	if (request->transfer.easy != NULL)
		curl_easy_cleanup(request->transfer.easy);
	free(request->body);
	free(request);
}

/* Takes a request out of those in flight and keeps it for reuse. */
static void request_retire(struct http_request *request)
{
	struct http_prober *prober = request->prober;

	if (request->previous != NULL)
		request->previous->next = request->next;
	else
		prober->first = request->next;
	if (request->next != NULL)
		request->next->previous = request->previous;
	else
		prober->last = request->previous;
	prober->in_flight--;
	if (prober->idle_count >= REQUESTS_IDLE) {
		request_free(request);
		return;
	}
	if (request->body_size > BODY_IDLE_MAX) {
		free(steal_pointer(&request->body));
		request->body_size = 0;
	}
	request->next = prober->idle;
	prober->idle = request;
	prober->idle_count++;
}

static void request_ended(struct http_transfer *transfer, CURLcode code)
{
	struct http_request *request = (struct http_request *)transfer;
	const struct http_prober *prober = request->prober;
	int64_t now = clock_now(); /* the match is our time, not the server's */
	enum outcome outcome = request_judge(request, code);
	int64_t due_ns = request->due_ns;
	unsigned int tag = request->tag;

	request_retire(request);
	prober->done(prober->data, due_ns, tag, outcome, now);
}

static int request_configure(struct http_request *request)
{
	const struct http_prober *prober = request->prober;
	CURL *easy = request->transfer.easy;

	if (http_easy_configure(easy, prober->probe, prober->headers, &prober->files) != 0 ||
		curl_easy_setopt(easy, CURLOPT_PRIVATE, &request->transfer) != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_receive) != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, request) != CURLE_OK)
		return -1;
	return 0;
}

static struct http_request *request_new(struct http_prober *prober)
{
	struct http_request *request = xcalloc(1, sizeof(*request));

	request->prober = prober;
	request->transfer.ended = request_ended;
	request->transfer.easy = curl_easy_init();
	if (request->transfer.easy == NULL || request_configure(request) != 0) {
		request_free(request);
		return NULL;
	}
	return request;
}

static struct http_request *request_take(struct http_prober *prober)
{
	struct http_request *request = prober->idle;

	if (request == NULL)
		return request_new(prober);
	prober->idle = request->next;
	prober->idle_count--;
	return request;
}

int http_prober_new(struct http_client *client, const struct http_probe *probe, http_done *done,
	void *data, struct http_prober **ret_prober, struct err *err)
{
	struct http_prober *prober;

	if (http_url_check(probe->url, err) != 0)
		return -1;
	prober = xcalloc(1, sizeof(*prober));
	prober->client = client;
	prober->probe = probe;
	prober->done = done;
	prober->data = data;
	if (http_files_read(probe, &prober->files, err) != 0 ||
		http_match_new(probe, &prober->match, err) != 0 ||
		http_headers_make(probe, &prober->headers, err) != 0) {
		http_prober_free(prober);
		return -1;
	}
	*ret_prober = prober;
	return 0;
}

void http_prober_free(struct http_prober *prober)
{
	if (prober == NULL)
		return;
	for (struct http_request *request = prober->first, *next; request != NULL; request = next) {
		next = request->next;
		http_client_remove(prober->client, &request->transfer);
		request_retire(request);
	}
	while (prober->idle != NULL)
		request_free(request_take(prober));
	http_match_free(prober->match);
	curl_slist_free_all(prober->headers);
	http_files_release(&prober->files);
	free(prober);
}

int http_prober_send(struct http_prober *prober, int64_t due_ns, unsigned int tag)
{
	struct http_request *request = request_take(prober);

	if (request == NULL)
		return -1;
	if (!http_client_add(prober->client, &request->transfer)) {
		request->next = prober->idle;
		prober->idle = request;
		prober->idle_count++;
		return -1;
	}
	request->due_ns = due_ns;
	request->tag = tag;
	request->length = 0;
	request->next = NULL;
	request->previous = prober->last;
	if (prober->last != NULL)
		prober->last->next = request;
	else
		prober->first = request;
	prober->last = request;
	prober->in_flight++;
	return 0;
}

size_t http_prober_in_flight(const struct http_prober *prober)
{
	return prober->in_flight;
}

size_t http_prober_overdue(const struct http_prober *prober, int64_t due_ns)
{
	const struct http_request *request = prober->first;
	size_t count = 0;

	for (; request != NULL && request->due_ns < due_ns; request = request->next)
		count++;
	return count;
}

void http_prober_cancel(struct http_prober *prober)
{
	for (struct http_request *request = prober->first, *next; request != NULL; request = next) {
		int64_t due_ns = request->due_ns;
		unsigned int tag = request->tag;

		next = request->next;
		http_client_remove(prober->client, &request->transfer);
		request_retire(request);
		prober->done(prober->data, due_ns, tag, OUTCOME_CANCELLED, clock_now());
	}
}
