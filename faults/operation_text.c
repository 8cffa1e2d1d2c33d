/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/operation_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "faults/operation_check.h"
#include "faults/word.h"

enum slot_type {
	SLOT_TYPE,
	SLOT_I32,
	SLOT_U32,
	SLOT_I64,
	SLOT_U64,
	SLOT_DOUBLE,
	SLOT_BOOL,
	SLOT_TEXT
};

struct slot {
	const char *name;
	enum slot_type type;
	size_t offset;
	size_t size; /* of a text, with its NUL */
};

#define SLOT(name, type, member)                                                                   \
	{                                                                                          \
		name, type, offsetof(struct operation, member), 0                                  \
	}
#define TEXT(name, member)                                                                         \
	{                                                                                          \
		name, SLOT_TEXT, offsetof(struct operation, member),                               \
			sizeof(((struct operation *)0)->member)                                    \
	}

_Static_assert(sizeof(pid_t) == sizeof(int32_t), "pid_t is stored as 32 bits");
_Static_assert(sizeof(int) == sizeof(int32_t), "int is stored as 32 bits");

static const struct slot slots[] = {
	SLOT("id", SLOT_U32, id),
	SLOT("fault", SLOT_U32, fault),
	SLOT("type", SLOT_TYPE, type),
	SLOT("pid", SLOT_I32, pid),
	SLOT("start_time", SLOT_U64, start_time),
	TEXT("netns_path", netns_path),
	SLOT("netns_device", SLOT_U64, netns_device),
	SLOT("netns_inode", SLOT_U64, netns_inode),
	TEXT("interface", interface),
	SLOT("interface_index", SLOT_U32, interface_index),
	SLOT("queue_length_zero", SLOT_BOOL, queue_length_zero),
	SLOT("link_identity", SLOT_U64, link_identity),
	SLOT("delay_ns", SLOT_I64, impairment.delay_ns),
	SLOT("jitter_ns", SLOT_I64, impairment.jitter_ns),
	SLOT("delay_correlation", SLOT_DOUBLE, impairment.delay_correlation),
	SLOT("distribution", SLOT_I32, impairment.distribution),
	SLOT("loss", SLOT_DOUBLE, impairment.loss),
	SLOT("loss_correlation", SLOT_DOUBLE, impairment.loss_correlation),
	SLOT("gemodel_p", SLOT_DOUBLE, impairment.gemodel.p),
	SLOT("gemodel_r", SLOT_DOUBLE, impairment.gemodel.r),
	SLOT("gemodel_bad_loss", SLOT_DOUBLE, impairment.gemodel.bad_loss),
	SLOT("gemodel_good_loss", SLOT_DOUBLE, impairment.gemodel.good_loss),
	SLOT("p13", SLOT_DOUBLE, impairment.four_state.p13),
	SLOT("p31", SLOT_DOUBLE, impairment.four_state.p31),
	SLOT("p32", SLOT_DOUBLE, impairment.four_state.p32),
	SLOT("p23", SLOT_DOUBLE, impairment.four_state.p23),
	SLOT("p14", SLOT_DOUBLE, impairment.four_state.p14),
	SLOT("ecn", SLOT_BOOL, impairment.ecn),
	SLOT("duplicate", SLOT_DOUBLE, impairment.duplicate),
	SLOT("duplicate_correlation", SLOT_DOUBLE, impairment.duplicate_correlation),
	SLOT("corrupt", SLOT_DOUBLE, impairment.corrupt),
	SLOT("corrupt_correlation", SLOT_DOUBLE, impairment.corrupt_correlation),
	SLOT("reorder", SLOT_DOUBLE, impairment.reorder),
	SLOT("reorder_correlation", SLOT_DOUBLE, impairment.reorder_correlation),
	SLOT("reorder_gap", SLOT_U32, impairment.reorder_gap),
	SLOT("rate_bits", SLOT_U64, impairment.rate_bits),
	SLOT("packet_overhead", SLOT_I64, impairment.packet_overhead),
	SLOT("cell_size", SLOT_U64, impairment.cell_size),
	SLOT("cell_overhead", SLOT_I64, impairment.cell_overhead),
	SLOT("burst_bytes", SLOT_U64, impairment.burst_bytes),
	SLOT("queue_ns", SLOT_I64, impairment.queue_ns),
	SLOT("peak_bits", SLOT_U64, impairment.peak_bits),
	SLOT("peak_burst_bytes", SLOT_U64, impairment.peak_burst_bytes),
	SLOT("limit", SLOT_U32, impairment.limit),
	SLOT("distribution_table", SLOT_U32, impairment.table),
	SLOT("slot_minimum_ns", SLOT_I64, impairment.slots.minimum_ns),
	SLOT("slot_maximum_ns", SLOT_I64, impairment.slots.maximum_ns),
	SLOT("slot_delay_ns", SLOT_I64, impairment.slots.delay_ns),
	SLOT("slot_jitter_ns", SLOT_I64, impairment.slots.jitter_ns),
	SLOT("slot_distribution", SLOT_I32, impairment.slots.distribution),
	SLOT("slot_table", SLOT_U32, impairment.slots.table),
	SLOT("slot_packets", SLOT_U32, impairment.slots.packets),
	SLOT("slot_bytes", SLOT_U64, impairment.slots.bytes),
	SLOT("signal", SLOT_I32, signal),
	TEXT("command", command),
	TEXT("cgroup", cgroup),
	SLOT("cgroup_version", SLOT_U32, cgroup_version),
	SLOT("cgroup_inode", SLOT_U64, cgroup_inode),
	SLOT("mounts_inode", SLOT_U64, mounts_inode),
	SLOT("direction", SLOT_I32, direction),
	SLOT("handle", SLOT_U32, handle),
	SLOT("clsact_created", SLOT_BOOL, clsact_created),
	SLOT("filter_priority", SLOT_U32, filter_priority),
	SLOT("tap_index", SLOT_U32, tap_index),
	TEXT("tap", tap),
	TEXT("table", table),
	SLOT("deadline_ns", SLOT_I64, deadline_ns),
};

