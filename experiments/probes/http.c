/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "experiments/probes/http_client.h"
#include "experiments/probes/http_match.h"
#include "reports/mem.h"

#define NS_PER_MS      INT64_C(1000000)
#define BODY_MAX       ((size_t)1024 * 1024)
#define BODY_IDLE_MAX  ((size_t)16 * 1024) /* a body buffer that is kept for the next request */
#define REDIRECTS_MAX  10L
#define REQUESTS_IDLE  16     /* easy handles kept for reuse */
#define RECEIVE_BUFFER 4096L /* probes read little; libcurl's default of 16 KiB adds up */

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

static enum outcome outcome_of(const struct http_request *request, CURLcode code)
{
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return OUTCOME_TIMEOUT;
	case CURLE_COULDNT_CONNECT:
	case CURLE_INTERFACE_FAILED:
		return OUTCOME_CONNECT;
	case CURLE_COULDNT_RESOLVE_HOST:
		return OUTCOME_DNS;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_ENGINE_NOTFOUND:
	case CURLE_SSL_ENGINE_SETFAILED:
	case CURLE_SSL_ENGINE_INITFAILED:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_CLIENTCERT:
		return OUTCOME_TLS;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
		return OUTCOME_RESET;
	case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9, or a redirect to another scheme */
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_CHUNK_FAILED:
		return OUTCOME_PROTOCOL;
	case CURLE_TOO_MANY_REDIRECTS:
		return OUTCOME_REDIRECT;
	default:
		return request->length > BODY_MAX ? OUTCOME_TOO_LARGE : OUTCOME_OTHER;
	}
}

static enum outcome request_judge(const struct http_request *request, CURLcode code)
{
	long status = 0;
	size_t kept = request->body != NULL ? request->length : 0;

