/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/relay_path.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "faults/clock.h"
#include "faults/ecn.h"
#include "faults/relay.h"
#include "faults/relay_gate.h"
#include "faults/relay_line.h"
#include "faults/relay_model.h"
#include "faults/relay_output.h"
#include "faults/relay_queue.h"

/* Frames that are read before those that have come due get their turn. */
#define READ_BATCH 32

/* More than a TAP device holds. */
#define FLUSH_READS 100000

/* A device that takes nothing gets this many milliseconds to take what is left. */
#define FLUSH_PATIENCE_MS 20

struct relay_path {
	uint32_t id;
	int tap;
	struct relay_pool *pool;
	uint32_t limit;
	bool ecn;
	struct relay_line line;
	struct relay_queue queue;
	uint64_t waiting_bytes; /* in queue; only counted with a gate that is used */
	struct relay_gate gate;
	struct relay_queue passed; /* the gate; empty without one */
	struct relay_output output;
	struct evidence evidence;
	struct relay_model model;
};

static void adopt(struct relay_path *path, const struct impairment *impairment,
	const struct distribution_tables *tables, uint64_t seed)
{
	path->limit = impairment->limit;
	path->ecn = impairment->ecn;
	relay_line_set(&path->line, impairment);
	relay_model_init(&path->model, impairment, tables, seed);
	relay_gate_init(&path->gate, impairment, monotonic_ns());
}

struct relay_path *relay_path_new(uint32_t id, int tap_fd, int packet_fd, bool virtio,
	const struct impairment *impairment, const struct distribution_tables *tables,
	uint64_t seed, struct relay_pool *pool)
{
	struct relay_path *path = calloc(1, sizeof(*path));

	if (path == NULL)
		return NULL;
	path->id = id;
	path->tap = tap_fd;
	path->output.fd = packet_fd;
	path->output.tap = -1;
	path->output.virtio = virtio;
	path->pool = pool;
	path->evidence.source = EVIDENCE_RELAY;
	adopt(path, impairment, tables, seed);
	return path;
}

void relay_path_return(struct relay_path *path)
{
	path->output.tap = path->tap;
}

uint32_t relay_path_id(const struct relay_path *path)
{
	return path->id;
}

int relay_path_tap(const struct relay_path *path)
{
	return path->tap;
}

/* What comes before the frame itself. */
static size_t virtio_length(const struct relay_path *path)
{
	return path->output.virtio ? sizeof(struct virtio_net_hdr) : 0;
}

/* Flips one bit, any of them. */
static void corrupt(struct relay_path *path, struct frame *frame)
{
	uint32_t random = relay_model_random(&path->model);
	size_t at = (random >> 3) % frame->length;
	struct chunk *chunk = frame->chunks;

	for (; at >= CHUNK_BYTES; at -= CHUNK_BYTES)
		chunk = chunk->next;
	chunk->data[at] ^= (unsigned char)(1U << (random & 7));
	path->evidence.corrupted++;
}

/* Takes the frame over. */
static void enqueue(
	struct relay_path *path, struct frame frame, int64_t now, const struct fate *fate)
{
	/* One that overtakes does not wait for a slot, as in netem. */
	struct relay_queue *queue =
		fate->reordered && relay_gate_is_used(&path->gate) ? &path->passed : &path->queue;

	if (path->limit != 0 && path->queue.count >= path->limit) {
		path->evidence.overlimit_drops++;
		relay_pool_give(path->pool, frame.chunks);
		return;
	}
	/* What a rate does not let through is its effect, and no accident. */
	if (!relay_gate_has_room(&path->gate, path->waiting_bytes, frame.length)) {
		path->evidence.dropped++;
		relay_pool_give(path->pool, frame.chunks);
		return;
	}
	if (fate->corrupted)
		corrupt(path, &frame);
	if (fate->reordered)
		frame.due_ns = now;
	else
		frame.due_ns = relay_line_due(&path->line, frame.length - virtio_length(path),
			path->queue.count != 0, now, fate->delay_ns);
	if (relay_queue_push(queue, frame) < 0) {
		path->evidence.overlimit_drops++;
		relay_pool_give(path->pool, frame.chunks);
		return;
	}
	if (queue == &path->queue)
		path->waiting_bytes += frame.length;
	if (fate->reordered)
		path->evidence.reordered++;
}

