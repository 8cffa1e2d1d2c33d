/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/resolver_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX 2
/* Two of the largest messages. */
#define FULL  ((size_t)2 * (PREFIX + DNS_MESSAGE_MAX))
#define LIMIT (4 * FULL)
#define CHUNK 4096

int resolver_flow_add(struct resolver_flow *flow, const uint8_t *bytes, size_t length)
{
	size_t wanted = flow->used + length;

	if (length == 0)
		return 0;
	if (wanted > LIMIT)
		return -1;
	if (wanted > flow->capacity) {
		size_t capacity = wanted < CHUNK ? CHUNK : wanted * 2;
		uint8_t *moved = realloc(flow->bytes, capacity);

		if (moved == NULL)
			return -1;
		flow->bytes = moved;
		flow->capacity = capacity;
	}
	memcpy(flow->bytes + flow->used, bytes, length);
	flow->used = wanted;
	return 0;
}

int resolver_flow_add_message(struct resolver_flow *flow, const uint8_t *bytes, size_t length)
{
	const uint8_t prefix[PREFIX] = {(uint8_t)(length >> 8), (uint8_t)length};

	if (flow->used + PREFIX + length > LIMIT ||
		resolver_flow_add(flow, prefix, sizeof(prefix)) < 0)
		return -1;
	if (resolver_flow_add(flow, bytes, length) == 0)
		return 0;
	flow->used -= PREFIX;
	return -1;
}

void resolver_flow_drop(struct resolver_flow *flow, size_t length)
{
	flow->used -= length;
	if (flow->used != 0)
		memmove(flow->bytes, flow->bytes + length, flow->used);
}

void resolver_flow_free(struct resolver_flow *flow)
{
	free(flow->bytes);
	memset(flow, 0, sizeof(*flow));
}

bool resolver_flow_message(
	const struct resolver_flow *flow, const uint8_t **ret_bytes, size_t *ret_length)
{
	if (flow->used < PREFIX)
		return false;
	*ret_length = (size_t)flow->bytes[0] << 8 | flow->bytes[1];
	*ret_bytes = flow->bytes + PREFIX;
	return flow->used - PREFIX >= *ret_length;
}

int resolver_flow_read(struct resolver_flow *flow, int descriptor)
{
	uint8_t chunk[CHUNK];
	ssize_t got = recv(descriptor, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (got == 0 || resolver_flow_add(flow, chunk, (size_t)got) < 0)
		return -1;
	return 1;
}

int resolver_flow_write(struct resolver_flow *flow, int descriptor)
{
	ssize_t sent;

	if (flow->used == 0)
		return 0;
	sent = send(descriptor, flow->bytes, flow->used, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	resolver_flow_drop(flow, (size_t)sent);
	return 0;
}

bool resolver_flow_is_full(const struct resolver_flow *flow)
{
	return flow->used >= FULL;
}
