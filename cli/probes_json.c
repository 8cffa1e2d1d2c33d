/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/probes_json.h"

#include <stdlib.h>
#include <string.h>

#include "experiments/schema_experiment.h"
#include "reports/json_value.h"
#include "reports/mem.h"

#define KEY(name, required, schema, standard, help)                                                \
	{                                                                                          \
		{name, NULL, 0, required}, schema, standard, help                                  \
	}

const struct probe_key probe_common_keys[] = {
	KEY("name", true, "name", NULL, "what it is called in reports"),
	KEY("rate", false, "probe_rate", "10/s",
		"how many requests are sent; max: the next one as soon as one has ended"),
	KEY("concurrency", false, "count", "1000, with rate: max 10",
		"how many requests may be in flight at once"),
	KEY("tolerate", true, "tolerances", NULL, "what the answers must keep to"),
	KEY("during", false, "tolerances", "tolerate", "the same, while faults are active"),
	PROBE_KEYS_END,
};

/* The definitions of the JSON Schema that say too little of themselves. */
static const struct {
	const char *schema;
	const char *values;
} types[] = {
	{"name", "text"},
	{"text", "text, may be empty"},
	{"names", "text, or a list of texts"},
	{"method", "text, in capitals"},
	{"probe_rate", "frequency such as 20/s or 600/m, or max"},
	{"count", "whole number"},
	{"statuses", "status such as 200, 200-299 or 2xx, or a list of them"},
	{"headers", "mapping of texts"},
	{"tolerances", "mapping of metrics to conditions"},
	{"url", "URL"},
	{"sequence", "list of mappings"},
	{"command", "list of texts"},
	{"environment", "mapping of texts"},
	{"exit_statuses", "number, or a list of them"},
	{"duration", "duration such as 200ms or 1m30s"},
	{"at_least", "condition such as >= 2"},
	{"conditions", "condition such as >= 3, or a list of two"},
	{"size_conditions", "condition such as >= 1KiB, or a list of two"},
	{"age_conditions", "condition such as <= 5m, or a list of two"},
	{"container_name", "text"},
	{"header_checks", "mapping of texts"},
	{"json", "mapping, or a list of them"},
};

static char *choices_of(const cJSON *definition)
{
	const cJSON *choices = cJSON_GetObjectItemCaseSensitive(definition, "enum");
	const cJSON *form;
	const cJSON *choice;
	char *text = NULL;

	cJSON_ArrayForEach (form, cJSON_GetObjectItemCaseSensitive(definition, "anyOf")) {
		if (choices == NULL)
			choices = cJSON_GetObjectItemCaseSensitive(form, "enum");
	}
	cJSON_ArrayForEach (choice, choices) {
		char *longer;

		if (!cJSON_IsString(choice))
			continue;
		longer = xasprintf("%s%s", text == NULL ? "one of " : text, choice->valuestring);
		free(text);
		text = xasprintf("%s, ", longer);
		free(longer);
	}
	if (text != NULL)
		text[strlen(text) - 2] = '\0';
	return text;
}

/* The name of a definition, as words. */
static char *words_of(const char *name)
{
	char *words = xstrdup(name);

	for (char *c = words; *c != '\0'; c++) {
		if (*c == '_')
			*c = ' ';
	}
	return words;
}

char *probe_key_values(const cJSON *schema, const struct probe_key *key)
{
	const cJSON *definition = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(schema, "definitions"), key->schema);
	const char *description =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(definition, "description"));
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(types[i].schema, key->schema) == 0)
			return xstrdup(types[i].values);
	}
	text = choices_of(definition);
	if (text != NULL)
		return text;
	if (description != NULL && strncmp(description, "such as ", 8) != 0)
		return xstrdup(description);
	if (description != NULL) {
		cleanup_free char *words = words_of(key->schema);

		return xasprintf("%s %s", words, description);
	}
	if (cJSON_GetObjectItemCaseSensitive(definition, "properties") != NULL)
		return xstrdup("mapping");
	return words_of(key->schema);
}

static void put_keys(
	cJSON *object, const char *name, const struct probe_key *keys, const cJSON *schema)
{
	cJSON *array = json_put_array(object, name);

	for (const struct probe_key *key = keys; key->member.name != NULL; key++) {
		cleanup_free char *values = probe_key_values(schema, key);
		cJSON *row = json_append_object(array);

		json_put_text(row, "name", key->member.name);
		json_put_text(row, "values", values);
		json_put_bool(row, "required", key->member.required);
		json_put_text(row, "default", key->standard);
		json_put_text(row, "help", key->help);
	}
}

static void fill_kind(cJSON *object, const struct probe_kind *kind, const cJSON *schema)
{
	struct arena arena = {0};

	json_put_text(object, "name", kind->name);
	json_put_text(object, "summary", kind->summary);
	json_put_bool(object, "available", kind->missing == NULL);
	json_put_text(object, "missing", kind->missing);
	json_put_text(object, "library", kind->library != NULL ? kind->library(&arena) : NULL);
	json_put_text(object, "example", kind->example);
	json_put_text(object, "scalar", kind->scalar);
	put_keys(object, "keys", kind->keys, schema);
	put_keys(object, "common_keys", probe_common_keys, schema);
	arena_release(&arena);
}

char *probes_json(const struct probe_kind *kind)
{
	cJSON *schema = json_checked(experiment_schema());
	cJSON *root;

	if (kind != NULL) {
		root = json_checked(cJSON_CreateObject());
		fill_kind(root, kind, schema);
	} else {
		root = json_checked(cJSON_CreateArray());
		for (const struct probe_kind *const *each = probe_kinds; *each != NULL; each++)
			fill_kind(json_append_object(root), *each, schema);
	}
	cJSON_Delete(schema);
	return json_finish(root);
}
