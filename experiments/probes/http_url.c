/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_url.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "experiments/aim_text.h"

int http_url_check(const char *url, struct err *err)
{
	CURLU *parts = curl_url();
	char *scheme = NULL;
	CURLUcode code =
		parts != NULL ? curl_url_set(parts, CURLUPART_URL, url, 0) : CURLUE_OUT_OF_MEMORY;
	int result = 0;

	if (code == CURLUE_OK)
		code = curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0);
	if (code != CURLUE_OK)
		result = err_set(
			err, ERR_USAGE, 0, "\"%s\" is not a URL: %s", url, curl_url_strerror(code));
	else if (strcasecmp(scheme, "http") != 0 && strcasecmp(scheme, "https") != 0)
		result = err_set(err, ERR_USAGE, 0, "\"%s\": expected http:// or https://", url);
	curl_free(scheme);
	curl_url_cleanup(parts);
	return result;
}

bool http_url_place(const char *url, char *ret_host, size_t size, uint16_t *ret_port)
{
	CURLU *parts = curl_url();
	char *host = NULL;
	char *port = NULL;
	struct aim_ports ports;
	struct err ignored;
	bool ok = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
		  curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		  curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		  ports_parse(port, &ports, &ignored) == 0 && strlen(host) < size;

	if (ok) {
		const size_t skipped = host[0] == '[';
		const size_t length = strlen(host) - 2 * skipped;

		memcpy(ret_host, host + skipped, length);
		ret_host[length] = '\0';
		*ret_port = ports.first;
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parts);
	return ok;
}
