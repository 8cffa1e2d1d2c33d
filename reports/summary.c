/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/summary.h"

#include <inttypes.h>
#include <string.h>

#include "reports/summary_tolerance.h"
#include "reports/text.h"

#define FAULTS_SHOWN  10 /* of those about which there is nothing special to say */
#define NAME_WIDTH    22
#define SGR_BOLD      "1"
#define SGR_RED	      "31"
#define SGR_GREEN     "32"
#define SGR_YELLOW    "33"
#define SGR_RED_BOLD  "1;31"
#define SGR_GREY      "2"
#define LATENCY_WIDTH 8

struct printer {
	FILE *out;
	bool color;
};

static void begin(const struct printer *printer, const char *attributes)
{
	if (printer->color)
		fprintf(printer->out, "\033[%sm", attributes);
}

static void end(const struct printer *printer)
{
	if (printer->color)
		fputs("\033[0m", printer->out);
}

static void print_text(const struct printer *printer, const char *text)
{
	cleanup_free char *clean = text_printable(text);

	fputs(clean, printer->out);
}

static void print_padded(const struct printer *printer, const char *text, size_t width)
{
	cleanup_free char *clean = text_printable(text);
	size_t taken = text_width(clean);

	fputs(clean, printer->out);
	if (taken > width) { /* the columns go on in the next line */
		fputc('\n', printer->out);
		taken = 0;
	}
	fprintf(printer->out, "%*s", (int)(width - taken), "");
}

static void print_heading(const struct printer *printer, const char *text)
{
	fputc('\n', printer->out);
	begin(printer, SGR_BOLD);
	fputs(text, printer->out);
	end(printer);
	fputc('\n', printer->out);
}

/* "0.123ms", "12.3ms", "1.23s" */
static const char *format_ms(double ms, char *buffer, size_t size)
{
	if (ms < 1)
		snprintf(buffer, size, "%.3fms", ms);
	else if (ms < 10)
		snprintf(buffer, size, "%.2fms", ms);
	else if (ms < 1000)
		snprintf(buffer, size, "%.1fms", ms);
	else
		snprintf(buffer, size, "%.2fs", ms / 1000);
	return buffer;
}

/* Rounded towards zero, so that nothing short of all looks like "100%". */
static double success_shown(double percent)
{
	return (double)(int64_t)(percent * 100 + 1e-6) / 100;
}

static const char *verdict_attributes(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_HELD:
		return SGR_GREEN;
	case VERDICT_BROKEN:
		return SGR_RED;
	case VERDICT_INCONCLUSIVE:
	case VERDICT_NOT_STARTED:
	case VERDICT_ABORTED:
		return SGR_YELLOW;
	case VERDICT_UNREVERTED:
		break;
	}
	return SGR_RED_BOLD;
}

static void print_verdict(const struct printer *printer, const struct report *report)
{
	begin(printer, SGR_BOLD);
	print_text(printer, report->title == NULL ? "" : report->title);
	end(printer);
	fputs("\n  ", printer->out);
	begin(printer, verdict_attributes(report->verdict));
	fputs(verdict_name(report->verdict), printer->out);
	end(printer);
	if (report->reason != NULL) {
		fputs(": ", printer->out);
		print_text(printer, report->reason);
	}
	fputc('\n', printer->out);
}

static bool fault_is_remarkable(const struct report_fault *fault)
{
	return !fault->effective || fault->error != NULL || fault->evidence.overlimit_drops != 0 ||
	       fault->move_count != 0 ||
	       (strcmp(fault->state, "reverted") != 0 && strcmp(fault->state, "done") != 0);
}

static void print_times(const struct printer *printer, const struct report_fault *fault)
{
	char from[32];
	char length[32];

	if (fault->injected_at_ms < 0)
		return;
	fprintf(printer->out, "    injected at %s in %.0f us",
		format_ms(fault->injected_at_ms, from, sizeof(from)), fault->inject_us);
	if (fault->reverted_at_ms >= 0)
		fprintf(printer->out, ", put back after %s",
			format_ms(fault->reverted_at_ms - fault->injected_at_ms, length,
				sizeof(length)));
	if (fault->revert_us >= 0)
		fprintf(printer->out, " in %.0f us", fault->revert_us);
	fputc('\n', printer->out);
}