#define SLOT_OF_TYPE 2
#define SLOT_COUNT   (sizeof(slots) / sizeof(slots[0]))

/* The value of one slot as text; empty when it is zero and may be left out. */
static void format_slot(const struct slot *slot, const void *at, char *out, size_t size)
{
	out[0] = '\0';
	switch (slot->type) {
	case SLOT_TYPE: {
		enum operation_type type;

		memcpy(&type, at, sizeof(type));
		snprintf(out, size, "%s", operation_ops(type)->name);
		break;
	}
	case SLOT_I32: {
		int32_t value;

		memcpy(&value, at, sizeof(value));
		if (value != 0)
			snprintf(out, size, "%" PRId32, value);
		break;
	}
	case SLOT_U32: {
		uint32_t value;

		memcpy(&value, at, sizeof(value));
		if (value != 0)
			snprintf(out, size, "%" PRIu32, value);
		break;
	}
	case SLOT_I64: {
		int64_t value;

		memcpy(&value, at, sizeof(value));
		if (value != 0)
			snprintf(out, size, "%" PRId64, value);
		break;
	}
	case SLOT_U64: {
		uint64_t value;

		memcpy(&value, at, sizeof(value));
		if (value != 0)
			snprintf(out, size, "%" PRIu64, value);
		break;
	}
	case SLOT_DOUBLE: {
		double value;

		memcpy(&value, at, sizeof(value));
		if (fpclassify(value) != FP_ZERO)
			snprintf(out, size, "%a", value);
		break;
	}
	case SLOT_BOOL:
		if (*(const bool *)at)
			snprintf(out, size, "1");
		break;
	case SLOT_TEXT:
		word_encode(at, out, size);
		break;
	}
}

int operation_format(const struct operation *operation, char *buffer, size_t size)
{
	size_t used = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < SLOT_COUNT; i++) {
		char value[FIELD_TEXT_MAX * 3 + 8];
		int length;

		format_slot(
			&slots[i], (const char *)operation + slots[i].offset, value, sizeof(value));
		if (value[0] == '\0')
			continue;
		length = snprintf(buffer + used, size - used, "%s%s=%s", used == 0 ? "" : " ",
			slots[i].name, value);
		if (length < 0 || (size_t)length >= size - used)
			return -1;
		used += (size_t)length;
	}
	return (int)used;
}

static int parse_type(const char *text, enum operation_type *ret_type)
{
	for (int type = 0; operation_type_valid(type); type++) {
		if (strcmp(operation_ops((enum operation_type)type)->name, text) == 0) {
			*ret_type = (enum operation_type)type;
			return 0;
		}
	}
	return -1;
}

static int parse_slot(const struct slot *slot, const char *text, void *at)
{
	uint64_t u = 0;
	int64_t i = 0;

	switch (slot->type) {
	case SLOT_TYPE: {
		enum operation_type type = OPERATION_NETEM;

		if (parse_type(text, &type) < 0)
			return -1;
		memcpy(at, &type, sizeof(type));
		return 0;
	}
	case SLOT_I32: {
		int32_t value;

		if (word_signed(text, INT32_MIN, INT32_MAX, &i) < 0)
			return -1;
		value = (int32_t)i;
		memcpy(at, &value, sizeof(value));
		return 0;
	}
	case SLOT_U32: {
		uint32_t value;

		if (word_unsigned(text, UINT32_MAX, &u) < 0)
			return -1;
		value = (uint32_t)u;
		memcpy(at, &value, sizeof(value));
		return 0;
	}
	case SLOT_I64:
		if (word_signed(text, INT64_MIN, INT64_MAX, &i) < 0)
			return -1;
		memcpy(at, &i, sizeof(i));
		return 0;
	case SLOT_U64:
		if (word_unsigned(text, UINT64_MAX, &u) < 0)
			return -1;
		memcpy(at, &u, sizeof(u));
		return 0;
	case SLOT_DOUBLE: {
		char *end;
		double value = strtod(text, &end);

		if (!isdigit((unsigned char)text[*text == '-']) || *end != '\0' || !isfinite(value))
			return -1;
		memcpy(at, &value, sizeof(value));
		return 0;
	}
	case SLOT_BOOL:
		if (strcmp(text, "1") != 0)
			return -1;
		*(bool *)at = true;
		return 0;
	case SLOT_TEXT:
		return word_decode(text, at, slot->size);
	}
	return -1;
}

int operation_parse(const char *text, struct operation *ret_operation)
{
	struct operation operation;
	char copy[OPERATION_TEXT_MAX];
	char *rest = copy;
	bool given[SLOT_COUNT] = {false};
	char *word;

	memset(&operation, 0, sizeof(operation));
	if (strlen(text) >= sizeof(copy))
		return -1;
	memcpy(copy, text, strlen(text) + 1);
	while ((word = strsep(&rest, " ")) != NULL) {
		char *value = strchr(word, '=');
		size_t i;

		if (value == NULL)
			return -1;
		*value++ = '\0';
		for (i = 0; i < SLOT_COUNT && strcmp(slots[i].name, word) != 0; i++)
			;
		if (i == SLOT_COUNT || given[i] ||
			parse_slot(&slots[i], value, (char *)&operation + slots[i].offset) < 0)
			return -1;
		given[i] = true;
	}
	if (!given[SLOT_OF_TYPE] || operation_check_journalled(&operation) < 0)
		return -1;
	*ret_operation = operation;
	return 0;
}
