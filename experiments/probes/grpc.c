/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grpc - is a gRPC service healthy? The call is grpc.health.v1.Health/Check, by HTTP/2.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "experiments/probes/grpc_message.h"
#include "experiments/probes/http_call.h"
#include "experiments/probes/http_url.h"
#include "reports/mem.h"

#define ADDRESS_EXPECTED "an address such as 127.0.0.1:50051, or its http or https URL"
#define NS_PER_MS	 INT64_C(1000000)
#define MARGIN_MS	 1000
#define NOT_FOUND	 "5" /* a status of gRPC: the server does not know the service */

struct grpc_probe {
	struct http_probe http; /* without a URL */
	const char *address;
	const char *service;
	bool tls; /* the key was given */
};

struct grpc_state {
	struct http_call_state call;
	char *url;
	char *patience;
	struct header headers[3];
	uint8_t request[GRPC_REQUEST_MAX];
	size_t request_length;
};

/* Of the server, without a slash at the end; to be freed. */
static char *server_url(const char *address, bool tls)
{
	char *url = strstr(address, "://") != NULL
			    ? xstrdup(address)
			    : xasprintf("%s://%s", tls ? "https" : "http", address);
	const size_t length = strlen(url);

	if (url[length - 1] == '/')
		url[length - 1] = '\0';
	return url;
}

static int prepare(struct http_call *call)
{
	const struct grpc_state *state = exchange_state(&call->exchange);
	CURL *easy = call->request.transfer.easy;

	/* It has NUL bytes. */
	return curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		       (curl_off_t)state->request_length) == CURLE_OK &&
			       curl_easy_setopt(easy, CURLOPT_POSTFIELDS, state->request) ==
				       CURLE_OK
		       ? 0
		       : -1;
}

static enum outcome judge(struct http_call *call, const char *body, size_t length)
{
	const char *type = http_request_header(&call->request, "content-type", 0);
	const char *status = http_request_header(&call->request, "grpc-status", 0);
	uint64_t serving;

	if (http_request_status(&call->request) != 200)
		return OUTCOME_STATUS;
	if (type == NULL || strncasecmp(type, "application/grpc", 16) != 0 || status == NULL)
		return OUTCOME_PROTOCOL;
	if (strcmp(status, "0") != 0)
		return strcmp(status, NOT_FOUND) == 0 ? OUTCOME_NOT_FOUND : OUTCOME_STATUS;
	if (grpc_health_answer((const uint8_t *)body, length, &serving) != 0)
		return OUTCOME_PROTOCOL;
	return serving == GRPC_SERVING ? OUTCOME_OK : OUTCOME_STATE;
}

static int grpc_open(struct prober *prober, struct err *err)
{
	const struct grpc_probe *probe = (const struct grpc_probe *)prober->probe->settings;
	struct grpc_state *state = xcalloc(1, sizeof(*state));
	struct http_probe *request = &state->call.probe;
	cleanup_free char *server = server_url(probe->address, probe->tls);

	prober->state = state;
	state->url = xasprintf("%s/grpc.health.v1.Health/Check", server);
	/* As gRPC clients tell how long they wait; longer, so that it is not the server that ends
	 * the call. */
	state->patience =
		xasprintf("%" PRId64 "m", probe->http.common.timeout_ns / NS_PER_MS + MARGIN_MS);
	state->request_length = grpc_health_request(probe->service, state->request);
	state->headers[0] = (struct header){"Content-Type", "application/grpc"};
	state->headers[1] = (struct header){"TE", "trailers"};
	state->headers[2] = (struct header){"grpc-timeout", state->patience};
	*request = probe->http;
	request->url = state->url;
	request->headers = state->headers;
	request->header_count = ARRAY_SIZE(state->headers);
	request->body = "";
	request->version = HTTP_VERSION_2;
	state->call.prepare = prepare;
	state->call.judge = judge;
	return http_call_open(&state->call, err);
}

