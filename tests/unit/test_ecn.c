/* SPDX-License-Identifier: Apache-2.0 */
/* Which frames can be marked, and what is left of them when they are. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "faults/ecn.h"

static unsigned char frame[14 + 8 + 60];

/* An IP packet behind so many VLAN tags; its ECN bits. Returns where its header is. */
static size_t make(int version, int tags, unsigned int bits)
{
	static const unsigned char types[2][2] = {{0x08, 0x00}, {0x86, 0xdd}};
	size_t at = 14 + 4 * (size_t)tags;

	memset(frame, 0, sizeof(frame));
	for (size_t tag = 12; tag < at - 2; tag += 4)
		memcpy(frame + tag, "\x81\x00", 2);
	memcpy(frame + at - 2, types[version == 6], 2);
	frame[at] = version == 4 ? 0x45 : 0x60;
	frame[at + 1] = (unsigned char)(version == 4 ? bits | 0xb8 : bits << 4 | 0x8f);
	return at;
}

static unsigned int bits_of(int version, size_t at)
{
	return (version == 4 ? frame[at + 1] : frame[at + 1] >> 4) & 3U;
}

/* The sum of all words of a right IPv4 header is all ones. */
static unsigned int header_sum(size_t at)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < 20; i += 2)
		sum += (unsigned int)frame[at + i] << 8 | frame[at + i + 1];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

START_TEST(capable_packets_are_marked)
{
	for (int tags = 0; tags <= 2; tags++) {
		for (unsigned int bits = 0; bits <= 3; bits++) {
			for (int version = 4; version <= 6; version += 2) {
				size_t at = make(version, tags, bits);

				ck_assert_int_eq(ecn_is_capable(frame, sizeof(frame)), bits != 0);
				if (bits == 0)
					continue;
				ecn_mark(frame, sizeof(frame));
				ck_assert_uint_eq(bits_of(version, at), 3);
				ck_assert_uint_eq(frame[at + 1], version == 4 ? (0xb8 | 3) : 0xbf);
			}
		}
	}
}
END_TEST

/* Whatever else is in the header. */
START_TEST(checksum_stays_right)
{
	for (unsigned int id = 0; id <= 0xffff; id++) {
		size_t at = make(4, 0, 1 + id % 3);
		unsigned int checksum;

		frame[at + 4] = (unsigned char)(id >> 8);
		frame[at + 5] = (unsigned char)id;
		checksum = ~header_sum(at) & 0xffff;
		frame[at + 10] = (unsigned char)(checksum >> 8);
		frame[at + 11] = (unsigned char)checksum;
		ck_assert_uint_eq(header_sum(at), 0xffff);
		ecn_mark(frame, sizeof(frame));
		ck_assert_uint_eq(header_sum(at), 0xffff);
	}
}
END_TEST

START_TEST(other_frames_cannot_be_marked)
{
	size_t at = make(4, 0, 2);

	for (size_t length = 0; length < at + 20; length++)
		ck_assert(!ecn_is_capable(frame, length));
	ck_assert(ecn_is_capable(frame, at + 20));
	frame[at] = 0x65; /* another version than the type says */
	ck_assert(!ecn_is_capable(frame, sizeof(frame)));
	at = make(6, 2, 2);
	for (size_t length = 0; length < at + 40; length++)
		ck_assert(!ecn_is_capable(frame, length));
	frame[at - 2] = 0x08; /* ARP */
	frame[at - 1] = 0x06;
	ck_assert(!ecn_is_capable(frame, sizeof(frame)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ecn");
	TCase *cases = tcase_create("frames");
	SRunner *runner;
	int failed;

	tcase_add_test(cases, capable_packets_are_marked);
	tcase_add_test(cases, checksum_stays_right);
	tcase_add_test(cases, other_frames_cannot_be_marked);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
