/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/schema_experiment.h"

#include <stdbool.h>

#include "experiments/tolerance.h"
#include "faults/kind.h"

/* What does not depend on a table. Texts may hold ${variables}, so most scalars are just that. */
static const char base[] =
	"{\"$schema\":\"http://json-schema.org/draft-07/schema#\","
	"\"title\":\"perturb experiment\",\"type\":\"object\",\"additionalProperties\":false,"
	"\"required\":[\"version\",\"title\"],"
	"\"anyOf\":[{\"required\":[\"method\"]},{\"required\":[\"steady_state\"]}],"
	"\"definitions\":{"
	"\"scalar\":{\"type\":[\"string\",\"number\",\"boolean\"]},"
	"\"texts\":{\"anyOf\":[{\"$ref\":\"#/definitions/scalar\"},{\"type\":\"array\","
	"\"minItems\":1,\"items\":{\"$ref\":\"#/definitions/scalar\"}}]},"
	"\"target\":{\"type\":\"object\",\"additionalProperties\":false,"
	"\"oneOf\":[{\"required\":[\"container\"]},{\"required\":[\"netns\"]},"
	"{\"required\":[\"process\"]}],"
	"\"properties\":{"
	"\"container\":{\"anyOf\":[{\"$ref\":\"#/definitions/texts\"},{\"type\":\"object\","
	"\"minProperties\":1,\"additionalProperties\":false,\"properties\":{"
	"\"name\":{\"$ref\":\"#/definitions/texts\"},\"id\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"image\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"label\":{\"anyOf\":[{\"$ref\":\"#/definitions/texts\"},{\"type\":\"object\","
	"\"additionalProperties\":{\"$ref\":\"#/definitions/scalar\"}}]},"
	"\"service\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"project\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"runtime\":{\"enum\":[\"docker\",\"podman\"]}}}]},"
	"\"netns\":{\"anyOf\":[{\"$ref\":\"#/definitions/texts\"},{\"type\":\"object\","
	"\"minProperties\":1,\"maxProperties\":1,\"additionalProperties\":false,\"properties\":{"
	"\"name\":{\"$ref\":\"#/definitions/texts\"},\"path\":{\"$ref\":\"#/definitions/"
	"texts\"}}}]},"
	"\"process\":{\"anyOf\":[{\"$ref\":\"#/definitions/texts\"},{\"type\":\"object\","
	"\"minProperties\":1,\"maxProperties\":1,\"additionalProperties\":false,\"properties\":{"
	"\"pid\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"command\":{\"$ref\":\"#/definitions/texts\"}}}]},"
	"\"pick\":{\"$ref\":\"#/definitions/scalar\"}}},"
	"\"probe\":{\"type\":\"object\",\"additionalProperties\":false,"
	"\"required\":[\"name\",\"http\",\"tolerate\"],\"properties\":{"
	"\"name\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"http\":{\"anyOf\":[{\"$ref\":\"#/definitions/scalar\"},{\"type\":\"object\","
	"\"required\":[\"url\"],\"additionalProperties\":false,\"properties\":{"
	"\"url\":{\"$ref\":\"#/definitions/scalar\"},\"method\":{\"type\":\"string\"},"
	"\"headers\":{\"type\":\"object\","
	"\"additionalProperties\":{\"$ref\":\"#/definitions/scalar\"}},"
	"\"body\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"timeout\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"status\":{\"$ref\":\"#/definitions/texts\"},"
	"\"contains\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"matches\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"json\":{\"type\":\"object\",\"required\":[\"path\"],\"additionalProperties\":false,"
	"\"properties\":{\"path\":{\"type\":\"string\"},"
	"\"equals\":{\"$ref\":\"#/definitions/scalar\"}}},"
	"\"follow_redirects\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"tls\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
	"\"insecure\":{\"$ref\":\"#/definitions/scalar\"},\"ca\":{\"type\":\"string\"},"
	"\"cert\":{\"type\":\"string\"},\"key\":{\"type\":\"string\"}}}}}]},"
	"\"rate\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"tolerate\":{\"$ref\":\"#/definitions/tolerances\"},"
	"\"during\":{\"$ref\":\"#/definitions/tolerances\"}}}},"
	"\"properties\":{"
	"\"version\":{\"enum\":[1,\"1\"]},\"title\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"tags\":{\"$ref\":\"#/definitions/texts\"},"
	"\"variables\":{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":["
	"{\"$ref\":\"#/definitions/scalar\"},{\"type\":\"object\","
	"\"additionalProperties\":false,\"properties\":{\"env\":{\"type\":\"string\"},"
	"\"secret\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"default\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"value\":{\"$ref\":\"#/definitions/scalar\"}}}]}},"
	"\"targets\":{\"type\":\"object\","
	"\"additionalProperties\":{\"$ref\":\"#/definitions/target\"}},"
	"\"steady_state\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/probe\"}},"
	"\"baseline\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"recovery\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"method\":{\"type\":\"array\",\"minItems\":1,"
	"\"items\":{\"$ref\":\"#/definitions/step\"}},"
	"\"abort_when\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/guard\"}},"
	"\"limits\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
	"\"max_instances\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"max_percent\":{\"$ref\":\"#/definitions/scalar\"},"
	"\"max_duration\":{\"$ref\":\"#/definitions/scalar\"}}}}}";

static void add_scalar(cJSON *properties, const char *name)
{
	cJSON *scalar = cJSON_AddObjectToObject(properties, name);

	cJSON_AddStringToObject(scalar, "$ref", "#/definitions/scalar");
}

static cJSON *add_mapping(cJSON *parent, const char *name)
{
	cJSON *mapping = cJSON_AddObjectToObject(parent, name);

	cJSON_AddStringToObject(mapping, "type", "object");
	cJSON_AddFalseToObject(mapping, "additionalProperties");
	return mapping;
}

static void add_metrics(cJSON *properties)
{
	for (int metric = 0; metric < METRIC_COUNT; metric++)
		add_scalar(properties, metric_name((enum metric)metric));
	add_scalar(properties, "p999");
}

static void add_tolerances(cJSON *definitions)
{
	cJSON *tolerances = add_mapping(definitions, "tolerances");
	cJSON *guard = add_mapping(definitions, "guard");
	cJSON *required = cJSON_AddArrayToObject(guard, "required");
	cJSON *properties = cJSON_AddObjectToObject(guard, "properties");

	add_metrics(cJSON_AddObjectToObject(tolerances, "properties"));
	cJSON_AddItemToArray(required, cJSON_CreateString("probe"));
	cJSON_AddItemToArray(required, cJSON_CreateString("over"));
	cJSON_AddNumberToObject(guard, "minProperties", 3);
	cJSON_AddNumberToObject(guard, "maxProperties", 3);
	add_scalar(properties, "probe");
	add_scalar(properties, "over");
	add_metrics(properties);
}

static void add_fields(cJSON *properties, cJSON *required, const struct field *fields)
{
	for (const struct field *field = fields; field->name != NULL; field++) {
		if (field->type == FIELD_GROUP) {
			cJSON *group = add_mapping(properties, field->name);
			cJSON *needed = cJSON_AddArrayToObject(group, "required");

			add_fields(
				cJSON_AddObjectToObject(group, "properties"), needed, field->group);
			continue;
		}
		add_scalar(properties, field->name);
		cJSON_AddStringToObject(cJSON_GetObjectItemCaseSensitive(properties, field->name),
			"description", field->help);
		if ((field->flags & FIELD_REQUIRED) != 0)
			cJSON_AddItemToArray(required, cJSON_CreateString(field->name));
	}
}

static cJSON *kind_schema(const struct fault_kind *kind)
{
	cJSON *mapping = cJSON_CreateObject();
	cJSON *required;
	cJSON *properties;

	cJSON_AddStringToObject(mapping, "type", "object");
	cJSON_AddFalseToObject(mapping, "additionalProperties");
	cJSON_AddStringToObject(mapping, "description", kind->summary);
	required = cJSON_AddArrayToObject(mapping, "required");
	cJSON_AddItemToArray(required, cJSON_CreateString("target"));
	properties = cJSON_AddObjectToObject(mapping, "properties");
	add_scalar(properties, "target");
	if (kind->network) {
		cJSON *direction;

		add_scalar(properties, "interface");
		direction = cJSON_AddObjectToObject(properties, "direction");
		cJSON_AddStringToObject(direction, "const", "egress");
	}
	add_fields(properties, required, kind->fields);
	return mapping;
}

/* A kind that needs no more than its target may have just that: "pause: users". */
static void add_kind(cJSON *properties, const struct fault_kind *kind)
{
	cJSON *choice;
	cJSON *any;
	cJSON *scalar;

	if (!kind->instant && kind->fields[0].name != NULL) {
		cJSON_AddItemToObject(properties, kind->name, kind_schema(kind));
		return;
	}
	choice = cJSON_AddObjectToObject(properties, kind->name);
	any = cJSON_AddArrayToObject(choice, "anyOf");
	scalar = cJSON_CreateObject();
	cJSON_AddStringToObject(scalar, "type", "string");
	cJSON_AddItemToArray(any, scalar);
	cJSON_AddItemToArray(any, kind_schema(kind));
}

static void add_step(cJSON *definitions)
{
	cJSON *step = add_mapping(definitions, "step");
	cJSON *properties = cJSON_AddObjectToObject(step, "properties");
	cJSON *one_of = cJSON_AddArrayToObject(step, "oneOf");

	add_scalar(properties, "at");
	add_scalar(properties, "for");
	add_scalar(properties, "pick");
	for (size_t i = 0; fault_kinds[i] != NULL; i++) {
		cJSON *alternative = cJSON_CreateObject();
		cJSON *required = cJSON_AddArrayToObject(alternative, "required");

		add_kind(properties, fault_kinds[i]);
		cJSON_AddItemToArray(required, cJSON_CreateString(fault_kinds[i]->name));
		if (!fault_kinds[i]->instant)
			cJSON_AddItemToArray(required, cJSON_CreateString("for"));
		cJSON_AddItemToArray(one_of, alternative);
	}
}

cJSON *experiment_schema(void)
{
	cJSON *schema = cJSON_ParseWithLength(base, sizeof(base));
	cJSON *definitions = cJSON_GetObjectItemCaseSensitive(schema, "definitions");

	if (definitions == NULL) {
		cJSON_Delete(schema);
		return NULL;
	}
	add_tolerances(definitions);
	add_step(definitions);
	return schema;
}
