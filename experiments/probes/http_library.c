/* SPDX-License-Identifier: Apache-2.0 */
#include <curl/curl.h>

#include "experiments/probes/http_probe.h"
#include "reports/mem.h"

const char *http_library(struct arena *arena)
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

	return arena_printf(arena, "libcurl %s with %s%s", info->version,
		info->ssl_version != NULL ? info->ssl_version : "no TLS",
		(info->features & CURL_VERSION_HTTP2) != 0 ? " and HTTP/2" : ", without HTTP/2");
}
