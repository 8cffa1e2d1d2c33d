/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file - is a file there, and what is in it? Read with the rights of the user, at once: files of
 * this machine do not keep a reader waiting.
 */
#include <time.h>

#include "experiments/bytes.h"
#include "experiments/probes/number_range.h"
#include "experiments/probes/plain_file.h"
#include "experiments/probes/prober.h"
#include "experiments/probes/text_match.h"
#include "reports/mem.h"

#define FILE_MAX ((size_t)1024 * 1024)

struct file_probe {
	struct probe_settings common;
	const char *path;
	bool exists;
	struct text_wanted text;
	struct number_range size; /* bytes */
	struct number_range age;  /* seconds since it was changed */
};

#define KEY(name, read, field, required)                                                           \
	{                                                                                          \
		name, read, offsetof(struct file_probe, field), required                           \
	}

static const struct probe_key file_keys[] = {
	{KEY("path", decode_text, path, true), "name", NULL, "the file"},
	PROBE_KEY_TIMEOUT,
	{KEY("exists", decode_boolean, exists, false), "boolean", "true",
		"whether it must be there, or must not"},
	{KEY("contains", decode_text, text.contains, false), "name", NULL,
		"text that must be in it"},
	{KEY("matches", decode_expression, text.matches, false), "name", NULL,
		"a regular expression that it must match"},
	{KEY("equals", decode_any_text, text.equals, false), "text", NULL,
		"what must be in it, line ends at its end aside"},
	{KEY("value", number_range_read, text.value, false), "conditions", NULL,
		"what it must keep to as a number, such as >= 3"},
	{KEY("size", number_range_read_size, size, false), "size_conditions", NULL,
		"what its size must keep to, such as >= 1KiB"},
	{KEY("age", number_range_read_duration, age, false), "age_conditions", NULL,
		"what the time since its last change must keep to, such as <= 1m"},
	PROBE_KEYS_END,
};

static void file_defaults(void *settings)
{
	struct file_probe *probe = settings;

	probe->exists = true;
}

/* What is not there has no properties. */
static void file_check(struct decode *decode, const struct node *node, const void *settings)
{
	static const char *const keys[] = {"contains", "matches", "equals", "value", "size", "age"};
	const struct file_probe *probe = settings;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && !probe->exists; i++) {
		const struct node *value = node_find(node, keys[i]);

		if (value != NULL)
			err_list_add(decode->errors, value->loc,
				"%s: has no meaning with exists: false", keys[i]);
	}
}

static int file_open(struct prober *prober, struct err *err)
{
	const struct file_probe *probe = (const struct file_probe *)prober->probe->settings;
	struct text_match *match = NULL;

	if (text_match_new(&probe->text, &match, err) < 0)
		return -1;
	prober->state = match;
	return 0;
}

static void file_close(struct prober *prober)
{
	text_match_free(prober->state);
}

static void set_value(struct exchange *exchange, double value)
{
	exchange->answer.value = value;
	exchange->answer.has_value = true;
}

static enum outcome judge_text(struct exchange *exchange, int fd)
{
	cleanup_free char *text = NULL;
	size_t length;
	double number;

	if (bytes_read(fd, FILE_MAX + 1, &text, &length) < 0)
		return OUTCOME_OTHER;
	if (length > FILE_MAX)
		return OUTCOME_TOO_LARGE;
	if (text_number(text, length, &number))
		set_value(exchange, number);
	return text_match_judge(exchange_state(exchange), text, length);
}

static enum outcome judge_status(struct exchange *exchange, const struct stat *status)
{
	const struct file_probe *probe = exchange_settings(exchange);
	struct timespec now;
	double age;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	age = difftime(now.tv_sec, status->st_mtim.tv_sec) +
	      (double)(now.tv_nsec - status->st_mtim.tv_nsec) / 1e9;
	if (!exchange->answer.has_value && probe->size.count > 0)
		set_value(exchange, (double)status->st_size);
	else if (!exchange->answer.has_value && probe->age.count > 0)
		set_value(exchange, age);
	return number_range_holds(&probe->size, (double)status->st_size) &&
			       number_range_holds(&probe->age, age)
		       ? OUTCOME_OK
		       : OUTCOME_VALUE;
}

static enum outcome examine(struct exchange *exchange)
{
	const struct file_probe *probe = exchange_settings(exchange);
	cleanup_close int fd = -1;
	struct stat status;
	enum outcome outcome;

	if (!text_is_wanted(&probe->text)) {
		outcome = plain_file_stat(probe->path, &status);
		return outcome == OUTCOME_OK ? judge_status(exchange, &status) : outcome;
	}
	outcome = plain_file_open(probe->path, &fd, &status);
	if (outcome == OUTCOME_OK)
		outcome = judge_text(exchange, fd);
	return outcome == OUTCOME_OK ? judge_status(exchange, &status) : outcome;
}

/* Of whatever kind it is. */
static enum outcome examine_absence(const struct file_probe *probe)
{
	struct stat status;
	const enum outcome outcome = plain_file_stat(probe->path, &status);

	if (outcome == OUTCOME_NOT_FOUND)
		return OUTCOME_OK;
	return outcome == OUTCOME_OK ? OUTCOME_STATE : outcome;
}

static bool file_start(struct exchange *exchange)
{
	const struct file_probe *probe = exchange_settings(exchange);

	exchange_end(exchange, probe->exists ? examine(exchange) : examine_absence(probe));
	return true;
}

/* None is ever in flight. */
static void file_stop(struct exchange *exchange)
{
	(void)exchange;
}

const struct probe_kind probe_file = {
	.name = "file",
	.summary = "a file: whether it is there, and what is in it",
	.example = "{ path: /run/service.pid, age: \"<= 1h\" }",
	.keys = file_keys,
	.scalar = "path",
	.settings_size = sizeof(struct file_probe),
	.defaults = file_defaults,
	.check = file_check,
	.open = file_open,
	.close = file_close,
	.exchange_size = sizeof(struct exchange),
	.start = file_start,
	.stop = file_stop,
};
