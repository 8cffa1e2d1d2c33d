/* SPDX-License-Identifier: Apache-2.0 */
/* One path of the relay, between two sockets that keep the borders of messages as a TAP device and
 * a packet socket do. */
#include <check.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "faults/clock.h"
#include "faults/relay_path.h"
#include "faults/relay_queue.h"

#define MILLISECOND 1000000LL

struct fixture {
	struct relay_pool pool;
	struct relay_path *path;
	int in;	 /* what is written here, the path reads */
	int out; /* what the path sends is read here */
};

static void set_up(struct fixture *fixture, const struct impairment *impairment, bool virtio)
{
	int in[2];
	int out[2];

	memset(fixture, 0, sizeof(*fixture));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, in), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, out), 0);
	fixture->in = in[0];
	fixture->out = out[0];
	fixture->path =
		relay_path_new(7, in[1], out[1], virtio, impairment, NULL, 1, &fixture->pool);
	ck_assert_ptr_nonnull(fixture->path);
}

/* No chunk may be lost, whatever happened. */
static void tear_down(struct fixture *fixture)
{
	relay_path_free(fixture->path);
	ck_assert_uint_eq(fixture->pool.taken, 0);
	relay_pool_trim(&fixture->pool);
	close(fixture->in);
	close(fixture->out);
}

static void put(struct fixture *fixture, const void *data, size_t length)
{
	ck_assert_int_eq(send(fixture->in, data, length, 0), (ssize_t)length);
	ck_assert_int_eq(relay_path_read(fixture->path), 0);
}

static void put_number(struct fixture *fixture, int number)
{
	put(fixture, &number, sizeof(number));
}

/* The number that was sent, or -1. */
static int get_number(const struct fixture *fixture)
{
	int number;

	return recv(fixture->out, &number, sizeof(number), 0) == sizeof(number) ? number : -1;
}

static struct evidence evidence_of(const struct fixture *fixture)
{
	struct evidence evidence;

	relay_path_evidence(fixture->path, &evidence);
	return evidence;
}

static void sleep_until(int64_t when)
{
	struct timespec until = {.tv_sec = when / 1000000000, .tv_nsec = when % 1000000000};

	ck_assert_int_eq(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), 0);
}

/* Sends until nothing waits. */
static void run_dry(struct fixture *fixture)
{
	int64_t next;

	while ((next = relay_path_send(fixture->path)) != INT64_MAX)
		sleep_until(next);
}

static unsigned int random_bits(void)
{
	return (unsigned int)lrand48();
}

START_TEST(queue_is_ordered)
{
	struct relay_queue queue = {0};
	struct frame last = {0};

	srand48(1);
	for (int i = 0; i < 5000; i++)
		ck_assert_int_eq(
			relay_queue_push(&queue, (struct frame){.due_ns = random_bits() % 500,
							 .length = (uint32_t)i}),
			0);
	for (int i = 0; i < 5000; i++) {
		struct frame frame = relay_queue_pop(&queue);

		/* Frames of one moment leave in the order in which they came. */
		ck_assert(frame.due_ns > last.due_ns ||
			  (frame.due_ns == last.due_ns && (i == 0 || frame.length > last.length)));
		last = frame;
	}
	ck_assert_ptr_null(relay_queue_first(&queue));
	relay_queue_release(&queue);
}
END_TEST

START_TEST(frames_of_every_size_stay_whole)
{
	static const size_t lengths[] = {
		1, 60, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 9014, FRAME_BYTES_MAX};
	const struct impairment nothing = {0};
	static unsigned char sent[FRAME_BYTES_MAX];
	static unsigned char got[FRAME_BYTES_MAX];
	struct fixture fixture;
	uint64_t bytes = 0;

	set_up(&fixture, &nothing, false);
	for (int i = 0; i < 1000; i++) {
		size_t length = lengths[i % 7];

		for (size_t at = 0; at < length; at++)
			sent[at] = (unsigned char)random_bits();
		put(&fixture, sent, length);
		ck_assert_int_eq(relay_path_send(fixture.path), INT64_MAX);
		ck_assert_int_eq(recv(fixture.out, got, sizeof(got), 0), (ssize_t)length);
		ck_assert_int_eq(memcmp(sent, got, length), 0);
		bytes += length;
	}
	ck_assert_uint_eq(evidence_of(&fixture).packets, 1000);
	ck_assert_uint_eq(evidence_of(&fixture).bytes, bytes);
	tear_down(&fixture);
}
END_TEST