/* The part of a frame in which its headers are. */
static unsigned char *headers_of(
	const struct relay_path *path, const struct frame *frame, size_t *ret_length)
{
	size_t skipped = virtio_length(path);
	size_t length = frame->length < CHUNK_BYTES ? frame->length : CHUNK_BYTES;

	*ret_length = length < skipped ? 0 : length - skipped;
	return frame->chunks->data + skipped;
}

static bool may_mark(const struct relay_path *path, const struct frame *frame)
{
	size_t length;
	const unsigned char *headers = headers_of(path, frame, &length);

	return path->ecn && ecn_is_capable(headers, length);
}

static void mark(struct relay_path *path, const struct frame *frame)
{
	size_t length;
	unsigned char *headers = headers_of(path, frame, &length);

	ecn_mark(headers, length);
	path->evidence.marked++;
}

/* A copy goes its own way, but is not copied again. */
static void enqueue_copy(struct relay_path *path, const struct frame *original, int64_t now)
{
	struct fate fate = relay_model_next(&path->model, false, may_mark(path, original));
	struct frame frame = *original;

	path->evidence.duplicated++;
	if (fate.lost) {
		path->evidence.dropped++;
		return;
	}
	frame.chunks = relay_pool_copy(path->pool, original->chunks);
	if (frame.chunks == NULL) {
		path->evidence.overlimit_drops++;
		return;
	}
	if (fate.marked)
		mark(path, &frame);
	enqueue(path, frame, now, &fate);
}

static void take(struct relay_path *path, struct chunk *chunks, size_t length)
{
	struct frame frame = {.chunks = chunks, .length = (uint32_t)length};
	struct fate fate = relay_model_next(&path->model, true, may_mark(path, &frame));
	int64_t now = monotonic_ns();

	if (fate.lost) {
		path->evidence.dropped++;
		relay_pool_give(path->pool, chunks);
		return;
	}
	if (fate.marked)
		mark(path, &frame);
	if (fate.duplicated)
		enqueue_copy(path, &frame, now);
	enqueue(path, frame, now, &fate);
}

/* No memory: the frame is lost, but it must not stay where it would be found again and again. */
static int discard(struct relay_path *path)
{
	char rest;

	/* A read that has no room for the frame takes it away all the same. */
	if (read(path->tap, &rest, sizeof(rest)) < 0 && errno == EAGAIN)
		return 0;
	path->evidence.overlimit_drops++;
	return 1;
}

/* Takes one frame. Returns 0 when there is none, -1 when the device is gone. */
static int read_one(struct relay_path *path)
{
	struct chunk *chunks = NULL;
	ssize_t length = relay_pool_read(path->pool, path->tap, &chunks);

	if (length == 0)
		return -1;
	if (length > 0)
		take(path, chunks, (size_t)length);
	if (length > 0 || errno == EINTR)
		return 1;
	if (errno == ENOMEM)
		return discard(path);
	return errno == EAGAIN ? 0 : -1;
}

int relay_path_read(struct relay_path *path)
{
	for (int i = 0; i < READ_BATCH; i++) {
		int result = read_one(path);

		if (result <= 0)
			return result;
	}
	return 0;
}

/* Moves what may leave past the gate; returns when the next frame may try. */
static int64_t pass_gate(struct relay_path *path, int64_t now)
{
	const struct frame *first;
	int64_t again = INT64_MAX;

	while ((first = relay_queue_first(&path->queue)) != NULL) {
		struct frame frame = *first;

		if (!relay_gate_pass(
			    &path->gate, &path->model, frame.due_ns, frame.length, now, &again))
			return again;
		(void)relay_queue_pop(&path->queue);
		path->waiting_bytes -= frame.length;
		frame.due_ns = now;
		if (relay_queue_push(&path->passed, frame) < 0) {
			path->evidence.overlimit_drops++;
			relay_pool_give(path->pool, frame.chunks);
		}
	}
	return INT64_MAX;
}

