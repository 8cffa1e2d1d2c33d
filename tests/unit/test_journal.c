/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: what is written is read back, what is damaged is refused, what is torn is ignored.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/crc32.h"
#include "faults/journal.h"
#include "faults/journal_directory.h"
#include "faults/operation_text.h"

static struct operation sample(uint32_t id)
{
	struct operation operation;

	/* memset, not an initialiser: the padding is compared, too */
	memset(&operation, 0, sizeof(operation));
	operation.id = id;
	operation.fault = 7;
	operation.type = OPERATION_NETEM;
	operation.pid = 4711;
	operation.start_time = 123456789012345ULL;
	strcpy(operation.netns_path, "/run/netns/a b%c=d\n");
	operation.netns_inode = 4026532000ULL;
	strcpy(operation.interface, "eth0@if5");
	operation.interface_index = 2;
	operation.queue_length_zero = true;
	operation.impairment.delay_ns = 100000000;
	operation.impairment.loss = 0.1;
	operation.impairment.loss_correlation = 33.333333333333336;
	operation.impairment.rate_bits = 10000000000ULL;
	strcpy(operation.command, "nginx: *");
	operation.handle = 0x70650000;
	operation.clsact_created = true;
	return operation;
}

START_TEST(operation_survives_text)
{
	struct operation operation = sample(3);
	struct operation back;
	char text[OPERATION_TEXT_MAX];

	memset(&back, 0xff, sizeof(back));
	ck_assert_int_gt(operation_format(&operation, text, sizeof(text)), 0);
	ck_assert_ptr_null(strchr(text, '\n'));
	ck_assert_int_eq(operation_parse(text, &back), 0);
	ck_assert_str_eq(back.netns_path, operation.netns_path);
	ck_assert_str_eq(back.command, operation.command);
	ck_assert(back.impairment.loss == operation.impairment.loss);
	ck_assert(back.impairment.loss_correlation == operation.impairment.loss_correlation);
	ck_assert_uint_eq(back.start_time, operation.start_time);
	ck_assert_uint_eq(back.impairment.rate_bits, operation.impairment.rate_bits);
	ck_assert_int_eq(back.impairment.delay_ns, operation.impairment.delay_ns);
	ck_assert_uint_eq(back.handle, operation.handle);
	ck_assert(back.queue_length_zero);
	ck_assert(back.clsact_created);
	ck_assert_uint_eq(back.fault, 7);
}
END_TEST

START_TEST(largest_operation_fits)
{
	struct operation operation = sample(UINT32_MAX);
	char text[OPERATION_TEXT_MAX];

	memset(operation.netns_path, '\x01', sizeof(operation.netns_path) - 1);
	memset(operation.command, '\x7f', sizeof(operation.command) - 1);
	memset(operation.cgroup, ' ', sizeof(operation.cgroup) - 1);
	memset(operation.tap, '%', sizeof(operation.tap) - 1);
	ck_assert_int_gt(operation_format(&operation, text, sizeof(text)), 0);
	ck_assert_int_eq(operation_parse(text, &operation), 0);
}
END_TEST

static const char *const bad_operations[] = {
	"",
	"id=1",
	"type=netem",
	"id=0 type=netem",
	"id=1 type=nonsense",
	"id=1 type=netem unknown=1",
	"id=1 type=netem pid=99999999999",
	"id=1 type=netem pid=",
	"id=1 type=netem loss=nan",
	"id=1 type=netem loss=0x1p99999",
	"id=1 type=netem interface=abcdefghijklmnopqrstuvwxyz",
	"id=1 type=netem interface=%zz",
	"id=1 type=netem interface=%00",
	"id=1 type=netem interface=%4",
	"id=-1 type=netem",
	"id=1 type=netem  pid=1",
};

START_TEST(bad_operation_is_refused)
{
	struct operation operation;

	ck_assert_int_eq(operation_parse(bad_operations[_i], &operation), -1);
}
END_TEST

START_TEST(crc_is_the_standard_one)
{
	/* The check value of CRC-32/ISO-HDLC. */
	ck_assert_uint_eq(crc32_of("123456789", 9), 0xcbf43926U);
}
END_TEST

static char run_id[64];

static struct journal *fresh_journal(void)
{
	struct journal *journal = NULL;
	struct err err = {0};

	snprintf(run_id, sizeof(run_id), "unit-test-%d", (int)getpid());
	ck_assert_msg(journal_create(run_id, &journal, &err) == 0, "%s", err.message);
	return journal;
}

