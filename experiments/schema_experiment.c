/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/schema_experiment.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "experiments/aim_node.h"
#include "experiments/outcome.h"
#include "experiments/probes/kind.h"
#include "faults/kind.h"
#include "faults/network.h"
#include "reports/mem.h"

/* What depends on no table, as a file: it reads better there. The assembler finds it from where the
 * compiler was started: the root. */
__asm__(".pushsection .rodata, \"a\"\n"
	".type experiment_schema_base, %object\n"
	"experiment_schema_base:\n"
	".incbin \"experiments/experiment.schema.json\"\n"
	".byte 0\n"
	".size experiment_schema_base, . - experiment_schema_base\n"
	".popsection\n");
extern const char experiment_schema_base[];

static cJSON *reference(const char *definition)
{
	cJSON *schema = cJSON_CreateObject();
	char path[64];

	snprintf(path, sizeof(path), "#/definitions/%s", definition);
	cJSON_AddStringToObject(schema, "$ref", path);
	return schema;
}

/* A mapping that has no keys but its properties; its (empty) properties and required keys. */
static cJSON *mapping_new(cJSON **ret_properties, cJSON **ret_required)
{
	cJSON *mapping = cJSON_CreateObject();

	cJSON_AddStringToObject(mapping, "type", "object");
	cJSON_AddFalseToObject(mapping, "additionalProperties");
	*ret_required = cJSON_AddArrayToObject(mapping, "required");
	*ret_properties = cJSON_AddObjectToObject(mapping, "properties");
	return mapping;
}

static void require(cJSON *required, const char *name)
{
	cJSON_AddItemToArray(required, cJSON_CreateString(name));
}

/* One comparison, or (list) also several that must all be true. */
static cJSON *metric_schema(const char *definition, bool list)
{
	cJSON *schema;
	cJSON *any;
	cJSON *several;

	if (!list)
		return reference(definition);
	schema = cJSON_CreateObject();
	any = cJSON_AddArrayToObject(schema, "anyOf");
	several = cJSON_CreateObject();
	cJSON_AddStringToObject(several, "type", "array");
	cJSON_AddNumberToObject(several, "minItems", 1);
	cJSON_AddItemToObject(several, "items", reference(definition));
	cJSON_AddItemToArray(any, reference(definition));
	cJSON_AddItemToArray(any, several);
	return schema;
}

static void add_metrics(cJSON *mapping, cJSON *properties, bool list)
{
	static const struct {
		const char *name;
		const char *definition;
	} metrics[] = {
		{"success", "success"},
		{"min", "latency"},
		{"max", "latency"},
		{"mean", "latency"},
		{"throughput", "throughput"},
		{"errors", "errors"},
		{"duplicates", "duplicates"},
		{"value.min", "value"},
		{"value.max", "value"},
		{"value.mean", "value"},
		{"value.last", "value"},
	};
	cJSON *patterns = cJSON_AddObjectToObject(mapping, "patternProperties");
	cJSON *kinds = metric_schema("errors", list);
	char pattern[1024] = "^errors\\.(";

	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		cJSON_AddItemToObject(
			properties, metrics[i].name, metric_schema(metrics[i].definition, list));
	cJSON_AddItemToObject(patterns, "^p([1-9]|[1-9][0-9])(\\.[0-9]{1,2})?$|^p999$",
		metric_schema("latency", list));
	for (int outcome = OUTCOME_OK + 1; outcome < OUTCOME_COUNT; outcome++) {
		size_t used = strlen(pattern);

		(void)snprintf(pattern + used, sizeof(pattern) - used, "%s%s",
			outcome == OUTCOME_OK + 1 ? "" : "|", outcome_name((enum outcome)outcome));
	}
	(void)snprintf(pattern + strlen(pattern), sizeof(pattern) - strlen(pattern), ")$");
	cJSON_AddItemToObject(patterns, pattern, kinds);
}

