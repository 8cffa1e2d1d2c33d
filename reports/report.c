/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *phase_name(enum phase phase)
{
	switch (phase) {
	case PHASE_BASELINE:
		return "baseline";
	case PHASE_FAULT:
		return "fault";
	case PHASE_RECOVERY:
		return "recovery";
	case PHASE_COUNT:
		break;
	}
	return "unknown";
}

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_HELD:
		return "held";
	case VERDICT_BROKEN:
		return "broken";
	case VERDICT_INCONCLUSIVE:
		return "inconclusive";
	case VERDICT_NOT_STARTED:
		return "not-started";
	case VERDICT_ABORTED:
		return "aborted";
	case VERDICT_UNREVERTED:
		return "unreverted";
	}
	return "unknown";
}

int verdict_exit_status(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_HELD:
		return 0;
	case VERDICT_BROKEN:
	case VERDICT_INCONCLUSIVE:
		return 1;
	case VERDICT_NOT_STARTED:
		break;
	case VERDICT_ABORTED:
		return 4;
	case VERDICT_UNREVERTED:
		return 5;
	}
	return 3;
}

const char *judgement_name(enum judgement judgement)
{
	switch (judgement) {
	case JUDGEMENT_BROKEN:
		break;
	case JUDGEMENT_INCONCLUSIVE:
		return "inconclusive";
	case JUDGEMENT_HELD:
		return "held";
	}
	return "broken";
}

void report_event(struct report *report, double at_ms, const char *format, ...)
{
	cleanup_free char *text = NULL;
	struct report_event *event;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		out_of_memory();
	report->events = arena_grow(
		&report->arena, report->events, report->event_count, sizeof(*report->events));
	event = &report->events[report->event_count++];
	event->at_ms = at_ms;
	event->what = arena_strdup(&report->arena, text);
}

void report_release(struct report *report)
{
	arena_release(&report->arena);
	memset(report, 0, sizeof(*report));
}
