/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/relay_line.h"

void relay_line_set(struct relay_line *line, const struct impairment *impairment)
{
	line->rate_bits = impairment->burst_bytes == 0 ? impairment->rate_bits : 0;
	line->packet_overhead = impairment->packet_overhead;
	line->cell_size = (int64_t)impairment->cell_size;
	line->cell_overhead = impairment->cell_overhead;
}

/* The bytes that a frame takes, as packet_time_ns counts them. */
static int64_t line_bytes(const struct relay_line *line, size_t length)
{
	int64_t bytes = (int64_t)length + line->packet_overhead;

	if (bytes < 0)
		bytes = 0;
	if (line->cell_size == 0)
		return bytes;
	return (bytes + line->cell_size - 1) / line->cell_size *
	       (line->cell_size + line->cell_overhead);
}

/* As in netem_enqueue: the delay runs while a frame waits for the line. */
int64_t relay_line_due(
	struct relay_line *line, size_t length, bool waiting, int64_t now, int64_t delay)
{
	if (line->rate_bits == 0)
		return now + delay;
	if (waiting && line->free_ns > now) {
		delay -= line->free_ns - now;
		if (delay < 0)
			delay = 0;
		now = line->free_ns;
	}
	delay += (int64_t)((double)line_bytes(line, length) * 8e9 / (double)line->rate_bits);
	line->free_ns = now + delay;
	return now + delay;
}
