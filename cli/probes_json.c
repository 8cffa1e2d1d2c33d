/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/probes_json.h"

#include <string.h>

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

/* The definitions of the JSON Schema whose names say too little. */
static const struct {
	const char *schema;
	const char *type;
} types[] = {
	{"name", "text"},
	{"names", "text, or a list of texts"},
	{"probe_rate", "frequency"},
	{"count", "number"},
	{"conditions", "condition such as \">= 3\", or two of them"},
	{"statuses", "status, or a list of them"},
	{"headers", "mapping of texts"},
	{"tolerances", "mapping of conditions"},
	{"tls", "mapping"},
	{"url", "URL"},
	{"json", "mapping"},
};

const char *probe_key_type(const struct probe_key *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(types[i].schema, key->schema) == 0)
			return types[i].type;
	}
	return key->schema;
}

static void put_keys(cJSON *object, const char *name, const struct probe_key *keys)
{
	cJSON *array = json_put_array(object, name);

	for (const struct probe_key *key = keys; key->member.name != NULL; key++) {
		cJSON *row = json_append_object(array);

		json_put_text(row, "name", key->member.name);
		json_put_text(row, "type", probe_key_type(key));
		json_put_bool(row, "required", key->member.required);
		json_put_text(row, "default", key->standard);
		json_put_text(row, "help", key->help);
	}
}

static void fill_kind(cJSON *object, const struct probe_kind *kind)
{
	struct arena arena = {0};

	json_put_text(object, "name", kind->name);
	json_put_text(object, "summary", kind->summary);
	json_put_bool(object, "available", kind->missing == NULL);
	json_put_text(object, "missing", kind->missing);
	json_put_text(object, "library", kind->library != NULL ? kind->library(&arena) : NULL);
	json_put_text(object, "example", kind->example);
	json_put_text(object, "scalar", kind->scalar);
	put_keys(object, "keys", kind->keys);
	put_keys(object, "common_keys", probe_common_keys);
	arena_release(&arena);
}

char *probes_json(const struct probe_kind *kind)
{
	cJSON *root;

	if (kind != NULL) {
		root = json_checked(cJSON_CreateObject());
		fill_kind(root, kind);
		return json_finish(root);
	}
	root = json_checked(cJSON_CreateArray());
	for (const struct probe_kind *const *each = probe_kinds; *each != NULL; each++)
		fill_kind(json_append_object(root), *each);
	return json_finish(root);
}
