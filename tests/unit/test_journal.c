/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: what is written is read back, what is damaged is refused, what is torn is ignored.
 */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "faults/crc32.h"
#include "faults/journal.h"
#include "faults/journal_directory.h"
#include "faults/operation_text.h"
#include "faults/proc.h"
#include "reports/mem.h"

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
	operation.impairment.gemodel =
		(struct gilbert_elliott){.p = 1.1, .r = 20, .bad_loss = 90, .good_loss = 0.1};
	operation.impairment.four_state =
		(struct four_state){.p13 = 1, .p31 = 2, .p32 = 3, .p23 = 4, .p14 = 5.5};
	operation.impairment.ecn = true;
	operation.impairment.rate_bits = 10000000000ULL;
	operation.impairment.packet_overhead = -14;
	operation.impairment.cell_size = 48;
	operation.impairment.cell_overhead = 5;
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
	ck_assert_mem_eq(&back.impairment.gemodel, &operation.impairment.gemodel,
		sizeof(back.impairment.gemodel));
	ck_assert_mem_eq(&back.impairment.four_state, &operation.impairment.four_state,
		sizeof(back.impairment.four_state));
	ck_assert(back.impairment.ecn);
	ck_assert_uint_eq(back.start_time, operation.start_time);
	ck_assert_uint_eq(back.impairment.rate_bits, operation.impairment.rate_bits);
	ck_assert_int_eq(back.impairment.packet_overhead, -14);
	ck_assert_uint_eq(back.impairment.cell_size, 48);
	ck_assert_int_eq(back.impairment.cell_overhead, 5);
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

	memset(operation.netns_path + 1, '\x01', sizeof(operation.netns_path) - 2);
	memset(operation.command, '\x7f', sizeof(operation.command) - 1);
	memset(operation.cgroup, ' ', sizeof(operation.cgroup) - 1);
	operation.deadline_ns = INT64_MAX;
	ck_assert_int_gt(operation_format(&operation, text, sizeof(text)), 0);
	ck_assert_int_eq(operation_parse(text, &operation), 0);
}
END_TEST

#define PLACE "id=1 netns_path=/a interface=eth0 netns_inode=9 interface_index=2 "

static const char *const good_operations[] = {
	PLACE "type=netem handle=1885667328",
	PLACE "type=tbf handle=1885667328 loss=0x1.9p6 distribution=3",
	PLACE "type=relay tap=ptb0123abcf tap_index=4",
	"id=1 type=signal signal=9 pid=7",
	"id=1 type=sigstop pid=7 command=%2a",
	"id=1 type=freezer pid=7 cgroup=/sys/a..b cgroup_version=1",
};