static cJSON *tolerances_schema(void)
{
	static const char *const composites[] = {"all", "any", "none"};
	cJSON *properties;
	cJSON *required;
	cJSON *tolerances = mapping_new(&properties, &required);

	cJSON_AddNumberToObject(tolerances, "minProperties", 1);
	add_metrics(tolerances, properties, true);
	for (size_t i = 0; i < ARRAY_SIZE(composites); i++) {
		cJSON *list = cJSON_AddObjectToObject(properties, composites[i]);

		cJSON_AddStringToObject(list, "type", "array");
		cJSON_AddNumberToObject(list, "minItems", 1);
		cJSON_AddItemToObject(list, "items", reference("tolerances"));
	}
	return tolerances;
}

/* The probe, the window and one condition. */
static cJSON *guard_schema(void)
{
	cJSON *properties;
	cJSON *required;
	cJSON *guard = mapping_new(&properties, &required);

	cJSON_AddNumberToObject(guard, "minProperties", 3);
	cJSON_AddNumberToObject(guard, "maxProperties", 3);
	require(required, "probe");
	require(required, "over");
	cJSON_AddItemToObject(properties, "probe", reference("name"));
	cJSON_AddItemToObject(properties, "over", reference("duration"));
	add_metrics(guard, properties, false);
	return guard;
}

static cJSON *choice_schema(const struct field *field)
{
	cJSON *choice = cJSON_CreateObject();
	cJSON *any = cJSON_AddArrayToObject(choice, "anyOf");
	cJSON *names = cJSON_CreateObject();
	cJSON *variable = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(names, "enum");

	for (size_t i = 0; field->choices[i] != NULL; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(field->choices[i]));
	cJSON_AddStringToObject(variable, "type", "string");
	cJSON_AddStringToObject(variable, "pattern", "\\$\\{");
	cJSON_AddItemToArray(any, names);
	cJSON_AddItemToArray(any, variable);
	return choice;
}

static const char *definition_of(enum field_type type)
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
		return "overhead";
	case FIELD_COUNT:
		return "count";
	case FIELD_BOOLEAN:
		return "boolean";
	case FIELD_TEXTS:
		return "names";
	case FIELD_CHOICE:
	case FIELD_SIGNAL:
	case FIELD_TEXT:
	case FIELD_FILE:
	case FIELD_GROUP:
		break;
	}
	return "name";
}

static void add_fields(
	cJSON *properties, cJSON *required, const struct field *fields, bool network);

/* Exactly one of the rows that exclude each other. */
static void add_alternatives(cJSON *mapping, const struct field *fields)
{
	cJSON *one_of = NULL;

	for (const struct field *field = fields; field->name != NULL; field++) {
		cJSON *alternative;

		if ((field->flags & FIELD_ALTERNATIVE) == 0)
			continue;
		if (one_of == NULL)
			one_of = cJSON_AddArrayToObject(mapping, "oneOf");
		alternative = cJSON_CreateObject();
		require(cJSON_AddArrayToObject(alternative, "required"), field->name);
		cJSON_AddItemToArray(one_of, alternative);
	}
}

static cJSON *group_schema(const struct field *field)
{
	cJSON *properties;
	cJSON *required;
	cJSON *group = mapping_new(&properties, &required);

	cJSON_AddNumberToObject(group, "minProperties", 1);
	add_fields(properties, required, field->group, true);
	add_alternatives(group, field->group);
	return group;
}

/* draft-07 ignores what stands beside a $ref, so the description needs a place of its own. */
static cJSON *described(cJSON *schema, const char *description)
{
	cJSON *outer = cJSON_CreateObject();
	cJSON *all = cJSON_AddArrayToObject(outer, "allOf");

	cJSON_AddStringToObject(outer, "description", description);
	cJSON_AddItemToArray(all, schema);
	return outer;
}

/* A number of a network fault may move. */
static cJSON *moving(const struct field *field, bool network)
{
	const char *definition = definition_of(field->type);
	cJSON *schema;
	cJSON *any;

	if (!network || strcmp(definition, "name") == 0 || field->type == FIELD_BOOLEAN)
		return reference(definition);
	schema = cJSON_CreateObject();
	any = cJSON_AddArrayToObject(schema, "anyOf");
	cJSON_AddItemToArray(any, reference(definition));
	cJSON_AddItemToArray(any, reference("ramp"));
	return schema;
}

