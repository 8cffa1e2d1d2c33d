/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/relay_gate.h"

#include "faults/tbf.h"

static int64_t line_ns(uint64_t bytes, uint64_t rate_bits)
{
	return (int64_t)((double)bytes * 8e9 / (double)rate_bits);
}

static void slots_init(struct relay_slots *slots, const struct slot_pattern *pattern, int64_t now)
{
	slots->pattern = *pattern;
	if (slots->pattern.packets == 0)
		slots->pattern.packets = INT32_MAX;
	if (slots->pattern.bytes == 0)
		slots->pattern.bytes = INT32_MAX;
	slots->packets_left = slots->pattern.packets;
	slots->bytes_left = (int64_t)slots->pattern.bytes;
	slots->next_ns = now;
	slots->used = slots_are_used(pattern);
}

static void bucket_init(
	struct relay_bucket *bucket, const struct impairment *impairment, int64_t now)
{
	*bucket = (struct relay_bucket){
		.rate_bits = impairment->rate_bits,
		.peak_bits = impairment->peak_bits,
		.burst_ns = line_ns(impairment->burst_bytes, impairment->rate_bits),
		.filled_at_ns = now,
		.frame_max = impairment->burst_bytes,
		.queue_max = tbf_queue_bytes(impairment),
	};
	if (impairment->peak_bits != 0) {
		bucket->peak_burst_ns =
			line_ns(impairment->peak_burst_bytes, impairment->peak_bits);
		if (impairment->peak_burst_bytes < bucket->frame_max)
			bucket->frame_max = impairment->peak_burst_bytes;
	}
	bucket->tokens_ns = bucket->burst_ns;
	bucket->peak_tokens_ns = bucket->peak_burst_ns;
}

void relay_gate_init(struct relay_gate *gate, const struct impairment *impairment, int64_t now)
{
	*gate = (struct relay_gate){0};
	slots_init(&gate->slots, &impairment->slots, now);
	if (impairment->burst_bytes != 0)
		bucket_init(&gate->bucket, impairment, now);
}

bool relay_gate_is_used(const struct relay_gate *gate)
{
	return gate->slots.used || gate->bucket.rate_bits != 0;
}

bool relay_gate_has_room(const struct relay_gate *gate, uint64_t waiting, uint64_t length)
{
	const struct relay_bucket *bucket = &gate->bucket;

	if (bucket->rate_bits == 0)
		return true;
	return length <= bucket->frame_max && waiting + length <= bucket->queue_max;
}

static void begin_slot(struct relay_slots *slots, struct relay_model *model, int64_t now)
{
	slots->next_ns = now + relay_model_slot(model);
	slots->packets_left = slots->pattern.packets;
	slots->bytes_left = (int64_t)slots->pattern.bytes;
}

/* As netem_dequeue: a slot that began before the frame was due is over. */
static bool slots_pass(struct relay_slots *slots, struct relay_model *model, int64_t due_ns,
	uint64_t length, int64_t now, int64_t *ret_again_ns)
{
	if (slots->next_ns < due_ns)
		begin_slot(slots, model, now);
	if (due_ns > now || slots->next_ns > now) {
		*ret_again_ns = due_ns > slots->next_ns ? due_ns : slots->next_ns;
		return false;
	}
	slots->packets_left--;
	slots->bytes_left -= (int64_t)length;
	if (slots->packets_left <= 0 || slots->bytes_left <= 0)
		begin_slot(slots, model, now);
	return true;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* As tbf_dequeue. */
static bool bucket_pass(
	struct relay_bucket *bucket, uint64_t length, int64_t now, int64_t *ret_again_ns)
{
	int64_t gained = least(now - bucket->filled_at_ns, bucket->burst_ns);
	int64_t tokens = least(bucket->tokens_ns + gained, bucket->burst_ns) -
			 line_ns(length, bucket->rate_bits);
	int64_t peak_tokens = 0;

	if (bucket->peak_bits != 0)
		peak_tokens = least(bucket->peak_tokens_ns + gained, bucket->peak_burst_ns) -
			      line_ns(length, bucket->peak_bits);
	if (tokens < 0 || peak_tokens < 0) {
		*ret_again_ns = now - least(tokens, peak_tokens);
		return false;
	}
	bucket->tokens_ns = tokens;
	bucket->peak_tokens_ns = peak_tokens;
	bucket->filled_at_ns = now;
	return true;
}

bool relay_gate_pass(struct relay_gate *gate, struct relay_model *model, int64_t due_ns,
	uint64_t length, int64_t now, int64_t *ret_again_ns)
{
	if (gate->slots.used)
		return slots_pass(&gate->slots, model, due_ns, length, now, ret_again_ns);
	if (due_ns > now) {
		*ret_again_ns = due_ns;
		return false;
	}
	return bucket_pass(&gate->bucket, length, now, ret_again_ns);
}
