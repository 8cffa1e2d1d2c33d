/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_client.h"

#include <sys/epoll.h>
#include <sys/resource.h>

#include "reports/mem.h"

#define NS_PER_MS	  INT64_C(1000000)
#define IN_FLIGHT_MAX	  1024
#define DESCRIPTORS_SPARE 64 /* for everything else that the process has open */
#define CONNECTIONS_KEPT  256

struct http_client {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer;
	size_t in_flight;
	size_t limit;
};

/* A socket of libcurl's that the loop watches. */
struct http_socket {
	struct http_client *client;
	curl_socket_t fd;
};

static void messages_read(struct http_client *client)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
		struct http_transfer *transfer = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE ||
			curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) !=
				CURLE_OK)
			continue;
		http_client_remove(client, transfer);
		transfer->ended(transfer, code);
	}
}

static void client_act(struct http_client *client, curl_socket_t fd, int what)
{
	int running;

	(void)curl_multi_socket_action(client->multi, fd, what, &running);
	messages_read(client);
}

static void on_socket(void *data, uint32_t events)
{
	/* Copied, because libcurl may give the socket up, and it with it. */
	struct http_socket socket = *(const struct http_socket *)data;
	int what = 0;

	if ((events & EPOLLIN) != 0)
		what |= CURL_CSELECT_IN;
	if ((events & EPOLLOUT) != 0)
		what |= CURL_CSELECT_OUT;
	if ((events & (EPOLLERR | EPOLLHUP)) != 0)
		what |= CURL_CSELECT_ERR;
	client_act(socket.client, socket.fd, what);
}

static void on_timer(void *data, int64_t now)
{
	(void)now;
	client_act(data, CURL_SOCKET_TIMEOUT, 0);
}

static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *data, void *socket_data)
{
	struct http_client *client = data;
	struct http_socket *socket = socket_data;
	uint32_t events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		loop_forget(client->loop, fd);
		free(socket);
		return 0;
	}
	if (socket == NULL) {
		socket = xcalloc(1, sizeof(*socket));
		socket->client = client;
		socket->fd = fd;
		if (curl_multi_assign(client->multi, fd, socket) != CURLM_OK) {
			free(socket);
			return -1;
		}
	}
	if (what != CURL_POLL_OUT)
		events |= EPOLLIN;
	if (what != CURL_POLL_IN)
		events |= EPOLLOUT;
	return loop_watch(client->loop, fd, events, on_socket, socket, NULL);
}

static int timer_changed(CURLM *multi, long timeout_ms, void *data)
{
	struct http_client *client = data;

	(void)multi;
	if (timeout_ms < 0)
		loop_disarm(client->loop, &client->timer);
	else
		loop_arm(client->loop, &client->timer, clock_now() + timeout_ms * NS_PER_MS);
	return 0;
}

static size_t in_flight_limit(void)
{
	struct rlimit descriptors;

	if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0 ||
		descriptors.rlim_cur >= IN_FLIGHT_MAX + CONNECTIONS_KEPT + DESCRIPTORS_SPARE)
		return IN_FLIGHT_MAX;
	if (descriptors.rlim_cur <= 2 * DESCRIPTORS_SPARE + CONNECTIONS_KEPT)
		return DESCRIPTORS_SPARE;
	return (size_t)descriptors.rlim_cur - CONNECTIONS_KEPT - DESCRIPTORS_SPARE;
}

static bool multi_configure(struct http_client *client)
{
	CURLM *multi = client->multi;

	return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_changed) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, client) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_changed) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_TIMERDATA, client) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT) == CURLM_OK;
}

int http_client_new(struct loop *loop, struct http_client **ret_client, struct err *err)
{
	struct http_client *client;

	/* Counted by libcurl: each call is matched by one of curl_global_cleanup. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, ERR_SYSTEM, 0, "libcurl could not be initialised");
	client = xcalloc(1, sizeof(*client));
	client->loop = loop;
	client->timer.function = on_timer;
	client->timer.data = client;
	client->limit = in_flight_limit();
	client->multi = curl_multi_init();
	if (client->multi == NULL || !multi_configure(client)) {
		http_client_free(client);
		return err_set(err, ERR_SYSTEM, 0, "libcurl could not be set up");
	}
	*ret_client = client;
	return 0;
}

void http_client_free(struct http_client *client)
{
	if (client == NULL)
		return;
	if (client->multi != NULL)
		(void)curl_multi_cleanup(client->multi);
	loop_disarm(client->loop, &client->timer);
	free(client);
	curl_global_cleanup();
}

bool http_client_add(struct http_client *client, struct http_transfer *transfer)
{
	if (client->in_flight >= client->limit ||
		curl_multi_add_handle(client->multi, transfer->easy) != CURLM_OK)
		return false;
	client->in_flight++;
	return true;
}

void http_client_remove(struct http_client *client, struct http_transfer *transfer)
{
	(void)curl_multi_remove_handle(client->multi, transfer->easy);
	client->in_flight--;
}