START_TEST(delay_holds_and_keeps_order)
{
	const struct impairment impairment = {.delay_ns = 20 * MILLISECOND};
	int64_t begin = monotonic_ns();
	struct fixture fixture;
	int64_t due;

	set_up(&fixture, &impairment, false);
	for (int i = 0; i < 50; i++)
		put_number(&fixture, i);
	due = relay_path_send(fixture.path);
	ck_assert_int_ge(due, begin + 20 * MILLISECOND);
	ck_assert_int_le(due, monotonic_ns() + 20 * MILLISECOND);
	ck_assert_int_eq(get_number(&fixture), -1);
	ck_assert_uint_eq(evidence_of(&fixture).backlog_packets, 50);
	run_dry(&fixture);
	ck_assert_int_ge(monotonic_ns(), begin + 20 * MILLISECOND);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(get_number(&fixture), i);
	ck_assert_uint_eq(evidence_of(&fixture).packets, 50);
	ck_assert_uint_eq(evidence_of(&fixture).backlog_packets, 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(loss_is_counted)
{
	const struct impairment impairment = {.loss = 100};
	struct fixture fixture;

	set_up(&fixture, &impairment, false);
	for (int i = 0; i < 10; i++)
		put_number(&fixture, i);
	run_dry(&fixture);
	ck_assert_int_eq(get_number(&fixture), -1);
	ck_assert_uint_eq(evidence_of(&fixture).dropped, 10);
	ck_assert_uint_eq(evidence_of(&fixture).packets, 0);
	ck_assert_uint_eq(evidence_of(&fixture).overlimit_drops, 0);
	tear_down(&fixture);
}
END_TEST

/* Two packets of IPv4, of which one can be marked. */
START_TEST(capable_packets_are_marked)
{
	const struct impairment impairment = {.loss = 100, .ecn = true};
	const bool virtio = _i != 0;
	const size_t at = virtio ? sizeof(struct virtio_net_hdr) : 0;
	unsigned char frame[100] = {0};
	struct fixture fixture;

	set_up(&fixture, &impairment, virtio);
	frame[at + 12] = 0x08;
	frame[at + 14] = 0x45;
	put(&fixture, frame, sizeof(frame));
	frame[at + 15] = 2;
	put(&fixture, frame, sizeof(frame));
	run_dry(&fixture);
	ck_assert_int_eq(recv(fixture.out, frame, sizeof(frame), 0), sizeof(frame));
	ck_assert_uint_eq(frame[at + 15], 3);
	ck_assert_int_eq(get_number(&fixture), -1);
	ck_assert_uint_eq(evidence_of(&fixture).dropped, 1);
	ck_assert_uint_eq(evidence_of(&fixture).marked, 1);
	ck_assert_uint_eq(evidence_of(&fixture).packets, 1);
	tear_down(&fixture);
}
END_TEST

START_TEST(duplicates_are_whole)
{
	const struct impairment impairment = {.duplicate = 100};
	static unsigned char sent[5000];
	static unsigned char got[5001];
	struct fixture fixture;

	set_up(&fixture, &impairment, false);
	for (size_t at = 0; at < sizeof(sent); at++)
		sent[at] = (unsigned char)random_bits();
	put(&fixture, sent, sizeof(sent));
	run_dry(&fixture);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(recv(fixture.out, got, sizeof(got), 0), sizeof(sent));
		ck_assert_int_eq(memcmp(sent, got, sizeof(sent)), 0);
	}
	ck_assert_int_eq(get_number(&fixture), -1);
	ck_assert_uint_eq(evidence_of(&fixture).duplicated, 1);
	ck_assert_uint_eq(evidence_of(&fixture).packets, 2);
	tear_down(&fixture);
}
END_TEST

START_TEST(corruption_flips_one_bit_anywhere)
{
	const struct impairment impairment = {.corrupt = 100};
	static const unsigned char sent[5000];
	static unsigned char got[5000];
	struct fixture fixture;
	size_t parts[5] = {0};

	set_up(&fixture, &impairment, false);
	for (int i = 0; i < 500; i++) {
		int flipped = 0;

		put(&fixture, sent, sizeof(sent));
		run_dry(&fixture);
		ck_assert_int_eq(recv(fixture.out, got, sizeof(got), 0), sizeof(sent));
		for (size_t at = 0; at < sizeof(got); at++) {
			flipped += __builtin_popcount(got[at]);
			parts[at / 1000] += got[at] != 0;
		}
		ck_assert_int_eq(flipped, 1);
	}
	for (int i = 0; i < 5; i++) {
		/* 100 +- 4 standard deviations of 9 */
		ck_assert_uint_gt(parts[i], 64);
		ck_assert_uint_lt(parts[i], 136);
	}
	ck_assert_uint_eq(evidence_of(&fixture).corrupted, 500);
	tear_down(&fixture);
}
END_TEST

START_TEST(reordered_frames_overtake)
{
	const struct impairment impairment = {
		.delay_ns = 5 * MILLISECOND, .reorder = 100, .reorder_gap = 3};
	static const int expected[] = {2, 5, 0, 1, 3, 4};
	struct fixture fixture;

	set_up(&fixture, &impairment, false);
	for (int i = 0; i < 6; i++)
		put_number(&fixture, i);
	run_dry(&fixture);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(get_number(&fixture), expected[i]);
	ck_assert_uint_eq(evidence_of(&fixture).reordered, 2);
	tear_down(&fixture);
}
END_TEST

START_TEST(limit_drops_the_newest)
{
	const struct impairment impairment = {.delay_ns = MILLISECOND, .limit = 10};
	struct fixture fixture;

	set_up(&fixture, &impairment, false);
	for (int i = 0; i < 15; i++)
		put_number(&fixture, i);
	run_dry(&fixture);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(get_number(&fixture), i);
	ck_assert_int_eq(get_number(&fixture), -1);
	ck_assert_uint_eq(evidence_of(&fixture).overlimit_drops, 5);
	ck_assert_uint_eq(evidence_of(&fixture).dropped, 0);
	tear_down(&fixture);
}
END_TEST

/* 10 frames of 1,250 bytes at 1 Mbit/s take 10 ms each; the delay runs beside that. */
START_TEST(rate_takes_time_on_the_line)
{
	const struct impairment impairment = {
		.rate_bits = 1000000, .delay_ns = _i * 5 * MILLISECOND};
	static const unsigned char frame[1250];
	struct fixture fixture;
	int64_t begin;
	int64_t elapsed;

	set_up(&fixture, &impairment, false);
	begin = monotonic_ns();
	for (int i = 0; i < 10; i++)
		put(&fixture, frame, sizeof(frame));
	run_dry(&fixture);
	elapsed = monotonic_ns() - begin;
	ck_assert_int_ge(elapsed, (100 + _i * 5) * MILLISECOND);
	ck_assert_int_le(elapsed, (150 + _i * 5) * MILLISECOND);
	tear_down(&fixture);
}
END_TEST

/* 10 frames of 90 bytes, with 6 more each, are 2 cells of 48 + 2 bytes each: 8 ms at 100 kbit/s. */
START_TEST(line_has_overheads)
{
	const bool virtio = _i != 0;
	const struct impairment impairment = {
		.rate_bits = 100000, .packet_overhead = 6, .cell_size = 48, .cell_overhead = 2};
	static const unsigned char frame[90 + sizeof(struct virtio_net_hdr)];
	struct fixture fixture;
	int64_t begin;
	int64_t elapsed;

	set_up(&fixture, &impairment, virtio);
	begin = monotonic_ns();
	for (int i = 0; i < 10; i++)
		put(&fixture, frame, virtio ? sizeof(frame) : 90);
	run_dry(&fixture);
	elapsed = monotonic_ns() - begin;
	ck_assert_int_ge(elapsed, 80 * MILLISECOND);
	ck_assert_int_le(elapsed, 110 * MILLISECOND);
	tear_down(&fixture);
}
END_TEST

/* A device that is full for a moment loses nothing. */
START_TEST(full_device_is_awaited)
{
	const struct impairment nothing = {0};
	static unsigned char frame[20000];
	struct fixture fixture;
	int received = 0;

	set_up(&fixture, &nothing, false);
	for (int i = 0; i < 50; i++)
		put(&fixture, frame, sizeof(frame));
	ck_assert_int_ne(relay_path_send(fixture.path), INT64_MAX);
	ck_assert_uint_gt(evidence_of(&fixture).backlog_packets, 0);
	do {
		while (recv(fixture.out, frame, sizeof(frame), 0) > 0)
			received++;
	} while (relay_path_send(fixture.path) != INT64_MAX);
	while (recv(fixture.out, frame, sizeof(frame), 0) > 0)
		received++;
	ck_assert_int_eq(received, 50);
	ck_assert_uint_eq(evidence_of(&fixture).packets, 50);
	ck_assert_uint_eq(evidence_of(&fixture).overlimit_drops, 0);
	tear_down(&fixture);
}
END_TEST

/* One that takes nothing any more does not hold up the rest for ever, and recovers. */
START_TEST(stuck_device_loses)
{
	const struct impairment nothing = {0};
	static unsigned char frame[20000];
	struct fixture fixture;
	struct evidence evidence;

	set_up(&fixture, &nothing, false);
	for (int i = 0; i < 50; i++)
		put(&fixture, frame, sizeof(frame));
	run_dry(&fixture);
	evidence = evidence_of(&fixture);
	ck_assert_uint_gt(evidence.overlimit_drops, 0);
	ck_assert_uint_eq(evidence.packets + evidence.overlimit_drops, 50);
	while (recv(fixture.out, frame, sizeof(frame), 0) > 0)
		;
	put_number(&fixture, 42);
	run_dry(&fixture);
	ck_assert_int_eq(get_number(&fixture), 42);
	tear_down(&fixture);
}
END_TEST

START_TEST(flush_sends_all_in_order)
{
	const struct impairment impairment = {.delay_ns = 60000 * MILLISECOND};
	struct fixture fixture;

	set_up(&fixture, &impairment, false);
	for (int i = 0; i < 10; i++)
		put_number(&fixture, i);
	/* and some that nobody has read yet */
	for (int i = 10; i < 200; i++)
		ck_assert_int_eq(send(fixture.in, &i, sizeof(i), 0), sizeof(i));
	relay_path_flush(fixture.path);
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(get_number(&fixture), i);
	ck_assert_uint_eq(evidence_of(&fixture).backlog_packets, 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(open_path_leaves_frames_alone)
{
	const struct impairment impairment = {.delay_ns = 60000 * MILLISECOND,
		.loss = 50,
		.corrupt = 50,
		.duplicate = 50,
		.rate_bits = 1000};
	struct fixture fixture;

	set_up(&fixture, &impairment, false);
	relay_path_open(fixture.path);
	for (int i = 0; i < 100; i++) {
		put_number(&fixture, i);
		ck_assert_int_eq(relay_path_send(fixture.path), INT64_MAX);
		ck_assert_int_eq(get_number(&fixture), i);
	}
	tear_down(&fixture);
}
END_TEST

START_TEST(gone_device_is_noticed)
{
	const struct impairment nothing = {0};
	struct fixture fixture;

	set_up(&fixture, &nothing, false);
	close(fixture.in);
	ck_assert_int_eq(relay_path_read(fixture.path), -1);
	fixture.in = -1;
	tear_down(&fixture);
}
END_TEST

/* 10,000 bytes of TCP payload in segments of 1,448 are 7 packets with 66 bytes of headers each. */
START_TEST(super_packets_count_as_what_they_become)
{
	const struct impairment nothing = {0};
	static unsigned char frame[sizeof(struct virtio_net_hdr) + 66 + 10000];
	struct virtio_net_hdr header = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = 66,
		.gso_size = 1448,
		.csum_start = 34,
		.csum_offset = 16};
	struct fixture fixture;

	set_up(&fixture, &nothing, true);
	memcpy(frame, &header, sizeof(header));
	frame[sizeof(header) + 34 + 12] = 8 << 4; /* a TCP header of 32 bytes */
	put(&fixture, frame, sizeof(frame));
	run_dry(&fixture);
	ck_assert_uint_eq(evidence_of(&fixture).packets, 7);
	ck_assert_uint_eq(evidence_of(&fixture).bytes, 10000 + 7 * 66);
	/* An ordinary packet is one, less the virtio header. */
	memset(frame, 0, sizeof(header));
	put(&fixture, frame, sizeof(header) + 100);
	run_dry(&fixture);
	ck_assert_uint_eq(evidence_of(&fixture).packets, 8);
	ck_assert_uint_eq(evidence_of(&fixture).bytes, 10000 + 7 * 66 + 100);
	tear_down(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("relay_path");
	TCase *cases = tcase_create("path");
	SRunner *runner;
	int failed;

	tcase_add_test(cases, queue_is_ordered);
	tcase_add_test(cases, frames_of_every_size_stay_whole);
	tcase_add_test(cases, delay_holds_and_keeps_order);
	tcase_add_test(cases, loss_is_counted);
	tcase_add_loop_test(cases, capable_packets_are_marked, 0, 2);
	tcase_add_test(cases, duplicates_are_whole);
	tcase_add_test(cases, corruption_flips_one_bit_anywhere);
	tcase_add_test(cases, reordered_frames_overtake);
	tcase_add_test(cases, limit_drops_the_newest);
	tcase_add_loop_test(cases, rate_takes_time_on_the_line, 0, 2);
	tcase_add_loop_test(cases, line_has_overheads, 0, 2);
	tcase_add_test(cases, full_device_is_awaited);
	tcase_add_test(cases, stuck_device_loses);
	tcase_add_test(cases, flush_sends_all_in_order);
	tcase_add_test(cases, open_path_leaves_frames_alone);
	tcase_add_test(cases, gone_device_is_noticed);
	tcase_add_test(cases, super_packets_count_as_what_they_become);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