/* The gaps in which the fault had no target. */
static void print_moves(const struct printer *printer, const struct report_fault *fault)
{
	char gone[32];
	char gap[32];

	for (size_t i = 0; i < fault->move_count; i++) {
		const struct report_move *move = &fault->moves[i];

		fprintf(printer->out, "    its target was gone at %s",
			format_ms(move->gone_at_ms, gone, sizeof(gone)));
		if (move->injected_at_ms >= 0)
			fprintf(printer->out, ", followed into process %ld after %s", move->pid,
				format_ms(
					move->injected_at_ms - move->gone_at_ms, gap, sizeof(gap)));
		fputc('\n', printer->out);
	}
}

static void print_counter(const struct printer *printer, uint64_t count, const char *what)
{
	if (count != 0)
		fprintf(printer->out, ", %s %" PRIu64, what, count);
}

static void print_evidence(const struct printer *printer, const struct report_fault *fault)
{
	const struct evidence *evidence = &fault->evidence;

	if (fault->injected_at_ms < 0)
		return;
	fputs("    ", printer->out);
	if (fault->effect_unknown) {
		fputs("what it touched is not known", printer->out);
	} else if (!fault->effective) {
		begin(printer, SGR_YELLOW);
		fputs("no effect: it touched nothing", printer->out);
		end(printer);
	} else if (evidence->source == EVIDENCE_PROCESSES) {
		fprintf(printer->out, "touched %" PRIu64 " %s", evidence->processes,
			evidence->processes == 1 ? "process" : "processes");
	} else if (evidence->source == EVIDENCE_CONNECTIONS) {
		fprintf(printer->out, "destroyed %" PRIu64 " %s", evidence->connections,
			evidence->connections == 1 ? "connection" : "connections");
	} else if (evidence->source == EVIDENCE_RESOLVER) {
		fprintf(printer->out, "hit %" PRIu64 " of %" PRIu64 " queries", evidence->matched,
			evidence->packets);
		print_counter(printer, evidence->dropped, "not answered");
	} else if (evidence->source == EVIDENCE_NFTABLES) {
		fprintf(printer->out, "dropped or refused %" PRIu64 " packets", evidence->dropped);
	} else {
		fprintf(printer->out, "sent on %" PRIu64 " packets (%" PRIu64 " bytes)",
			evidence->packets, evidence->bytes);
		print_counter(printer, evidence->dropped, "dropped");
		print_counter(printer, evidence->marked, "marked");
		print_counter(printer, evidence->duplicated, "duplicated");
		print_counter(printer, evidence->corrupted, "corrupted");
		print_counter(printer, evidence->reordered, "reordered");
		if (evidence->overlimit_drops != 0)
			fprintf(printer->out,
				"; %" PRIu64 " were lost because the queue was full, which nobody "
				"asked for",
				evidence->overlimit_drops);
	}
	fputc('\n', printer->out);
}

static void print_fault(const struct printer *printer, const struct report_fault *fault)
{
	fprintf(printer->out, "  %s on ", fault->kind);
	print_text(printer, fault->instance);
	for (size_t i = 0; i < fault->parameter_count; i++) {
		fputs(i == 0 ? ": " : ", ", printer->out);
		print_text(printer, fault->parameters[i].name);
		fputc(' ', printer->out);
		print_text(printer, fault->parameters[i].value);
	}
	fprintf(printer->out, " (by %s; %s)\n", fault->engine == NULL ? "?" : fault->engine,
		fault->state);
	print_times(printer, fault);
	print_moves(printer, fault);
	print_evidence(printer, fault);
	if (fault->error != NULL) {
		fputs("    ", printer->out);
		begin(printer, SGR_RED);
		print_text(printer, fault->error);
		end(printer);
		fputc('\n', printer->out);
	}
}

static void print_faults(const struct printer *printer, const struct report *report)
{
	size_t shown = 0;
	size_t hidden = 0;

	if (report->fault_count == 0)
		return;
	print_heading(printer, "faults");
	for (size_t i = 0; i < report->fault_count; i++) {
		if (!fault_is_remarkable(&report->faults[i]) && ++shown > FAULTS_SHOWN)
			hidden++;
		else
			print_fault(printer, &report->faults[i]);
	}
	if (hidden != 0)
		fprintf(printer->out, "  and %zu more that went as planned\n", hidden);
}

