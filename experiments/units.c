/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "experiments/number.h"
#include "experiments/quote.h"
#include "reports/mem.h"

struct unit {
	const char *name;
	double factor;
};

static const struct unit duration_units[] = {
	{"h", 3600e9},
	{"m", 60e9},
	{"s", 1e9},
	{"ms", 1e6},
	{"us", 1e3},
	{"µs", 1e3},
	{"ns", 1},
	{NULL, 0},
};

/* As tc(8) reads them: "bit" is bits and "bps" is bytes, each per second. */
static const struct unit rate_units[] = {
	{"bit", 1},
	{"kbit", 1e3},
	{"mbit", 1e6},
	{"gbit", 1e9},
	{"tbit", 1e12},
	{"kibit", 1024.0},
	{"mibit", 1024.0 * 1024},
	{"gibit", 1024.0 * 1024 * 1024},
	{"tibit", 1024.0 * 1024 * 1024 * 1024},
	{"bps", 8},
	{"kbps", 8e3},
	{"mbps", 8e6},
	{"gbps", 8e9},
	{"tbps", 8e12},
	{"kibps", 8 * 1024.0},
	{"mibps", 8 * 1024.0 * 1024},
	{"gibps", 8 * 1024.0 * 1024 * 1024},
	{"tibps", 8 * 1024.0 * 1024 * 1024 * 1024},
	{NULL, 0},
};

static const struct unit size_units[] = {
	{"B", 1},
	{"kB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"KiB", 1024.0},
	{"MiB", 1024.0 * 1024},
	{"GiB", 1024.0 * 1024 * 1024},
	{NULL, 0},
};

static const struct unit frequency_units[] = {
	{"/s", 1},
	{"/m", 1.0 / 60},
	{"/h", 1.0 / 3600},
	{NULL, 0},
};

static int expected(struct err *err, const char *what, const char *text)
{
	return err_set(err, ERR_USAGE, 0, "expected %s, not '%s'", what, quote(text).text);
}

static int no_unit(struct err *err, const char *text, const char *a, const char *b)
{
	return err_set(err, ERR_USAGE, 0, "'%s' has no unit: write %s%s or %s%s", quote(text).text,
		quote(text).text, a, quote(text).text, b);
}

static int too_large(struct err *err, const char *text, const char *most)
{
	return err_set(err, ERR_USAGE, 0, "'%s' is more than %s", quote(text).text, most);
}

static const struct unit *unit_find(const struct unit *units, const char *name, size_t length)
{
	for (; units->name != NULL; units++) {
		if (strlen(units->name) == length && strncasecmp(units->name, name, length) == 0)
			return units;
	}
	return NULL;
}

/* One number, then one unit, then the end. *ret_bare: it failed because there is no unit. */
static bool quantity_read(
	const char *text, const struct unit *units, double *ret_value, bool *ret_bare)
{
	const char *cursor = text;
	const struct unit *unit;

	*ret_bare = false;
	if (!number_take(&cursor, ret_value))
		return false;
	if (*cursor == '\0') {
		*ret_bare = true;
		return false;
	}
	unit = unit_find(units, cursor, strlen(cursor));
	if (unit == NULL)
		return false;
	*ret_value *= unit->factor;
	return true;
}

int duration_parse(const char *text, int64_t *ret_ns, struct err *err)
{
	const char *cursor = text;
	double smaller = INFINITY; /* every unit is smaller than the one before it */
	double sum = 0;

	do {
		const struct unit *unit;
		size_t length;
		double value;

		if (!number_take(&cursor, &value))
			return expected(err, DURATION_EXPECTED, text);
		if (*cursor == '\0' && value > 0.0 && smaller == INFINITY)
			return no_unit(err, text, "ms", "s");
		if (*cursor == '\0' && smaller == INFINITY)
			break; /* 0 is the same in every unit */
		length = strcspn(cursor, "0123456789.");
		unit = unit_find(duration_units, cursor, length);
		if (unit == NULL || unit->factor >= smaller)
			return expected(err, DURATION_EXPECTED, text);
		smaller = unit->factor;
		sum += value * unit->factor;
		cursor += length;
	} while (*cursor != '\0');
	if (sum > (double)DURATION_MAX_NS)
		return too_large(err, text, "a year");
	*ret_ns = (int64_t)llround(sum);
	return 0;
}

int percent_parse(const char *text, double *ret_percent, struct err *err)
{
	const char *cursor = text;
	double value;

	if (!number_take(&cursor, &value))
		return expected(err, PERCENT_EXPECTED, text);
	if (*cursor == '\0')
		return err_set(err, ERR_USAGE, 0, "'%s' has no unit: write %s%%", quote(text).text,
			quote(text).text);
	if (strcmp(cursor, "%") != 0)
		return expected(err, PERCENT_EXPECTED, text);
	if (value > 100.0)
		return too_large(err, text, "100%");
	*ret_percent = value;
	return 0;
}

int rate_parse(const char *text, uint64_t *ret_bits, struct err *err)
{
	double bits;
	bool bare;

	if (!quantity_read(text, rate_units, &bits, &bare))
		return bare ? no_unit(err, text, "kbit", "mbit")
			    : expected(err, RATE_EXPECTED, text);
	if (bits > 1e15)
		return too_large(err, text, "1000tbit");
	*ret_bits = (uint64_t)llround(bits);
	return 0;
}

int size_parse(const char *text, uint64_t *ret_bytes, struct err *err)
{
	double bytes;
	bool bare;

	if (!quantity_read(text, size_units, &bytes, &bare))
		return bare ? no_unit(err, text, "KiB", "MiB") : expected(err, SIZE_EXPECTED, text);
	if (bytes > 1e15)
		return too_large(err, text, "1000000GB");
	*ret_bytes = (uint64_t)llround(bytes);
	return 0;
}

int overhead_parse(const char *text, int64_t *ret_bytes, struct err *err)
{
	const bool negative = *text == '-';
	double bytes;
	bool bare;

	if (!quantity_read(text + negative, size_units, &bytes, &bare))
		return bare ? no_unit(err, text, "B", "KiB")
			    : expected(err, OVERHEAD_EXPECTED, text);
	if (bytes > 1e15)
		return too_large(err, text, "1000000GB");
	*ret_bytes = negative ? -llround(bytes) : llround(bytes);
	return 0;
}

int frequency_parse(const char *text, double *ret_per_second, struct err *err)
{
	double frequency;
	bool bare;

	if (!quantity_read(text, frequency_units, &frequency, &bare))
		return bare ? no_unit(err, text, "/s", "/m")
			    : expected(err, FREQUENCY_EXPECTED, text);
	if (frequency <= 0.0)
		return err_set(err, ERR_USAGE, 0, "'%s' is never", quote(text).text);
	*ret_per_second = frequency;
	return 0;
}

int count_parse(const char *text, uint32_t *ret_count, struct err *err)
{
	if (!number_whole(text, ret_count))
		return expected(err, COUNT_EXPECTED, text);
	return 0;
}

const char *duration_format(int64_t ns, char *buffer, size_t size)
{
	static const struct {
		const char *name;
		int64_t ns;
		int decimals;
	} forms[] = {
		{"h", INT64_C(3600000000000), 0},
		{"m", INT64_C(60000000000), 0},
		{"s", 1000000000, 3},
		{"ms", 1000000, 3},
		{"us", 1000, 3},
		{"ns", 1, 0},
	};
	char number[48];

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		int64_t grain = forms[i].decimals == 0 ? forms[i].ns : forms[i].ns / 1000;

		if (ns < forms[i].ns || ns % grain != 0)
			continue;
		number_format((double)ns / (double)forms[i].ns, forms[i].decimals, number,
			sizeof(number));
		snprintf(buffer, size, "%s%s", number, forms[i].name);
		return buffer;
	}
	snprintf(buffer, size, "%s", ns == 0 ? "0s" : "?");
	return buffer;
}

