/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/relay_path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "faults/relay_model.h"
#include "faults/relay_queue.h"

/* The largest frame: 64 KiB and its Ethernet header with two VLAN tags. */
#define FRAME_MAX (65536 + 22)

/* Frames that are handled before others get their turn. */
#define READ_BATCH 64
#define SEND_BATCH 64

/* What one path may hold, whatever its limit in packets. */
#define BYTES_MAX ((size_t)256 * 1024 * 1024)

struct relay_path {
	uint32_t id;
	int tap;
	int packet;
	uint32_t limit;
	uint64_t rate_bits;
	int64_t line_free_ns; /* rate: when the last frame will have been sent */
	struct relay_queue queue;
	struct evidence evidence;
	struct relay_model model;
	unsigned char buffer[FRAME_MAX];
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct relay_path *relay_path_new(
	uint32_t id, int tap_fd, int packet_fd, const struct impairment *impairment, uint64_t seed)
{
	struct relay_path *path = calloc(1, sizeof(*path));

	if (path == NULL)
		return NULL;
	path->id = id;
	path->tap = tap_fd;
	path->packet = packet_fd;
	path->limit = impairment->limit;
	path->rate_bits = impairment->rate_bits;
	path->evidence.source = EVIDENCE_RELAY;
	relay_model_init(&path->model, impairment, seed);
	return path;
}

uint32_t relay_path_id(const struct relay_path *path)
{
	return path->id;
}

int relay_path_fd(const struct relay_path *path)
{
	return path->tap;
}

/*
 * netem's rate: a frame takes length / rate on the line, after the one before it. The delay runs
 * while a frame waits for the line, as in netem_enqueue.
 */
static int64_t due_at(struct relay_path *path, size_t length, int64_t now, int64_t delay)
{
	if (path->rate_bits == 0)
		return now + delay;
	if (path->queue.count != 0 && path->line_free_ns > now) {
		delay -= path->line_free_ns - now;
		if (delay < 0)
			delay = 0;
		now = path->line_free_ns;
	}
	delay += (int64_t)((double)length * 8e9 / (double)path->rate_bits);
	path->line_free_ns = now + delay;
	return now + delay;
}

static void enqueue(struct relay_path *path, size_t length, int64_t now, const struct fate *fate)
{
	struct frame *frame;

	if ((path->limit != 0 && path->queue.count >= path->limit) ||
		path->queue.bytes + length > BYTES_MAX) {
		path->evidence.overlimit_drops++;
		return;
	}
	frame = malloc(sizeof(*frame) + length);
	if (frame == NULL) {
		path->evidence.overlimit_drops++;
		return;
	}
	memcpy(frame->data, path->buffer, length);
	frame->length = (uint32_t)length;
	if (fate->corrupted) {
		uint32_t random = relay_model_random(&path->model);

		frame->data[(random >> 3) % length] ^= (unsigned char)(1U << (random & 7));
		path->evidence.corrupted++;
	}
	if (fate->reordered) {
		frame->due_ns = now;
		path->evidence.reordered++;
	} else {
		frame->due_ns = due_at(path, length, now, fate->delay_ns);
	}
	if (relay_queue_push(&path->queue, frame) < 0) {
		path->evidence.overlimit_drops++;
		free(frame);
	}
}

static void hold(struct relay_path *path, size_t length, int64_t now, bool may_duplicate)
{
	struct fate fate = relay_model_next(&path->model, may_duplicate);

	if (fate.lost) {
		path->evidence.dropped++;
		return;
	}
	if (fate.duplicated) {
		path->evidence.duplicated++;
		hold(path, length, now, false); /* once only: the copy is not copied */
	}
	enqueue(path, length, now, &fate);
}

int relay_path_read(struct relay_path *path)
{
	for (int i = 0; i < READ_BATCH; i++) {
		ssize_t length = read(path->tap, path->buffer, sizeof(path->buffer));

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return errno == EAGAIN ? 0 : -1;
		if (length > 0)
			hold(path, (size_t)length, now_ns(), true);
	}
	return 0;
}

/* Puts up to SEND_BATCH frames that are due by until on the wire. Returns how many. */
static int send_batch(struct relay_path *path, int64_t until)
{
	struct frame *frames[SEND_BATCH];
	struct iovec vectors[SEND_BATCH];
	struct mmsghdr messages[SEND_BATCH];
	unsigned int count = 0;
	unsigned int done = 0;

	memset(messages, 0, sizeof(messages));
	while (count < SEND_BATCH) {
		struct frame *first = relay_queue_first(&path->queue);

		if (first == NULL || first->due_ns > until)
			break;
		frames[count] = relay_queue_pop(&path->queue);
		vectors[count] = (struct iovec){frames[count]->data, frames[count]->length};
		messages[count].msg_hdr.msg_iov = &vectors[count];
		messages[count].msg_hdr.msg_iovlen = 1;
		count++;
	}
	while (done < count) {
		int sent = sendmmsg(path->packet, messages + done, count - done, MSG_DONTWAIT);

		for (int i = 0; i < sent; i++) {
			path->evidence.packets++;
			path->evidence.bytes += frames[done + (unsigned int)i]->length;
		}
		if (sent > 0) {
			done += (unsigned int)sent;
		} else if (errno != EINTR) {
			/* The device's queue is full, it is down, or the frame is too long for it
			 * now: what a wire would lose, too. */
			path->evidence.overlimit_drops++;
			done++;
		}
	}
	for (unsigned int i = 0; i < count; i++)
		free(frames[i]);
	return (int)count;
}

int64_t relay_path_send(struct relay_path *path, int64_t now)
{
	const struct frame *first;

	while (send_batch(path, now) == SEND_BATCH)
		;
	first = relay_queue_first(&path->queue);
	return first == NULL ? INT64_MAX : first->due_ns;
}

void relay_path_evidence(const struct relay_path *path, struct evidence *ret_evidence)
{
	*ret_evidence = path->evidence;
	ret_evidence->backlog_packets = path->queue.count;
}

void relay_path_free(struct relay_path *path)
{
	if (path == NULL)
		return;
	relay_path_send(path, INT64_MAX - 1);
	relay_queue_release(&path->queue);
	close(path->tap);
	close(path->packet);
	free(path);
}
