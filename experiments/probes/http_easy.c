/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_easy.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "reports/mem.h"

#define REDIRECTS_MAX  10L
#define RECEIVE_BUFFER 2048L /* for each in flight; libcurl has 16 KiB, but probes read little */

enum outcome http_outcome(CURLcode code)
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
		return OUTCOME_OTHER;
	}
}

/* The first failure of a row of curl_easy_setopt calls stays in code. */
#define SET(code, easy, option, value)                                                             \
	do {                                                                                       \
		if ((code) == CURLE_OK)                                                            \
			(code) = curl_easy_setopt((easy), (option), (value));                      \
	} while (0)

static CURLcode method_set(CURL *easy, const struct http_probe *probe)
{
	CURLcode code = CURLE_OK;

	/* As a new handle has it. */
	SET(code, easy, CURLOPT_HTTPGET, 1L);
	SET(code, easy, CURLOPT_CUSTOMREQUEST, NULL);
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

static CURLcode tls_set(CURL *easy, const struct http_probe *probe, const struct http_files *files)
{
	CURLcode code = CURLE_OK;

	if (probe->insecure) {
		SET(code, easy, CURLOPT_SSL_VERIFYPEER, 0L);
		SET(code, easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	return code == CURLE_OK ? http_files_set(files, easy) : code;
}

/* Without TLS nothing can be negotiated, so that HTTP/2 has to be begun with. No request waits for
 * a connection that another one is making (CURLOPT_PIPEWAIT): if that fails, the next would make
 * one, and so on, each later than it was due. */
static CURLcode version_set(CURL *easy, const struct http_probe *probe)
{
	const bool tls = strncasecmp(probe->url, "https:", 6) == 0;
	CURLcode code = CURLE_OK;

	switch (probe->version) {
	case HTTP_VERSION_AUTO:
		break; /* HTTP/2 is offered by TLS */
	case HTTP_VERSION_1_1:
		SET(code, easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
		break;
	case HTTP_VERSION_2:
		SET(code, easy, CURLOPT_HTTP_VERSION,
			(long)(tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE));
		break;
	}
	return code;
}

bool http_version_is_right(CURL *easy, const struct http_probe *probe)
{
	long version = 0;

	if (probe->version == HTTP_VERSION_AUTO)
		return true;
	return curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version) == CURLE_OK &&
	       version >= (probe->version == HTTP_VERSION_2 ? CURL_HTTP_VERSION_2_0
							    : CURL_HTTP_VERSION_1_1);
}

int http_easy_configure(CURL *easy, const struct http_probe *probe, struct curl_slist *headers,
	const struct http_files *files)
{
	CURLcode code = CURLE_OK;

	SET(code, easy, CURLOPT_URL, probe->url);
	SET(code, easy, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(code, easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	SET(code, easy, CURLOPT_FOLLOWLOCATION, probe->follow_redirects ? 1L : 0L);
	SET(code, easy, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	SET(code, easy, CURLOPT_PROXY, ""); /* none, whatever the environment says */
	SET(code, easy, CURLOPT_NOSIGNAL, 1L);
	SET(code, easy, CURLOPT_USERAGENT, "perturb/" PERTURB_VERSION);
	SET(code, easy, CURLOPT_HTTPHEADER, headers);
	SET(code, easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	if (code == CURLE_OK)
		code = version_set(easy, probe);
	if (code == CURLE_OK)
		code = method_set(easy, probe);
	if (code == CURLE_OK)
		code = tls_set(easy, probe, files);
	return code == CURLE_OK ? 0 : -1;
}

static bool header_given(const struct http_probe *probe, const char *name)
{
	for (size_t i = 0; i < probe->header_count; i++)
		if (strcasecmp(probe->headers[i].name, name) == 0)
			return true;
	return false;
}

static int header_append(struct curl_slist **headers, const char *line, struct err *err)
{
	struct curl_slist *longer = curl_slist_append(*headers, line);

	if (longer == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "headers");
	*headers = longer;
	return 0;
}

static int header_add(struct curl_slist **headers, const struct header *header, struct err *err)
{
	cleanup_free char *line = NULL;

	if (strpbrk(header->name, "\r\n:;") != NULL || strpbrk(header->value, "\r\n") != NULL)
		return err_set(
			err, ERR_USAGE, 0, "header \"%s\": impossible character", header->name);
	/* The semicolon is libcurl's way to ask for a header without a value. */
	line = header->value[0] == '\0' ? xasprintf("%s;", header->name)
					: xasprintf("%s: %s", header->name, header->value);
	return header_append(headers, line, err);
}

static int headers_fill(
	const struct http_probe *probe, struct curl_slist **headers, struct err *err)
{
	for (size_t i = 0; i < probe->header_count; i++)
		if (header_add(headers, &probe->headers[i], err) != 0)
			return -1;
	if (probe->body == NULL)
		return 0;
	/* Left to itself libcurl would claim that the body is a form, and wait for a "100 Continue"
	 * if it is long. */
	if (!header_given(probe, "Content-Type") &&
		header_append(headers, "Content-Type:", err) != 0)
		return -1;
	return header_given(probe, "Expect") ? 0 : header_append(headers, "Expect:", err);
}

int http_headers_make(
	const struct http_probe *probe, struct curl_slist **ret_headers, struct err *err)
{
	struct curl_slist *headers = NULL;

	if (headers_fill(probe, &headers, err) != 0) {
		curl_slist_free_all(headers);
		return -1;
	}
	*ret_headers = headers;
	return 0;
}