const char *rate_format(uint64_t bits, char *buffer, size_t size)
{
	static const struct {
		const char *name;
		uint64_t bits;
	} forms[] = {
		{"tbit", UINT64_C(1000000000000)},
		{"gbit", 1000000000},
		{"mbit", 1000000},
		{"kbit", 1000},
	};
	char number[48];

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (bits < forms[i].bits || bits % (forms[i].bits / 1000) != 0)
			continue;
		number_format((double)bits / (double)forms[i].bits, 3, number, sizeof(number));
		snprintf(buffer, size, "%s%s", number, forms[i].name);
		return buffer;
	}
	snprintf(buffer, size, "%llubit", (unsigned long long)bits);
	return buffer;
}

const char *size_format(uint64_t bytes, char *buffer, size_t size)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} forms[] = {
		{"GiB", UINT64_C(1024) * 1024 * 1024},
		{"MiB", UINT64_C(1024) * 1024},
		{"KiB", 1024},
		{"GB", 1000000000},
		{"MB", 1000000},
		{"kB", 1000},
		{"B", 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (bytes % forms[i].bytes == 0 && bytes >= forms[i].bytes) {
			snprintf(buffer, size, "%llu%s",
				(unsigned long long)(bytes / forms[i].bytes), forms[i].name);
			return buffer;
		}
	}
	snprintf(buffer, size, "0B");
	return buffer;
}

const char *overhead_format(int64_t bytes, char *buffer, size_t size)
{
	char absolute[32];

	snprintf(buffer, size, "%s%s", bytes < 0 ? "-" : "",
		size_format((uint64_t)llabs(bytes), absolute, sizeof(absolute)));
	return buffer;
}

const char *percent_format(double percent, char *buffer, size_t size)
{
	char number[48];

	number_format(percent, 6, number, sizeof(number));
	snprintf(buffer, size, "%s%%", number);
	return buffer;
}
