/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/faults_json.h"

#include "experiments/field_text.h"
#include "reports/json_value.h"

const char *field_type_name(enum field_type type)
{
	switch (type) {
	case FIELD_DURATION:
		return "duration";
	case FIELD_PERCENT:
		return "percentage";
	case FIELD_RATE:
		return "rate";
	case FIELD_SIZE:
		return "size";
	case FIELD_OVERHEAD:
		return "size, also negative";
	case FIELD_COUNT:
		return "number";
	case FIELD_CHOICE:
		return "choice";
	case FIELD_BOOLEAN:
		return "boolean";
	case FIELD_SIGNAL:
		return "signal";
	case FIELD_TEXT:
		return "text";
	case FIELD_FILE:
		return "file";
	case FIELD_TEXTS:
		return "text, or a list of texts";
	case FIELD_GROUP:
		break;
	}
	return "group";
}

static void put_fields(cJSON *object, const struct field *fields)
{
	cJSON *array = json_put_array(object, "parameters");

	for (const struct field *field = fields; field->name != NULL; field++) {
		cJSON *row = json_append_object(array);
		char limit[32];

		json_put_text(row, "name", field->name);
		json_put_text(row, "type", field_type_name(field->type));
		json_put_text(row, "help", field->help);
		if (field->type == FIELD_GROUP) {
			put_fields(row, field->group);
			continue;
		}
		json_put_bool(row, "required", (field->flags & FIELD_REQUIRED) != 0);
		if (field->type == FIELD_TEXTS) {
			json_put_count(row, "maximum_count", (uint64_t)field->maximum);
		} else if (field->maximum > 0) {
			json_put_text(row, "minimum",
				field_limit_write(
					field->type, field->minimum, limit, sizeof(limit)));
			json_put_text(row, "maximum",
				field_limit_write(
					field->type, field->maximum, limit, sizeof(limit)));
		}
		if (field->fallback != NULL)
			json_put_text(row, "default", field->fallback);
		if (field->type == FIELD_CHOICE) {
			size_t count = 0;

			while (field->choices[count] != NULL)
				count++;
			json_put_texts(row, "choices", field->choices, count);
		}
	}
}

static void fill_kind(cJSON *object, const struct fault_kind *kind)
{
	json_put_text(object, "name", kind->name);
	json_put_text(object, "summary", kind->summary);
	json_put_bool(object, "network", kind->network);
	json_put_bool(object, "groups", kind->groups);
	json_put_bool(object, "instant", kind->instant);
	json_put_text(object, "example", kind->example);
	put_fields(object, kind->fields);
}

char *faults_json(const struct fault_kind *kind)
{
	cJSON *root;

	if (kind != NULL) {
		root = json_checked(cJSON_CreateObject());
		fill_kind(root, kind);
		return json_finish(root);
	}
	root = json_checked(cJSON_CreateArray());
	for (const struct fault_kind *const *each = fault_kinds; *each != NULL; each++)
		fill_kind(json_append_object(root), *each);
	return json_finish(root);
}