static int64_t send_from(
	struct relay_path *path, struct relay_queue *queue, int64_t now, int64_t until)
{
	return relay_output_send(&path->output, queue, path->pool, now, until, &path->evidence);
}

int64_t relay_path_send(struct relay_path *path)
{
	const bool gated = relay_gate_is_used(&path->gate);
	int64_t now = monotonic_ns();
	int64_t next = gated ? pass_gate(path, now) : INT64_MAX;
	int64_t retry = send_from(path, &path->passed, now, now);
	const struct frame *first;

	if (retry == 0 && !gated)
		retry = send_from(path, &path->queue, now, now);
	first = relay_queue_first(&path->queue);
	if (retry != 0)
		return retry;
	if (gated || first == NULL)
		return next;
	return first->due_ns;
}

/* Sends all that is held, at once and in its order. */
static void send_held(struct relay_path *path)
{
	const struct timespec millisecond = {.tv_nsec = 1000000};

	for (int i = 0; i < FLUSH_PATIENCE_MS; i++) {
		if (send_from(path, &path->passed, monotonic_ns(), INT64_MAX) == 0 &&
			send_from(path, &path->queue, monotonic_ns(), INT64_MAX) == 0)
			return;
		nanosleep(&millisecond, NULL);
	}
}

void relay_path_flush(struct relay_path *path)
{
	for (int i = 0; i < FLUSH_READS && read_one(path) > 0; i++)
		;
	send_held(path);
}

/* The gate counts what waits for it; without one, nobody did. */
static uint64_t bytes_in(const struct relay_queue *queue)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < queue->count; i++)
		bytes += queue->frames[i].length;
	return bytes;
}

int relay_path_change(struct relay_path *path, const struct impairment *impairment,
	const struct distribution_tables *tables)
{
	if (path->output.virtio && !relay_takes_super_packets(impairment))
		return EINVAL;
	/* A random number of the old model: the numbers stay repeatable, and differ. */
	adopt(path, impairment, tables, relay_model_random(&path->model));
	path->waiting_bytes = bytes_in(&path->queue);
	return 0;
}

void relay_path_open(struct relay_path *path)
{
	const struct impairment nothing = {0};

	send_held(path);
	path->ecn = false;
	path->line = (struct relay_line){0};
	path->gate = (struct relay_gate){0};
	relay_model_init(&path->model, &nothing, NULL, 0);
}

bool relay_path_is_cut(const struct relay_path *path)
{
	struct sockaddr_ll address;
	socklen_t length = sizeof(address);
	struct ifreq device;

	memset(&device, 0, sizeof(device));
	memset(&address, 0, sizeof(address));
	return ioctl(path->tap, TUNGETIFF, &device) < 0 ||
	       getsockname(path->output.fd, (struct sockaddr *)&address, &length) < 0 ||
	       address.sll_ifindex <= 0;
}

void relay_path_evidence(const struct relay_path *path, struct evidence *ret_evidence)
{
	*ret_evidence = path->evidence;
	ret_evidence->backlog_packets =
		path->queue.count + path->passed.count + path->output.count - path->output.done;
}

static void release_queue(const struct relay_path *path, struct relay_queue *queue)
{
	while (queue->count != 0)
		relay_pool_give(path->pool, relay_queue_pop(queue).chunks);
	relay_queue_release(queue);
}

void relay_path_free(struct relay_path *path)
{
	if (path == NULL)
		return;
	for (size_t i = path->output.done; i < path->output.count; i++)
		relay_pool_give(path->pool, path->output.batch[i].chunks);
	release_queue(path, &path->queue);
	release_queue(path, &path->passed);
	close(path->tap);
	close(path->output.fd);
	free(path);
}
