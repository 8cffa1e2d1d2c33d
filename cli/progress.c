/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/terminal.h"
#include "reports/text.h"

#define ERASE_LINE    "\r\033[K"
#define WIDTH_MINIMUM 20 /* a live line would say nothing below that */

struct progress {
	struct run_observer observer;
	bool quiet;
	bool color;
	bool drawn; /* the live line is there */
};

/* stderr is not buffered, and a line that is written in pieces flickers. */
static void write_whole(const char *text)
{
	fwrite(text, 1, strlen(text), stderr);
}

static void show_event(void *data, double at_ms, const char *what)
{
	struct progress *progress = data;
	cleanup_free char *clean = text_printable(what);
	cleanup_free char *line = xasprintf("%s%s%9.3fs%s  %s\n", progress->drawn ? ERASE_LINE : "",
		progress->color ? "\033[2m" : "", at_ms / 1000, progress->color ? "\033[0m" : "",
		clean);

	progress->drawn = false;
	write_whole(line);
}

/* "gateway answers 99.5% p95 201ms" */
static char *glance_text(const struct probe *probe, const struct measurement_glance *glance)
{
	cleanup_free char *name = text_printable(probe->name);

	if (glance->count == 0)
		return xasprintf("%s -", name);
	return xasprintf("%s %.1f%% p95 %.0fms", name,
		floor((double)glance->ok * 1000 / (double)glance->count) / 10, glance->p95_ms);
}

/* Adds the probes one after the other, as long as they fit into what is left of the line. */
static void add_probes(FILE *line, size_t room, const struct experiment *experiment,
	const struct measurement *measurement)
{
	for (size_t i = 0; i < experiment->probe_count; i++) {
		struct measurement_glance glance;
		cleanup_free char *text = NULL;
		size_t width;

		measurement_glance(measurement, i, &glance);
		text = glance_text(&experiment->probes[i], &glance);
		width = text_width(text) + strlen(" | ");
		if (width > room) {
			if (room >= strlen(" | ..."))
				fputs(" | ...", line);
			return;
		}
		fprintf(line, " | %s", text);
		room -= width;
	}
}

static void show_tick(void *data, enum phase phase, double elapsed_ms, double total_ms,
	const struct experiment *experiment, const struct measurement *measurement)
{
	struct progress *progress = data;
	size_t width = terminal_width(stderr);
	cleanup_free char *head = NULL;
	cleanup_free char *text = NULL;
	size_t size = 0;
	FILE *line;

	if (width < WIDTH_MINIMUM)
		return;
	head = xasprintf(
		"%-8s %5.1fs of %.1fs", phase_name(phase), elapsed_ms / 1000, total_ms / 1000);
	if (text_width(head) >= width)
		return;
	line = open_memstream(&text, &size);
	if (line == NULL)
		return;
	fprintf(line, ERASE_LINE "%s%s%s", progress->color ? "\033[1m" : "", head,
		progress->color ? "\033[0m" : "");
	/* the last column stays empty: a cursor beyond it would wrap */
	add_probes(line, width - 1 - text_width(head), experiment, measurement);
	if (fclose(line) != 0 || text == NULL)
		return;
	progress->drawn = true;
	write_whole(text);
}

struct progress *progress_new(bool quiet, bool color)
{
	struct progress *progress = xcalloc(1, sizeof(*progress));

	progress->quiet = quiet;
	progress->color = color && terminal_color(stderr);
	progress->observer.data = progress;
	progress->observer.event = show_event;
	progress->observer.tick = terminal_can_redraw(stderr) ? show_tick : NULL;
	return progress;
}

const struct run_observer *progress_observer(const struct progress *progress)
{
	return progress->quiet ? NULL : &progress->observer;
}

void progress_free(struct progress *progress)
{
	if (progress == NULL)
		return;
	if (progress->drawn)
		write_whole(ERASE_LINE);
	free(progress);
}
