/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/params.h"

#include <string.h>

#include "experiments/quote.h"
#include "experiments/units.h"
#include "reports/report.h"

static void *at(struct fault_params *params, const struct field *field)
{
	return (char *)params + field->offset;
}

static const char *limit_text(const struct field *field, double limit, char *buffer, size_t size)
{
	switch (field->type) {
	case FIELD_DURATION:
		return duration_format((int64_t)limit, buffer, size);
	case FIELD_RATE:
		return rate_format((uint64_t)limit, buffer, size);
	case FIELD_SIZE:
		return size_format((uint64_t)limit, buffer, size);
	case FIELD_PERCENT:
		return percent_format(limit, buffer, size);
	case FIELD_COUNT:
	case FIELD_CHOICE:
	case FIELD_SIGNAL:
	case FIELD_TEXT:
	case FIELD_GROUP:
		break;
	}
	snprintf(buffer, size, "%.0f", limit);
	return buffer;
}

static int check_range(const struct field *field, double value, struct err *err)
{
	char buffer[64];

	if (value < field->minimum)
		return err_set(err, ERR_USAGE, 0, "must be at least %s",
			limit_text(field, field->minimum, buffer, sizeof(buffer)));
	if (field->maximum > 0 && value > field->maximum)
		return err_set(err, ERR_USAGE, 0, "must be at most %s",
			limit_text(field, field->maximum, buffer, sizeof(buffer)));
	return 0;
}

static int set_choice(const struct field *field, const char *text, int *ret_index, struct err *err)
{
	char names[256] = "";

	for (int i = 0; field->choices[i] != NULL; i++) {
		if (strcmp(field->choices[i], text) == 0) {
			*ret_index = i;
			return 0;
		}
		if (i != 0)
			strncat(names, ", ", sizeof(names) - strlen(names) - 1);
		strncat(names, field->choices[i], sizeof(names) - strlen(names) - 1);
	}
	return err_set(err, ERR_USAGE, 0, "'%s' is not one of: %s", quote(text).text, names);
}

static int set_text(const char *text, char *value, struct err *err)
{
	if (strlen(text) >= FIELD_TEXT_MAX)
		return err_set(err, ERR_USAGE, 0, "longer than %d bytes", FIELD_TEXT_MAX - 1);
	memcpy(value, text, strlen(text) + 1);
	return 0;
}

int params_set(
	const struct field *field, const char *text, struct fault_params *params, struct err *err)
{
	switch (field->type) {
	case FIELD_DURATION: {
		int64_t value;

		if (duration_parse(text, &value, err) < 0 ||
			check_range(field, (double)value, err) < 0)
			return -1;
		memcpy(at(params, field), &value, sizeof(value));
		return 0;
	}
	case FIELD_PERCENT: {
		double value;

		if (percent_parse(text, &value, err) < 0 || check_range(field, value, err) < 0)
			return -1;
		memcpy(at(params, field), &value, sizeof(value));
		return 0;
	}
	case FIELD_RATE:
	case FIELD_SIZE: {
		uint64_t value;

		if ((field->type == FIELD_RATE ? rate_parse(text, &value, err)
					       : size_parse(text, &value, err)) < 0 ||
			check_range(field, (double)value, err) < 0)
			return -1;
		memcpy(at(params, field), &value, sizeof(value));
		return 0;
	}
	case FIELD_COUNT: {
		uint32_t value;

		if (count_parse(text, &value, err) < 0 || check_range(field, value, err) < 0)
			return -1;
		memcpy(at(params, field), &value, sizeof(value));
		return 0;
	}
	case FIELD_CHOICE: {
		int value;

		if (set_choice(field, text, &value, err) < 0)
			return -1;
		memcpy(at(params, field), &value, sizeof(value));
		return 0;
	}
	case FIELD_SIGNAL: {
		int value;

		if (signal_parse(text, &value, err) < 0)
			return -1;
		memcpy(at(params, field), &value, sizeof(value));
		return 0;
	}
	case FIELD_TEXT:
		return set_text(text, at(params, field), err);
	case FIELD_GROUP:
		break;
	}
	return err_set(err, ERR_USAGE, 0, "must be a mapping");
}

static void note_parameter(
	struct reader *reader, struct fault *fault, const char *name, const char *value)
{
	fault->parameters = arena_grow(reader->arena, fault->parameters, fault->parameter_count,
		sizeof(*fault->parameters));
	fault->parameters[fault->parameter_count++] = (struct report_pair){name, value};
}

static void read_fields(struct reader *reader, const struct node *mapping,
	const struct field *fields, const char *prefix, struct fault *fault);

static void read_field(struct reader *reader, const struct node *mapping, const struct field *field,
	const char *prefix, struct fault *fault)
{
	const struct node *node = node_find(mapping, field->name);
	const char *name = arena_printf(reader->arena, "%s%s", prefix, field->name);
	struct err err = {0};
	const char *text;

	if (field->type == FIELD_GROUP) {
		if (node != NULL && reader_mapping(reader, node, name))
			read_fields(reader, node, field->group,
				arena_printf(reader->arena, "%s.", name), fault);
		return;
	}
	if (node == NULL && (field->flags & FIELD_REQUIRED) != 0) {
		reader_error(reader, mapping, "%s is missing: %s", name, field->help);
		return;
	}
	if (node == NULL && field->fallback == NULL)
		return;
	text = node == NULL ? field->fallback : reader_text(reader, node, field->name);
	if (text == NULL)
		return;
	if (params_set(field, text, &fault->params, &err) < 0) {
		reader_wrong(reader, node != NULL ? node : mapping, field->name, &err);
		return;
	}
	note_parameter(reader, fault, name, text);
}

static void check_keys(struct reader *reader, const struct node *mapping,
	const struct field *fields, const char *const *others)
{
	const char *known[64];
	size_t count = 0;

	for (const struct field *field = fields; field->name != NULL && count < 40; field++)
		known[count++] = field->name;
	for (; others != NULL && *others != NULL && count < 63; others++)
		known[count++] = *others;
	known[count] = NULL;
	reader_known_keys(reader, mapping, known);
}

static void read_fields(struct reader *reader, const struct node *mapping,
	const struct field *fields, const char *prefix, struct fault *fault)
{
	if (prefix[0] != '\0')
		check_keys(reader, mapping, fields, NULL);
	for (const struct field *field = fields; field->name != NULL; field++)
		read_field(reader, mapping, field, prefix, fault);
}

/* The node that a kind's own check means; the mapping when it was not given. */
static const struct node *blamed(const struct node *mapping, const char *field)
{
	const struct node *node = field != NULL ? node_find(mapping, field) : NULL;

	return node != NULL ? node : mapping;
}

void params_read(struct reader *reader, const struct node *mapping, const char *const *others,
	struct fault *fault)
{
	size_t before = reader->errors->total;
	struct err err = {0};

	check_keys(reader, mapping, fault->kind->fields, others);
	read_fields(reader, mapping, fault->kind->fields, "", fault);
	/* Values that are wrong by themselves need no judgement of how they fit together. */
	if (reader->errors->total != before)
		return;
	if (fault->kind->validate(&fault->params, &err) < 0)
		reader_error(reader, blamed(mapping, err.field), "%s%s%s",
			err.field != NULL ? err.field : "", err.field != NULL ? " " : "",
			err.message);
}
