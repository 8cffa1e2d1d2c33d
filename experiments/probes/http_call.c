/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/http_call.h"

#include "experiments/probes/http_easy.h"
#include "experiments/probes/http_url.h"
#include "reports/mem.h"

int http_call_open(struct http_call_state *state, struct err *err)
{
	if (http_url_check(state->probe.url, err) != 0 ||
		http_files_read(&state->probe, &state->files, err) != 0)
		return -1;
	return http_headers_make(&state->probe, &state->headers, err);
}

void http_call_close(struct http_call_state *state)
{
	curl_slist_free_all(state->headers);
	http_files_release(&state->files);
}

static void request_ended(struct http_transfer *transfer, CURLcode code)
{
	struct http_request *request = CONTAINER_OF(transfer, struct http_request, transfer);
	struct http_call *call = CONTAINER_OF(request, struct http_call, request);
	const struct http_call_state *state = exchange_state(&call->exchange);
	const int64_t now = clock_now(); /* to judge it is our time, not the server's */
	enum outcome outcome;

	if (http_request_again(call->exchange.prober->services->http, request, code))
		return;
	outcome = http_request_outcome(request, &state->probe, code);
	if (outcome == OUTCOME_OK) {
		size_t length;
		const char *body = http_body_text(&request->body, &length);

		outcome = state->judge(call, body, length);
	}
	http_request_parts(request, true, &call->exchange.answer);
	exchange_end_at(&call->exchange, outcome, now);
}

static bool configure(struct http_call *call)
{
	struct http_call_state *state = exchange_state(&call->exchange);

	if (call->request.transfer.easy != NULL)
		return true;
	if (!http_request_open(&call->request, false, request_ended))
		return false;
	if (http_easy_configure(
		    call->request.transfer.easy, &state->probe, state->headers, &state->files) == 0)
		return true;
	http_request_release(&call->request);
	return false;
}

bool http_call_start(struct exchange *exchange)
{
	struct http_call *call = (struct http_call *)exchange;
	const struct http_call_state *state = exchange_state(exchange);

	http_request_begin(&call->request, true);
	return configure(call) && state->prepare(call) == 0 &&
	       http_request_send(exchange->prober->services->http, &call->request, &state->probe);
}

void http_call_stop(struct exchange *exchange)
{
	struct http_call *call = (struct http_call *)exchange;

	http_request_parts(&call->request, true, &exchange->answer);
	http_client_remove(exchange->prober->services->http, &call->request.transfer);
}

void http_call_discard(struct exchange *exchange)
{
	http_request_release(&((struct http_call *)exchange)->request);
}
