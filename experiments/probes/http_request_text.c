/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_request_text.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "experiments/probes/http_url.h"
#include "reports/mem.h"

/* Those that say how the request is framed, or what becomes of the connection. */
static const char *const special_headers[] = {"Connection", "Content-Length", "Expect",
	"Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade"};

static const struct header *header_find(const struct http_probe *probe, const char *name)
{
	for (size_t i = 0; i < probe->header_count; i++)
		if (strcasecmp(probe->headers[i].name, name) == 0)
			return &probe->headers[i];
	return NULL;
}

static bool headers_are_plain(const struct http_probe *probe)
{
	const struct header *host = header_find(probe, "Host");

	for (size_t i = 0; i < ARRAY_SIZE(special_headers); i++)
		if (header_find(probe, special_headers[i]) != NULL)
			return false;
	return host == NULL || host->value[0] != '\0';
}

static bool has_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	const bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

static bool url_is_plain(const char *text)
{
	static const char name[] =
		"-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
	static const char address[] = "[]:.0123456789ABCDEFabcdef";
	CURLU *url = curl_url();
	char *scheme = NULL;
	char *host = NULL;
	bool plain = url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
		     curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		     strcasecmp(scheme, "http") == 0 &&
		     curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		     !has_part(url, CURLUPART_USER) && !has_part(url, CURLUPART_PASSWORD) &&
		     !has_part(url, CURLUPART_FRAGMENT) && !has_part(url, CURLUPART_ZONEID);

	if (plain) {
		const size_t length = strlen(host);

		plain = length > 0 && host[length - 1] != '.' &&
			strspn(host, host[0] == '[' ? address : name) == length;
	}
	/* Spaces and letters of other alphabets are encoded by libcurl. */
	for (const char *c = text; plain && *c != '\0'; c++)
		plain = *c > ' ' && *c < 0x7f;
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(url);
	return plain;
}

bool http_by_wire(const struct http_probe *probe)
{
	return probe->steps == NULL && !probe->cookies && probe->version == HTTP_VERSION_AUTO &&
	       probe->header_check_count == 0 && !probe->follow_redirects &&
	       probe->ca_file == NULL && probe->cert_file == NULL && probe->key_file == NULL &&
	       strcmp(probe->method, "CONNECT") != 0 && headers_are_plain(probe) &&
	       url_is_plain(probe->url);
}

static int target_write(FILE *out, const char *url)
{
	CURLU *parts = curl_url();
	char *path = NULL;
	char *query = NULL;
	int result = -1;

	if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
		curl_url_get(parts, CURLUPART_PATH, &path, 0) == CURLUE_OK) {
		(void)curl_url_get(parts, CURLUPART_QUERY, &query, 0);
		result = fprintf(
			out, "%s%s%s", path, query != NULL ? "?" : "", query != NULL ? query : "");
	}
	curl_free(path);
	curl_free(query);
	curl_url_cleanup(parts);
	return result;
}

static int host_write(FILE *out, const struct http_probe *probe)
{
	const struct header *given = header_find(probe, "Host");
	char host[256];
	uint16_t port;
	bool is_address;

	if (given != NULL)
		return fprintf(out, "Host: %s\r\n", given->value);
	if (!http_url_place(probe->url, host, sizeof(host), &port))
		return -1;
	is_address = strchr(host, ':') != NULL;
	if (fprintf(out, "Host: %s%s%s", is_address ? "[" : "", host, is_address ? "]" : "") < 0)
		return -1;
	return port == 80 ? fprintf(out, "\r\n") : fprintf(out, ":%u\r\n", port);
}

static int headers_write(FILE *out, const struct http_probe *probe, struct err *err)
{
	for (size_t i = 0; i < probe->header_count; i++) {
		const struct header *header = &probe->headers[i];

		if (strpbrk(header->name, "\r\n:;") != NULL ||
			strpbrk(header->value, "\r\n") != NULL)
			return err_set(err, ERR_USAGE, 0, "header \"%s\": impossible character",
				header->name);
		if (strcasecmp(header->name, "Host") != 0)
			(void)fprintf(out, "%s:%s%s\r\n", header->name,
				header->value[0] == '\0' ? "" : " ", header->value);
	}
	return 0;
}

/* RFC 9112, sections 3 and 6. */
static int request_write(FILE *out, const struct http_probe *probe, struct err *err)
{
	(void)fprintf(out, "%s ", probe->method);
	if (target_write(out, probe->url) < 0)
		return err_set(err, ERR_USAGE, 0, "\"%s\" is not a URL", probe->url);
	(void)fprintf(out, " HTTP/1.1\r\n");
	if (host_write(out, probe) < 0)
		return err_set(err, ERR_USAGE, 0, "\"%s\": the host is too long", probe->url);
	if (header_find(probe, "User-Agent") == NULL)
		(void)fprintf(out, "User-Agent: perturb/" PERTURB_VERSION "\r\n");
	if (header_find(probe, "Accept") == NULL)
		(void)fprintf(out, "Accept: */*\r\n");
	if (headers_write(out, probe, err) != 0)
		return -1;
	if (probe->body != NULL)
		(void)fprintf(out, "Content-Length: %zu\r\n", strlen(probe->body));
	(void)fprintf(out, "\r\n%s", probe->body != NULL ? probe->body : "");
	return 0;
}

int http_request_text(
	const struct http_probe *probe, char **ret_text, size_t *ret_length, struct err *err)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	int result;
	bool failed;

	if (out == NULL)
		return err_set(err, ERR_SYSTEM, errno, "request");
	result = request_write(out, probe, err);
	failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed)
		out_of_memory();
	if (result != 0) {
		free(text);
		return -1;
	}
	*ret_text = text;
	*ret_length = length;
	return 0;
}