START_TEST(good_operation_is_taken)
{
	struct operation operation;

	ck_assert_int_eq(operation_parse(good_operations[_i], &operation), 0);
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
	/* The sample with something in it changed. */
	PLACE "type=netem type=tbf handle=1885667328",
	PLACE "type=netem",		      /* whose qdisc would be removed? */
	PLACE "type=netem handle=2147549184", /* somebody's, not ours */
	PLACE "type=netem handle=1885667328 pid=-1",
	PLACE "type=netem handle=1885667328 distribution=4",
	PLACE "type=netem handle=1885667328 distribution=-1",
	PLACE "type=netem handle=1885667328 loss=-0x1p0",
	PLACE "type=netem handle=1885667328 loss=0x1.92p6",
	PLACE "type=netem handle=1885667328 loss=inf",
	PLACE "type=netem handle=1885667328 packet_overhead=-15",
	PLACE "type=netem handle=1885667328 cell_size=9223372036854775807",
	PLACE "type=netem handle=1885667328 cell_size=48 cell_overhead=-49",
	PLACE "type=netem handle=1885667328 gemodel_bad_loss=0x1.92p6",
	PLACE "type=netem handle=1885667328 p14=-0x1p0",
	PLACE "type=netem handle=1885667328 delay_ns=-1",
	PLACE "type=netem handle=1885667328 delay_ns=-",
	PLACE "type=netem handle=1885667328 deadline_ns=-1",
	PLACE "type=netem handle=1885667328 queue_length_zero=yes",
	PLACE "type=netem handle=1885667328 queue_length_zero=0",
	PLACE "type=relay tap=tun0",
	PLACE "type=relay tap=ptb0000000g",
	PLACE "type=relay tap=ptb000000000",
	PLACE "type=relay",
	"id=1 netns_inode=9 interface=eth0 interface_index=2 handle=1885667328 type=netem",
	"id=1 netns_path=a interface=eth0 netns_inode=9 interface_index=2 handle=1885667328 "
	"type=netem",
	"id=1 netns_path=/a interface=eth0 netns_inode=9 handle=1885667328 type=netem",
	"id=1 netns_path=/a interface=a/b netns_inode=9 interface_index=2 handle=1885667328 "
	"type=netem",
	"id=1 netns_path=/a interface=.. netns_inode=9 interface_index=2 handle=1885667328 "
	"type=netem",
	"id=1 type=signal signal=9",
	"id=1 type=signal signal=0 pid=7",
	"id=1 type=signal signal=65 pid=7",
	"id=1 type=sigstop",
	"id=1 type=sigstop pid=-1",
	"id=1 type=sigstop pid=7 cgroup=relative",
	"id=1 type=freezer pid=7 cgroup_version=1",
	"id=1 type=freezer pid=7 cgroup=/sys/../etc cgroup_version=1",
	"id=1 type=freezer pid=7 cgroup=/sys/.. cgroup_version=1",
	"id=1 type=freezer pid=7 cgroup=/sys cgroup_version=3",
	"id=1 type=freezer pid=7 cgroup=/sys",
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

static const struct journal_header header = {
	.main_pid = 4711, .main_start_time = 815, .title = "A title: 100% \n\"quoted\""};

static struct journal *fresh_journal(void)
{
	struct journal *journal = NULL;
	struct err err = {0};

	snprintf(run_id, sizeof(run_id), "unit-test-%d", (int)getpid());
	ck_assert_msg(journal_create(run_id, &header, &journal, &err) == 0, "%s", err.message);
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
	ck_assert_uint_eq(content.damaged_line, 0);
	ck_assert_uint_eq(content.header.version, JOURNAL_VERSION);
	ck_assert_int_eq(content.header.custodian_pid, getpid());
	ck_assert(proc_alive(content.header.custodian_pid, content.header.custodian_start_time));
	ck_assert_int_eq(content.header.main_pid, 4711);
	ck_assert_uint_eq(content.header.main_start_time, 815);
	ck_assert_str_eq(content.header.title, header.title);
	ck_assert_int_le(llabs(content.header.began_ms / 1000 - (int64_t)time(NULL)), 60);
	journal_content_release(&content);
	snprintf(path, sizeof(path), JOURNAL_DIRECTORY "/%s.journal", run_id);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0600);
	ck_assert_int_eq(journal_remove(journal, &err), 0);
	journal_free(journal);
	ck_assert_int_eq(journal_read(run_id, &content, &err), -1);
}
END_TEST

/* A disk that is full for a moment, in the middle of a line. */
START_TEST(line_that_was_begun_is_ended)
{
	struct journal *journal = fresh_journal();
	struct operation operation = sample(1);
	struct journal_content content;
	struct rlimit limit;
	struct rlimit less;
	struct err err = {0};
	int result;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	less = limit;
	less.rlim_cur = 300;
	ck_assert_int_eq(journal_add_operation(journal, &operation, &err), 0);
	/* No assertion meanwhile: Check writes them to a file. */
	result = setrlimit(RLIMIT_FSIZE, &less) < 0 ? 1 : journal_sync(journal, &err);
	result = setrlimit(RLIMIT_FSIZE, &limit) < 0 ? 1 : result;
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err.sys, EFBIG);
	ck_assert_int_eq(journal_read(run_id, &content, &err), 0);
	ck_assert_uint_eq(content.damaged_line, 0);
	ck_assert_uint_eq(content.count, 0);
	journal_content_release(&content);
	operation.id = 2;
	ck_assert_int_eq(journal_add_operation(journal, &operation, &err), 0);
	ck_assert_int_eq(journal_sync(journal, &err), 0);
	ck_assert_int_eq(journal_read(run_id, &content, &err), 0);
	ck_assert_uint_eq(content.damaged_line, 0);
	ck_assert_uint_eq(content.count, 2);
	journal_content_release(&content);
	ck_assert_int_eq(journal_remove(journal, &err), 0);
	journal_free(journal);
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
		ck_assert_int_eq(journal_parse(text, length, &content, &err), 0);
		/* A broken last newline looks like a torn tail; everything else is damage, and
		 * costs one line, or two if a newline is broken. */
		ck_assert((content.damaged_line == 0) == (at == length - 1));
		ck_assert_uint_le(content.damaged_line, 3);
		ck_assert(content.count >= 1 || text[at] == ('\n' ^ 4));
		journal_content_release(&content);
		text[at] ^= 4;
	}
}
END_TEST

