/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/summary_tolerance.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What is written so far, and the room behind it. */
struct line {
	char *buffer;
	size_t size;
	size_t length;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *format, ...)
{
	va_list arguments;
	int length;

	if (line->length >= line->size)
		return;
	va_start(arguments, format);
	length = vsnprintf(
		line->buffer + line->length, line->size - line->length, format, arguments);
	va_end(arguments);
	if (length > 0)
		line->length += (size_t)length;
}

/* Few enough decimals to be read, and enough to be on the right side of 100. */
static void add_end(struct line *line, double value)
{
	if (isfinite(value))
		add(line, "%.*f", fabs(value) < 10 ? 2 : 1, value);
	else
		add(line, "?");
}

static void add_observed(struct line *line, const struct report_tolerance *tolerance)
{
	bool plain = *tolerance->unit == '\0' && tolerance->observed == floor(tolerance->observed);

	if (!tolerance->has_observed) {
		add(line, "not known");
		return;
	}
	add(line, "%.*f%s", plain ? 0 : 2, tolerance->observed, tolerance->unit);
	if (!tolerance->has_interval)
		return;
	add(line, " [");
	add_end(line, tolerance->interval.low);
	add(line, ", ");
	add_end(line, tolerance->interval.high);
	add(line, "] of %" PRIu64, tolerance->samples);
}

/* A limit that is written relative to something. */
static bool is_relative(const struct report_tolerance *tolerance)
{
	return strstr(tolerance->expected, "baseline") != NULL ||
	       strstr(tolerance->expected, "stored") != NULL;
}

void summary_tolerance(const struct report_tolerance *tolerance, char *buffer, size_t size)
{
	struct line line = {buffer, size, 0};

	buffer[0] = '\0';
	if (tolerance->path != NULL)
		add(&line, "%s ", tolerance->path);
	add(&line, "%s: %s ", judgement_name(tolerance->verdict), tolerance->metric);
	add_observed(&line, tolerance);
	add(&line, ", expected %s", tolerance->expected);
	if (is_relative(tolerance) && isfinite(tolerance->limit))
		add(&line, " (%.6g%s)", tolerance->limit, tolerance->unit);
	if (tolerance->verdict != JUDGEMENT_INCONCLUSIVE)
		return;
	if (tolerance->samples_needed == 0)
		add(&line, "; too close to tell");
	else
		add(&line, "; would take %" PRIu64, tolerance->samples_needed);
}
