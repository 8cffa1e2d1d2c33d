/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/relay_output.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Parts of frames that one call may name; IOV_MAX would allow 1,024 per frame. */
#define VECTORS_MAX 256

/* A device with a full queue needs about this long for some of it. */
#define RETRY_NS 100000

/* A device that took nothing for so long (no carrier, a peer that is down) loses frames, as it does
 * without a relay; else they would be late when it comes back. */
#define PATIENCE_NS 5000000

/* The byte of an Ethernet header in which the group bit of the source address is. */
#define SOURCE_AT 6
#define GROUP_BIT 1

#define GSO_UDP	      5 /* VIRTIO_NET_HDR_GSO_UDP_L4: in the headers since Linux 6.2 */
#define UDP_HEADER    8
#define TCP_LENGTH_AT 12 /* its upper half: the length of the header in words of 32 bits */

struct weight {
	uint64_t packets;
	uint64_t bytes; /* on the wire, as the kernel's counters see them */
};

/* What a frame is worth: a super-packet becomes several packets, each with headers of its own. */
static struct weight weigh(const struct relay_output *output, const struct frame *frame)
{
	const unsigned char *data;
	struct weight weight = {.packets = 1, .bytes = frame->length};
	struct virtio_net_hdr header;
	size_t headers;

	if (!output->virtio || frame->chunks == NULL)
		return weight;
	data = frame->chunks->data;
	memcpy(&header, data, sizeof(header));
	weight.bytes -= sizeof(header);
	if (header.gso_type == VIRTIO_NET_HDR_GSO_NONE || header.gso_size == 0 ||
		header.csum_start + sizeof(header) + TCP_LENGTH_AT >= CHUNK_BYTES)
		return weight;
	headers = header.csum_start;
	if ((header.gso_type & ~VIRTIO_NET_HDR_GSO_ECN) == GSO_UDP)
		headers += UDP_HEADER;
	else
		headers +=
			((size_t)data[sizeof(header) + header.csum_start + TCP_LENGTH_AT] >> 4) * 4;
	if (headers < weight.bytes) {
		weight.packets = (weight.bytes - headers + header.gso_size - 1) / header.gso_size;
		weight.bytes += (weight.packets - 1) * headers;
	}
	return weight;
}

/* How many frames of the batch, from done on, fit into the vectors. */
static unsigned int describe(const struct relay_output *output, struct mmsghdr *messages,
	struct iovec vectors[VECTORS_MAX])
{
	unsigned int count = 0;
	size_t used = 0;

	for (size_t i = output->done; i < output->count; i++) {
		const struct frame *frame = &output->batch[i];
		size_t left = frame->length;

		if (used + FRAME_CHUNKS_MAX > VECTORS_MAX)
			break;
		memset(&messages[count], 0, sizeof(messages[count]));
		messages[count].msg_hdr.msg_iov = &vectors[used];
		for (struct chunk *chunk = frame->chunks; chunk != NULL; chunk = chunk->next) {
			size_t part = left < CHUNK_BYTES ? left : CHUNK_BYTES;

			vectors[used++] = (struct iovec){chunk->data, part};
			messages[count].msg_hdr.msg_iovlen++;
			left -= part;
		}
		count++;
	}
	return count;
}

static void finish_first(struct relay_output *output, struct relay_pool *pool)
{
	relay_pool_give(pool, output->batch[output->done++].chunks);
}

static void count_sent(
	struct relay_output *output, struct relay_pool *pool, struct evidence *evidence)
{
	struct weight weight = weigh(output, &output->batch[output->done]);

	evidence->packets += weight.packets;
	evidence->bytes += weight.bytes;
	finish_first(output, pool);
}

static void count_lost(
	struct relay_output *output, struct relay_pool *pool, struct evidence *evidence)
{
	evidence->overlimit_drops += weigh(output, &output->batch[output->done]).packets;
	finish_first(output, pool);
}

/* Should a frame that was refused for want of room be tried again? */
static bool is_worth_waiting(struct relay_output *output, int64_t now)
{
	if (output->broken)
		return false;
	if (output->blocked_since_ns == 0)
		output->blocked_since_ns = now;
	output->broken = now - output->blocked_since_ns >= PATIENCE_NS;
	return !output->broken;
}

/* The bit of the source address by which the filter of the interface knows that a frame has been
 * here. Set last: a flipped bit must not undo it. */
static void mark_received(const struct relay_output *output, const struct frame *frame)
{
	size_t at = SOURCE_AT + (output->virtio ? sizeof(struct virtio_net_hdr) : 0);

	if (frame->chunks != NULL && frame->length > at)
		frame->chunks->data[at] |= GROUP_BIT;
}

/* As sendmmsg, into the TAP. */
static int write_batch(
	const struct relay_output *output, const struct mmsghdr *messages, unsigned int count)
{
	int written = 0;

	for (; (unsigned int)written < count; written++) {
		const struct msghdr *message = &messages[written].msg_hdr;

		mark_received(output, &output->batch[output->done + (size_t)written]);
		if (writev(output->tap, message->msg_iov, (int)message->msg_iovlen) < 0)
			break;
	}
	return written == 0 ? -1 : written;
}

static int send_some(
	const struct relay_output *output, struct mmsghdr *messages, unsigned int count)
{
	if (output->tap >= 0)
		return write_batch(output, messages, count);
	return sendmmsg(output->fd, messages, count, MSG_DONTWAIT);
}

/* Returns false when the device takes no more now. */
static bool send_batch(struct relay_output *output, struct relay_pool *pool, int64_t now,
	struct evidence *evidence)
{
	struct mmsghdr messages[OUTPUT_BATCH];
	struct iovec vectors[VECTORS_MAX];

	while (output->done < output->count) {
		unsigned int count = describe(output, messages, vectors);
		int sent = send_some(output, messages, count);

		for (int i = 0; i < sent; i++)
			count_sent(output, pool, evidence);
		if (sent > 0) {
			output->blocked_since_ns = 0;
			output->broken = false;
		} else if (errno == ENOBUFS || errno == EAGAIN) {
			if (is_worth_waiting(output, now))
				return false;
			count_lost(output, pool, evidence);
		} else if (errno != EINTR) {
			/* The device is down, or the frame too long for it now. */
			count_lost(output, pool, evidence);
		}
	}
	return true;
}

int64_t relay_output_send(struct relay_output *output, struct relay_queue *queue,
	struct relay_pool *pool, int64_t now, int64_t until, struct evidence *evidence)
{
	for (;;) {
		const struct frame *first;

		if (!send_batch(output, pool, now, evidence))
			return now + RETRY_NS;
		output->count = 0;
		output->done = 0;
		while (output->count < OUTPUT_BATCH && (first = relay_queue_first(queue)) != NULL &&
			first->due_ns <= until)
			output->batch[output->count++] = relay_queue_pop(queue);
		if (output->count == 0)
			return 0;
	}
}