/* Appends a line as journal_sync writes it. */
static void append_line(char *text, const char *body)
{
	size_t used = strlen(text);

	sprintf(text + used, "%08x %s\n", (unsigned int)crc32_of(body, strlen(body)), body);
}

static const char first_version[] = "1 perturb version=1 pid=77";
static const char stopped[] = " operation id=1 type=sigstop pid=7";

START_TEST(first_version_is_read)
{
	char text[1024] = "";
	struct journal_content content;
	struct err err = {0};

	append_line(text, first_version);
	append_line(text, "2 operation id=1 type=sigstop pid=7");
	ck_assert_int_eq(journal_parse(text, strlen(text), &content, &err), 0);
	ck_assert_uint_eq(content.damaged_line, 0);
	ck_assert_uint_eq(content.header.version, 1);
	ck_assert_int_eq(content.header.custodian_pid, 77);
	ck_assert_int_eq(content.header.main_pid, 0);
	ck_assert_uint_eq(content.count, 1);
	journal_content_release(&content);
}
END_TEST

START_TEST(newer_version_is_refused)
{
	char text[1024] = "";
	struct journal_content content;
	struct err err = {0};

	append_line(text, "1 perturb version=99 what=ever pid");
	ck_assert_int_eq(journal_parse(text, strlen(text), &content, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.message, "newer perturb"));
}
END_TEST

static const char *const bad_headers[] = {
	"1 perturb pid=1 version=2",
	"1 perturb version=0 pid=1",
	"1 perturb version=2",
	"1 perturb version=2 pid=99999999999",
	"1 perturb version=2 pid=1 unknown=1",
	"1 perturb version=2 pid=1 title=%zz",
	"1 other version=2 pid=1",
	"1 perturb ",
};

/* What follows the first line is put back nevertheless. */
START_TEST(bad_header_is_damage)
{
	char text[1024] = "";
	struct journal_content content;
	struct err err = {0};

	append_line(text, bad_headers[_i]);
	append_line(text, "2 operation id=1 type=sigstop pid=7");
	ck_assert_int_eq(journal_parse(text, strlen(text), &content, &err), 0);
	ck_assert_uint_eq(content.damaged_line, 1);
	ck_assert_uint_eq(content.count, 1);
	journal_content_release(&content);
}
END_TEST

static const struct damage {
	const char *third; /* the third line */
	uint32_t line;	   /* that is called damaged */
	size_t count;
} damages[] = {
	{"3 undone 1", 0, 1},
	{"3 undone 2", 3, 2},
	{"3 undone 1x", 3, 2},
	{"3 undone  1", 3, 2},
	{"3 undone", 3, 2},
	{"3 redone 1", 3, 2},
	{"4 undone 1", 3, 1},
	{"2 undone 1", 3, 2},
	{"3 operation id=1", 3, 2},
	{"", 3, 2},
};

START_TEST(other_lines_count)
{
	const struct damage *damage = &damages[_i];
	char text[1024] = "";
	char body[128];
	struct journal_content content;
	struct err err = {0};

	append_line(text, first_version);
	snprintf(body, sizeof(body), "2%s", stopped);
	append_line(text, body);
	append_line(text, damage->third);
	snprintf(body, sizeof(body), "%d%s", damage->third[0] == '4' ? 5 : 4, stopped);
	append_line(text, body);
	ck_assert_int_eq(journal_parse(text, strlen(text), &content, &err), 0);
	ck_assert_uint_eq(content.damaged_line, damage->line);
	ck_assert_uint_eq(content.count, damage->count);
	journal_content_release(&content);
}
END_TEST

START_TEST(names_cannot_leave_the_directory)
{
	static const char *const names[] = {"../x", "a/b", "", ".hidden"};
	struct journal *journal = NULL;
	struct err err = {0};

	ck_assert_int_eq(journal_create(names[_i], &header, &journal, &err), -1);
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
	tcase_add_loop_test(text, bad_operation_is_refused, 0, (int)ARRAY_SIZE(bad_operations));
	tcase_add_loop_test(text, good_operation_is_taken, 0, (int)ARRAY_SIZE(good_operations));
	tcase_add_test(text, first_version_is_read);
	tcase_add_test(text, newer_version_is_refused);
	tcase_add_loop_test(text, bad_header_is_damage, 0, (int)ARRAY_SIZE(bad_headers));
	tcase_add_loop_test(text, other_lines_count, 0, (int)ARRAY_SIZE(damages));
	tcase_add_test(text, crc_is_the_standard_one);
	tcase_add_test(file, what_is_undone_is_not_left);
	tcase_add_test(file, line_that_was_begun_is_ended);
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