	if (code != CURLE_OK)
		return outcome_of(request, code);
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

/* The first failure of a row of curl_easy_setopt calls stays in code. */
#define SET(code, easy, option, value)                                                             \
	do {                                                                                       \
		if ((code) == CURLE_OK)                                                            \
			(code) = curl_easy_setopt((easy), (option), (value));                      \
	} while (0)

static long timeout_ms(const struct http_probe *probe)
{
	int64_t ms = (probe->timeout_ns + NS_PER_MS - 1) / NS_PER_MS;

	return ms < 1 ? 1 : (long)ms;
}

static CURLcode method_set(CURL *easy, const struct http_probe *probe)
{
	CURLcode code = CURLE_OK;

	if (probe->body != NULL) {
		SET(code, easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(probe->body));
		SET(code, easy, CURLOPT_POSTFIELDS, probe->body);
	}
	if (strcmp(probe->method, "HEAD") == 0 && probe->body == NULL)
		SET(code, easy, CURLOPT_NOBODY, 1L);
	else if (strcmp(probe->method, "GET") != 0 || probe->body != NULL)
		SET(code, easy, CURLOPT_CUSTOMREQUEST, probe->method);
	return code;
}

static CURLcode tls_set(CURL *easy, const struct http_probe *probe)
{
	CURLcode code = CURLE_OK;

	if (probe->insecure) {
		SET(code, easy, CURLOPT_SSL_VERIFYPEER, 0L);
		SET(code, easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (probe->ca_file != NULL)
		SET(code, easy, CURLOPT_CAINFO, probe->ca_file);
	if (probe->cert_file != NULL)
		SET(code, easy, CURLOPT_SSLCERT, probe->cert_file);
	if (probe->key_file != NULL)
		SET(code, easy, CURLOPT_SSLKEY, probe->key_file);
	return code;
}

static CURLcode request_configure(struct http_request *request)
{
	const struct http_prober *prober = request->prober;
	const struct http_probe *probe = prober->probe;
	CURL *easy = request->transfer.easy;
	CURLcode code = CURLE_OK;

	SET(code, easy, CURLOPT_PRIVATE, &request->transfer);
	SET(code, easy, CURLOPT_URL, probe->url);
	SET(code, easy, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(code, easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	SET(code, easy, CURLOPT_FOLLOWLOCATION, probe->follow_redirects ? 1L : 0L);
	SET(code, easy, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	SET(code, easy, CURLOPT_PROXY, ""); /* none, whatever the environment says */
	SET(code, easy, CURLOPT_NOSIGNAL, 1L);
	SET(code, easy, CURLOPT_TIMEOUT_MS, timeout_ms(probe));
	SET(code, easy, CURLOPT_USERAGENT, "perturb/" PERTURB_VERSION);
	SET(code, easy, CURLOPT_HTTPHEADER, prober->headers);
	SET(code, easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	SET(code, easy, CURLOPT_WRITEFUNCTION, body_receive);
	SET(code, easy, CURLOPT_WRITEDATA, request);
	if (code == CURLE_OK)
		code = method_set(easy, probe);
	if (code == CURLE_OK)
		code = tls_set(easy, probe);
	return code;
}

static struct http_request *request_new(struct http_prober *prober)
{
	struct http_request *request = xcalloc(1, sizeof(*request));

	request->prober = prober;
	request->transfer.ended = request_ended;
	request->transfer.easy = curl_easy_init();
	if (request->transfer.easy == NULL || request_configure(request) != CURLE_OK) {
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

int http_url_check(const char *url, struct err *err)
{
	CURLU *parts = curl_url();
	char *scheme = NULL;
	CURLUcode code = parts != NULL ? curl_url_set(parts, CURLUPART_URL, url, 0)
				       : CURLUE_OUT_OF_MEMORY;
	int result = 0;

	if (code == CURLUE_OK)
		code = curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0);
	if (code != CURLUE_OK)
		result = err_set(err, ERR_USAGE, 0, "\"%s\" is not a URL: %s", url,
			curl_url_strerror(code));
	else if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		result = err_set(err, ERR_USAGE, 0, "\"%s\": expected http:// or https://", url);
	curl_free(scheme);
	curl_url_cleanup(parts);
	return result;
}

static bool header_given(const struct http_probe *probe, const char *name)
{
	for (size_t i = 0; i < probe->header_count; i++)
		if (strcasecmp(probe->headers[i].name, name) == 0)
			return true;
	return false;
}

static int header_add(struct http_prober *prober, const char *line, struct err *err)
{
	struct curl_slist *headers = curl_slist_append(prober->headers, line);

	if (headers == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "headers");
	prober->headers = headers;
	return 0;
}

/* What libcurl would add by itself to a request with a body is left out: it would claim a form,
 * and wait for a "100 Continue". */
static int headers_make(struct http_prober *prober, struct err *err)
{
	const struct http_probe *probe = prober->probe;

	for (size_t i = 0; i < probe->header_count; i++) {
		const struct header *header = &probe->headers[i];
		/* libcurl's way to send a header without a value */
		const char *format = header->value[0] == '\0' ? "%s;%s" : "%s: %s";
		cleanup_free char *line = NULL;

		if (strpbrk(header->name, "\r\n:") != NULL ||
			strpbrk(header->value, "\r\n") != NULL)
			return err_set(err, ERR_USAGE, 0, "header \"%s\": impossible character",
				header->name);
		line = format[2] == ';' ? xasprintf("%s;", header->name)
					: xasprintf("%s: %s", header->name, header->value);
		if (header_add(prober, line, err) != 0)
			return -1;
	}
	if (probe->body == NULL)
		return 0;
	if (!header_given(probe, "Content-Type") && header_add(prober, "Content-Type:", err) != 0)
		return -1;
	return header_given(probe, "Expect") ? 0 : header_add(prober, "Expect:", err);
}

static int file_check(const char *path, struct err *err)
{
	if (path != NULL && access(path, R_OK) != 0)
		return err_set(err, ERR_USAGE, errno, "%s", path);
	return 0;
}

int http_prober_new(struct http_client *client, const struct http_probe *probe, http_done *done,
	void *data, struct http_prober **ret_prober, struct err *err)
{
	struct http_prober *prober;

	if (http_url_check(probe->url, err) != 0 || file_check(probe->ca_file, err) != 0 ||
		file_check(probe->cert_file, err) != 0 || file_check(probe->key_file, err) != 0)
		return -1;
	prober = xcalloc(1, sizeof(*prober));
	prober->client = client;
	prober->probe = probe;
	prober->done = done;
	prober->data = data;
	if (http_match_new(probe, &prober->match, err) != 0 || headers_make(prober, err) != 0) {
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
	while (prober->first != NULL) {
		http_client_remove(prober->client, &prober->first->transfer);
		request_retire(prober->first);
	}
	while (prober->idle != NULL)
		request_free(request_take(prober));
	http_match_free(prober->match);
	curl_slist_free_all(prober->headers);
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
	while (prober->first != NULL) {
		struct http_request *request = prober->first;
		int64_t due_ns = request->due_ns;
		unsigned int tag = request->tag;

		http_client_remove(prober->client, &request->transfer);
		request_retire(request);
		prober->done(prober->data, due_ns, tag, OUTCOME_CANCELLED, clock_now());
	}
}