static void add_fields(cJSON *properties, cJSON *required, const struct field *fields, bool network)
{
	for (const struct field *field = fields; field->name != NULL; field++) {
		cJSON *schema;

		if (field->type == FIELD_GROUP)
			schema = group_schema(field);
		else if (field->type == FIELD_CHOICE)
			schema = choice_schema(field);
		else
			schema = moving(field, network);
		cJSON_AddItemToObject(properties, field->name, described(schema, field->help));
		if ((field->flags & FIELD_REQUIRED) != 0)
			require(required, field->name);
	}
}

static void add_aim(cJSON *properties)
{
	for (const struct aim_key *key = aim_keys; key->name != NULL; key++) {
		const bool peers = strcmp(key->name, "to") == 0 || strcmp(key->name, "from") == 0;
		const bool ports = strcmp(key->name, "local_ports") == 0;

		cJSON_AddItemToObject(properties, key->name,
			described(reference(peers   ? "peers"
					    : ports ? "ports"
						    : key->name),
				key->help));
	}
}

/* One target, or several. */
static void add_targets(
	cJSON *mapping, cJSON *properties, cJSON *required, const struct fault_kind *kind)
{
	static const char *const keys[] = {"target", "between"};
	cJSON *list;
	cJSON *any;

	cJSON_AddItemToObject(properties, "target", reference("name"));
	if (!kind->groups) {
		require(required, "target");
		return;
	}
	list = cJSON_AddObjectToObject(properties, "between");
	cJSON_AddStringToObject(list, "type", "array");
	cJSON_AddNumberToObject(list, "minItems", 2);
	cJSON_AddTrueToObject(list, "uniqueItems");
	cJSON_AddItemToObject(list, "items", reference("name"));
	any = cJSON_AddArrayToObject(mapping, "oneOf");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		cJSON *alternative = cJSON_CreateObject();

		require(cJSON_AddArrayToObject(alternative, "required"), keys[i]);
		cJSON_AddItemToArray(any, alternative);
	}
}

static cJSON *kind_mapping(const struct fault_kind *kind)
{
	cJSON *properties;
	cJSON *required;
	cJSON *mapping = mapping_new(&properties, &required);

	add_targets(mapping, properties, required, kind);
	if (kind->network) {
		static const char *const directions[] = {"egress", "ingress", "both"};
		cJSON *direction = cJSON_AddObjectToObject(properties, "direction");

		cJSON_AddItemToObject(direction, "enum",
			cJSON_CreateStringArray(directions, ARRAY_SIZE(directions)));
		if (fault_kind_is_queue(kind))
			cJSON_AddItemToObject(properties, "segment", reference("boolean"));
		cJSON_AddItemToObject(properties, "interface", reference("name"));
		add_aim(properties);
	}
	add_fields(properties, required, kind->fields, network_can_change(kind));
	add_alternatives(mapping, kind->fields);
	return mapping;
}

static bool needs_parameters(const struct fault_kind *kind)
{
	for (const struct field *field = kind->fields; field->name != NULL; field++) {
		if ((field->flags & FIELD_REQUIRED) != 0 || field->type == FIELD_GROUP)
			return true;
	}
	return false;
}

/* A kind that needs no more than its target may have just that: "pause: users". */
static cJSON *kind_schema(const struct fault_kind *kind)
{
	cJSON *schema = cJSON_CreateObject();
	cJSON *any = cJSON_AddArrayToObject(schema, "anyOf");

	cJSON_AddStringToObject(schema, "description", kind->summary);
	if (!needs_parameters(kind))
		cJSON_AddItemToArray(any, reference("name"));
	cJSON_AddItemToArray(any, kind_mapping(kind));
	return schema;
}

