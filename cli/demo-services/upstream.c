/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo-services/upstream.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_MAX 32
#define BODY_MAX 65536

struct upstream {
	const char *url;
	long timeout_ms;
	pthread_mutex_t lock;
	CURL *kept[KEPT_MAX]; /* idle handles, each with the connection that it used last */
	size_t kept_count;
};

struct body {
	char *text;
	size_t size;
};

struct upstream *upstream_new(const char *url, long timeout_ms)
{
	struct upstream *upstream;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	upstream = calloc(1, sizeof(*upstream));
	if (upstream == NULL)
		return NULL;
	upstream->url = url;
	upstream->timeout_ms = timeout_ms;
	if (pthread_mutex_init(&upstream->lock, NULL) != 0) {
		free(upstream);
		return NULL;
	}
	return upstream;
}

/* The handle that was used last comes first, so that few connections stay in use. */
static CURL *handle_take(struct upstream *upstream)
{
	CURL *handle = NULL;

	pthread_mutex_lock(&upstream->lock);
	if (upstream->kept_count > 0)
		handle = upstream->kept[--upstream->kept_count];
	pthread_mutex_unlock(&upstream->lock);
	return handle != NULL ? handle : curl_easy_init();
}

static void handle_give(struct upstream *upstream, CURL *handle)
{
	pthread_mutex_lock(&upstream->lock);
	if (upstream->kept_count < KEPT_MAX) {
		upstream->kept[upstream->kept_count++] = handle;
		handle = NULL;
	}
	pthread_mutex_unlock(&upstream->lock);
	curl_easy_cleanup(handle);
}

static size_t append(char *data, size_t unit, size_t count, void *body_)
{
	struct body *body = body_;
	size_t size = unit * count;
	char *text;

	if (size > BODY_MAX - body->size)
		return 0;
	text = realloc(body->text, body->size + size + 1);
	if (text == NULL)
		return 0;
	memcpy(text + body->size, data, size);
	body->text = text;
	body->size += size;
	return size;
}

static CURLcode handle_set_up(CURL *handle, const struct upstream *upstream, struct body *body)
{
	CURLcode code = curl_easy_setopt(handle, CURLOPT_URL, upstream->url);

	if (code == CURLE_OK)
		code = curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, upstream->timeout_ms);
	if (code == CURLE_OK)
		code = curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(handle, CURLOPT_FAILONERROR, 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
	if (code == CURLE_OK)
		code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, append);
	if (code == CURLE_OK)
		code = curl_easy_setopt(handle, CURLOPT_WRITEDATA, body);
	return code;
}

enum upstream_result upstream_get(struct upstream *upstream, char **ret_body, size_t *ret_size)
{
	struct body body = {0};
	CURL *handle = handle_take(upstream);
	CURLcode code;

	if (handle == NULL)
		return UPSTREAM_FAILED;
	code = handle_set_up(handle, upstream, &body);
	if (code == CURLE_OK)
		code = curl_easy_perform(handle);
	handle_give(upstream, handle);
	if (code == CURLE_OK && body.text != NULL) {
		*ret_body = body.text;
		*ret_size = body.size;
		return UPSTREAM_OK;
	}
	free(body.text);
	return code == CURLE_OPERATION_TIMEDOUT ? UPSTREAM_TIMEOUT : UPSTREAM_FAILED;
}