static void grpc_close(struct prober *prober)
{
	struct grpc_state *state = prober->state;

	http_call_close(&state->call);
	free(state->url);
	free(state->patience);
	free(state);
}

static bool grpc_peer(const void *settings, struct probe_peer *ret_peer)
{
	const struct grpc_probe *probe = settings;
	cleanup_free char *url = server_url(probe->address, probe->tls);

	ret_peer->protocol = IPPROTO_TCP;
	return http_url_place(url, ret_peer->host, sizeof(ret_peer->host), &ret_peer->port);
}

/* A host with a port, or a URL that has nothing behind these. */
static bool address_ok(const char *address)
{
	cleanup_free char *url = *address != '\0' ? server_url(address, false) : NULL;
	const bool given = strstr(address, "://") != NULL;
	struct probe_peer peer;
	struct err ignored;
	const char *host;

	if (url == NULL || http_url_check(url, &ignored) != 0 ||
		!http_url_place(url, peer.host, sizeof(peer.host), &peer.port))
		return false;
	host = strstr(url, "://") + 3;
	if (host[strcspn(host, "/?#@")] != '\0')
		return false;
	/* Without a scheme there is no usual port. The colons of IPv6 are in brackets. */
	host += host[0] == '[' ? strcspn(host, "]") : 0;
	return given || strchr(host, ':') != NULL;
}

static void read_address(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_address = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, ADDRESS_EXPECTED, &scalar))
		return;
	if (!address_ok(scalar.text))
		err_list_add(decode->errors, node->loc,
			"%s: expected " ADDRESS_EXPECTED ", not '%s'", name,
			scalar_shown(&scalar).text);
	*ret_address = scalar.text;
}

static void read_service(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_service = ret_value;

	decode_any_text(decode, node, name, ret_value);
	if (strlen(*ret_service) > GRPC_SERVICE_MAX)
		err_list_add(decode->errors, node->loc, "%s: expected at most %d bytes", name,
			GRPC_SERVICE_MAX);
}

static void read_tls(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct grpc_probe *probe = ret_value;

	probe->tls = true;
	http_read_tls(decode, node, name, &probe->http);
}

#define KEY(name, read, field, required)                                                           \
	{                                                                                          \
		name, read, offsetof(struct grpc_probe, field), required                           \
	}

static const struct probe_key keys[] = {
	{KEY("address", read_address, address, true), "name", NULL,
		"host:port, or its URL: https:// for TLS"},
	{KEY("service", read_service, service, false), "text", "the server as a whole",
		"the name of the service"},
	PROBE_KEY_TIMEOUT,
	{{"tls", read_tls, 0, false}, "tls", NULL, "certificates: ca, cert, key; insecure: true"},
	PROBE_KEYS_END,
};

static void defaults(void *settings)
{
	struct grpc_probe *probe = settings;

	http_defaults(&probe->http);
	probe->http.method = "POST";
	probe->service = "";
}

static void check(struct decode *decode, const struct node *node, const void *settings)
{
	const struct grpc_probe *probe = settings;

	if (probe->tls && strncasecmp(probe->address, "http://", 7) == 0)
		err_list_add(decode->errors, node_find(node, "tls")->loc,
			"tls: has no meaning for an address that begins with http://");
}

const struct probe_kind probe_grpc = {
	.name = "grpc",
	.summary = "is a gRPC service healthy, by the gRPC health checking protocol?",
	.example = "{ address: \"127.0.0.1:50051\", service: \"shop.Orders\" }",
	.keys = keys,
	.scalar = "address",
	.settings_size = sizeof(struct grpc_probe),
	.defaults = defaults,
	.check = check,
	.peer = grpc_peer,
	.open = grpc_open,
	.close = grpc_close,
	.exchange_size = sizeof(struct http_call),
	.start = http_call_start,
	.stop = http_call_stop,
	.discard = http_call_discard,
	.library = http_library,
};
