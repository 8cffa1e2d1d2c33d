/* SPDX-License-Identifier: Apache-2.0 */
/* What the custodian has to say: sent in batches, kept while nobody listens. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "faults/custodian_state.h"
#include "faults/wire.h"

/* Sends what it can of them, at most one batch, and never waits; returns how many it was. */
static size_t send_some(struct custodian_state *state, struct reply *replies, size_t count)
{
	struct iovec vectors[CUSTODIAN_UNSAID_MAX];
	struct mmsghdr datagrams[CUSTODIAN_UNSAID_MAX];

	if (count > CUSTODIAN_UNSAID_MAX)
		count = CUSTODIAN_UNSAID_MAX;
	memset(datagrams, 0, sizeof(datagrams));
	for (size_t i = 0; i < count; i++) {
		vectors[i] = (struct iovec){&replies[i], sizeof(replies[i])};
		datagrams[i].msg_hdr.msg_iov = &vectors[i];
		datagrams[i].msg_hdr.msg_iovlen = 1;
	}
	return wire_send_all(state->socket, datagrams, count, MSG_DONTWAIT);
}

/* Those that are one too many, or for which there is no memory, are not said. */
static void keep(struct custodian_state *state, const struct reply *replies, size_t count)
{
	for (size_t i = 0; i < count && state->kept_count < CUSTODIAN_KEPT_MAX; i++) {
		if (state->kept_count == state->kept_capacity) {
			size_t capacity = state->kept_capacity == 0 ? 64 : state->kept_capacity * 2;
			struct reply *kept = realloc(state->kept, capacity * sizeof(*kept));

			if (kept == NULL)
				return;
			state->kept = kept;
			state->kept_capacity = capacity;
		}
		state->kept[state->kept_count++] = replies[i];
	}
}

static void send_kept(struct custodian_state *state)
{
	size_t done = 0;

	while (done < state->kept_count) {
		size_t sent = send_some(state, state->kept + done, state->kept_count - done);

		done += sent;
		if (sent == 0)
			break;
	}
	if (done == 0)
		return;
	state->kept_count -= done;
	memmove(state->kept, state->kept + done, state->kept_count * sizeof(state->kept[0]));
}

/* A main process that does not read (stopped, hung) must not keep the custodian from its work: what
 * does not fit into the socket is sent later, in its order. */
void custodian_flush(struct custodian_state *state)
{
	size_t sent = 0;

	if (state->socket >= 0) {
		send_kept(state);
		if (state->kept_count == 0 && state->unsaid_count != 0)
			sent = send_some(state, state->unsaid, state->unsaid_count);
		keep(state, state->unsaid + sent, state->unsaid_count - sent);
	}
	state->unsaid_count = 0;
}

void custodian_say(struct custodian_state *state, const struct custodian_event *event)
{
	if (state->unsaid_count == CUSTODIAN_UNSAID_MAX)
		custodian_flush(state);
	state->unsaid[state->unsaid_count++] = (struct reply){.type = REPLY_EVENT, .event = *event};
}