START_TEST(what_is_undone_is_not_left)
{
	struct journal *journal = fresh_journal();
	struct journal_content content;
	struct err err = {0};
	char path[128];
	struct stat status;

	for (uint32_t id = 1; id <= 3; id++) {
		struct operation operation = sample(id);

		ck_assert_int_eq(journal_add_operation(journal, &operation, &err), 0);
	}
	ck_assert_int_eq(journal_add_undone(journal, 2, &err), 0);
	ck_assert_int_eq(journal_read(run_id, &content, &err), 0);
	ck_assert_uint_eq(content.count, 0); /* nothing is stored before the sync */
	journal_content_release(&content);
	ck_assert_int_eq(journal_sync(journal, &err), 0);
	ck_assert_msg(journal_read(run_id, &content, &err) == 0, "%s", err.message);
	ck_assert_uint_eq(content.count, 2);
	ck_assert_uint_eq(content.operations[0].id, 1);
	ck_assert_uint_eq(content.operations[1].id, 3);
	ck_assert_uint_eq(content.writer_pid, (unsigned int)getpid());
	journal_content_release(&content);
	snprintf(path, sizeof(path), JOURNAL_DIRECTORY "/%s.journal", run_id);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0600);
	ck_assert_int_eq(journal_remove(journal, &err), 0);
	journal_free(journal);
	ck_assert_int_eq(journal_read(run_id, &content, &err), -1);
}
END_TEST

/* A journal text with two operations, as it would be on disk. */
static size_t journal_text(char *text, size_t size)
{
	struct journal *journal = fresh_journal();
	struct err err = {0};
	char path[128];
	size_t length;
	FILE *file;

	for (uint32_t id = 1; id <= 2; id++) {
		struct operation operation = sample(id);

		ck_assert_int_eq(journal_add_operation(journal, &operation, &err), 0);
	}
	ck_assert_int_eq(journal_sync(journal, &err), 0);
	snprintf(path, sizeof(path), JOURNAL_DIRECTORY "/%s.journal", run_id);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	length = fread(text, 1, size, file);
	fclose(file);
	ck_assert_int_eq(journal_remove(journal, &err), 0);
	journal_free(journal);
	return length;
}

START_TEST(torn_tail_is_ignored)
{
	char text[16384];
	size_t length = journal_text(text, sizeof(text));

	for (size_t cut = 0; cut <= length; cut++) {
		struct journal_content content;
		struct err err = {0};

		ck_assert_msg(journal_parse(text, cut, &content, &err) == 0, "cut at %zu: %s", cut,
			err.message);
		ck_assert_uint_le(content.count, 2);
		journal_content_release(&content);
	}
}
END_TEST

START_TEST(any_flipped_bit_is_noticed)
{
	char text[16384];
	size_t length = journal_text(text, sizeof(text));

	for (size_t at = 0; at < length; at++) {
		struct journal_content content;
		struct err err = {0};

		text[at] ^= 4;
		/* A broken last newline looks like a torn tail; everything else is damage. */
		if (journal_parse(text, length, &content, &err) == 0) {
			ck_assert_uint_eq(at, length - 1);
			journal_content_release(&content);
		}
		text[at] ^= 4;
	}
}
END_TEST

START_TEST(names_cannot_leave_the_directory)
{
	static const char *const names[] = {"../x", "a/b", "", ".hidden"};
	struct journal *journal = NULL;
	struct err err = {0};

	ck_assert_int_eq(journal_create(names[_i], &journal, &err), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal");
	TCase *text = tcase_create("text");
	TCase *file = tcase_create("file");
	SRunner *runner;
	int failed;

	tcase_add_test(text, operation_survives_text);
	tcase_add_test(text, largest_operation_fits);
	tcase_add_loop_test(text, bad_operation_is_refused, 0,
		(int)(sizeof(bad_operations) / sizeof(bad_operations[0])));
	tcase_add_test(text, crc_is_the_standard_one);
	tcase_add_test(file, what_is_undone_is_not_left);
	tcase_add_test(file, torn_tail_is_ignored);
	tcase_add_test(file, any_flipped_bit_is_noticed);
	tcase_add_loop_test(file, names_cannot_leave_the_directory, 0, 4);
	suite_add_tcase(suite, text);
	suite_add_tcase(suite, file);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