static void print_latency(const struct printer *printer, bool answered, double ms)
{
	char text[32];

	fprintf(printer->out, " %*s", LATENCY_WIDTH,
		answered ? format_ms(ms, text, sizeof(text)) : "-");
}

static const char *judgement_attributes(enum judgement judgement, enum judgement phase)
{
	if (judgement == JUDGEMENT_INCONCLUSIVE)
		return SGR_YELLOW;
	/* Where another one makes up for it, nothing is wrong. */
	return judgement == JUDGEMENT_BROKEN && phase == JUDGEMENT_BROKEN ? SGR_RED : SGR_GREY;
}

static void print_tolerances(const struct printer *printer, const struct report_probe_phase *phase)
{
	char text[512];

	for (size_t i = 0; i < phase->tolerance_count; i++) {
		const struct report_tolerance *tolerance = &phase->tolerances[i];

		fputs("    ", printer->out);
		begin(printer, judgement_attributes(tolerance->verdict, phase->verdict));
		summary_tolerance(tolerance, text, sizeof(text));
		print_text(printer, text);
		end(printer);
		fputc('\n', printer->out);
	}
}

static void print_errors(const struct printer *printer, const struct report_probe_phase *phase)
{
	if (phase->error_count == 0)
		return;
	fputs("    errors:", printer->out);
	for (size_t i = 0; i < phase->error_count; i++)
		fprintf(printer->out, "%s %" PRIu64 " %s", i == 0 ? "" : ",",
			phase->errors[i].count, phase->errors[i].kind);
	fputc('\n', printer->out);
}

static void print_probe_phase(
	const struct printer *printer, const struct report_probe *probe, enum phase name)
{
	const struct report_probe_phase *phase = &probe->phases[name];
	bool answered = phase->latency_ms.max > 0;

	fputs("  ", printer->out);
	print_padded(printer, phase_name(name), NAME_WIDTH);
	fprintf(printer->out, " %8" PRIu64 " %8.2f%%", phase->count,
		success_shown(phase->success_pct));
	print_latency(printer, answered, phase->latency_ms.p50);
	print_latency(printer, answered, phase->latency_ms.p95);
	print_latency(printer, answered, phase->latency_ms.p99);
	print_latency(printer, answered, phase->latency_ms.max);
	fputc('\n', printer->out);
	print_tolerances(printer, phase);
	print_errors(printer, phase);
}

static void print_recovery(const struct printer *printer, const struct report_probe *probe)
{
	char text[32];

	if (probe->has_detection && probe->time_to_detect_ms >= 0)
		fprintf(printer->out, "  no longer steady after %s\n",
			format_ms(probe->time_to_detect_ms, text, sizeof(text)));
	if (!probe->has_recovery)
		return;
	if (probe->recovered)
		fprintf(printer->out, "  steady again after %s\n",
			format_ms(probe->time_to_recover_ms, text, sizeof(text)));
	else
		fputs("  not steady again\n", printer->out);
}

static void print_probe(const struct printer *printer, const struct report_probe *probe)
{
	fputc('\n', printer->out);
	begin(printer, SGR_BOLD);
	print_padded(printer, probe->name, NAME_WIDTH + 2);
	end(printer);
	begin(printer, SGR_GREY);
	fprintf(printer->out, " %8s %9s %*s %*s %*s %*s", "requests", "success", LATENCY_WIDTH,
		"p50", LATENCY_WIDTH, "p95", LATENCY_WIDTH, "p99", LATENCY_WIDTH, "max");
	end(printer);
	fputc('\n', printer->out);
	for (int i = 0; i < PHASE_COUNT; i++) {
		if (probe->phases[i].present)
			print_probe_phase(printer, probe, (enum phase)i);
	}
	print_recovery(printer, probe);
}

void summary_print(const struct report *report, bool color, FILE *out)
{
	const struct printer printer = {out, color};

	print_verdict(&printer, report);
	print_faults(&printer, report);
	for (size_t i = 0; i < report->probe_count; i++)
		print_probe(&printer, &report->probes[i]);
	for (size_t i = 0; i < report->guard_count; i++) {
		const struct report_guard *guard = &report->guards[i];

		if (!guard->tripped)
			continue;
		fputs("\nguard tripped: ", out);
		print_text(&printer, guard->probe);
		fputs(": ", out);
		print_text(&printer, guard->condition);
		fputc('\n', out);
	}
	fputc('\n', out);
}