static cJSON *step_schema(void)
{
	cJSON *properties;
	cJSON *required;
	cJSON *step = mapping_new(&properties, &required);
	cJSON *one_of = cJSON_AddArrayToObject(step, "oneOf");

	cJSON_AddItemToObject(properties, "at", reference("duration"));
	cJSON_AddItemToObject(properties, "for", reference("duration"));
	cJSON_AddItemToObject(properties, "on", reference("duration"));
	cJSON_AddItemToObject(properties, "off", reference("duration"));
	cJSON_AddItemToObject(properties, "repeat", reference("repeat"));
	cJSON_AddItemToObject(properties, "pick", reference("pick"));
	cJSON_AddItemToObject(properties, "follow", reference("boolean"));
	for (const struct fault_kind *const *kind = fault_kinds; *kind != NULL; kind++) {
		cJSON *alternative = cJSON_CreateObject();
		cJSON *keys = cJSON_AddArrayToObject(alternative, "required");

		cJSON_AddItemToObject(properties, (*kind)->name, kind_schema(*kind));
		require(keys, (*kind)->name);
		if (!(*kind)->instant)
			require(keys, "for");
		cJSON_AddItemToArray(one_of, alternative);
	}
	return step;
}

static void add_one_of(cJSON *mapping, const char *const *keys)
{
	cJSON *one_of = cJSON_AddArrayToObject(mapping, "oneOf");

	for (; *keys != NULL; keys++) {
		cJSON *alternative = cJSON_CreateObject();

		require(cJSON_AddArrayToObject(alternative, "required"), *keys);
		cJSON_AddItemToArray(one_of, alternative);
	}
}

static cJSON *probe_kind_schema(const struct probe_kind *kind)
{
	cJSON *schema = cJSON_CreateObject();
	cJSON *any = cJSON_AddArrayToObject(schema, "anyOf");
	cJSON *properties;
	cJSON *required;
	cJSON *mapping = mapping_new(&properties, &required);

	cJSON_AddStringToObject(schema, "description", kind->summary);
	cJSON_AddNumberToObject(mapping, "minProperties", 1);
	for (const struct probe_key *key = kind->keys; key->member.name != NULL; key++) {
		cJSON_AddItemToObject(
			properties, key->member.name, described(reference(key->schema), key->help));
		if (key->member.required)
			require(required, key->member.name);
		if (kind->scalar != NULL && strcmp(kind->scalar, key->member.name) == 0)
			cJSON_AddItemToArray(any, reference(key->schema));
	}
	if (kind->one_of != NULL)
		add_one_of(mapping, kind->one_of);
	cJSON_AddItemToArray(any, mapping);
	return schema;
}

/* A name, one kind, and what it must keep to; a load may do without that. */
static cJSON *probe_schema(bool load)
{
	cJSON *properties;
	cJSON *required;
	cJSON *probe = mapping_new(&properties, &required);
	cJSON *one_of = cJSON_AddArrayToObject(probe, "oneOf");

	require(required, "name");
	if (!load)
		require(required, "tolerate");
	cJSON_AddItemToObject(properties, "name", reference("name"));
	cJSON_AddItemToObject(properties, "rate", reference("probe_rate"));
	cJSON_AddItemToObject(properties, "concurrency", reference("count"));
	cJSON_AddItemToObject(properties, "tolerate", reference("tolerances"));
	cJSON_AddItemToObject(properties, "during", reference("tolerances"));
	for (const struct probe_kind *const *kind = probe_kinds; *kind != NULL; kind++) {
		cJSON *alternative = cJSON_CreateObject();

		cJSON_AddItemToObject(properties, (*kind)->name, probe_kind_schema(*kind));
		require(cJSON_AddArrayToObject(alternative, "required"), (*kind)->name);
		cJSON_AddItemToArray(one_of, alternative);
	}
	return probe;
}

cJSON *experiment_schema(void)
{
	cJSON *schema = cJSON_Parse(experiment_schema_base);
	cJSON *definitions = cJSON_GetObjectItemCaseSensitive(schema, "definitions");

	if (definitions == NULL) {
		cJSON_Delete(schema);
		return NULL;
	}
	cJSON_AddItemToObject(definitions, "tolerances", tolerances_schema());
	cJSON_AddItemToObject(definitions, "guard", guard_schema());
	cJSON_AddItemToObject(definitions, "probe", probe_schema(false));
	cJSON_AddItemToObject(definitions, "load", probe_schema(true));
	cJSON_AddItemToObject(definitions, "step", step_schema());
	return schema;
}
