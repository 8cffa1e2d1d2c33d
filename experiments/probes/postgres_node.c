/* SPDX-License-Identifier: Apache-2.0 */
/* "postgres" of a probe: the server, the query, and what counts as a good answer. */
#include "experiments/probes/postgres_probe.h"

#define URL_EXPECTED "a URL such as postgresql://user@host:5432/database"

static void read_url(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct postgres_probe *postgres = ret_value;
	struct scalar scalar;
	struct err err;

	if (!decode_scalar(decode, node, name, URL_EXPECTED, &scalar))
		return;
	postgres->url = scalar.text;
	if (postgres_params_read(
		    decode->arena, scalar.text, postgres->password, &postgres->params, &err) != 0)
		decode_reject(decode, node, name, &scalar, URL_EXPECTED, &err);
}

#define KEY(name, read, field, required)                                                           \
	{                                                                                          \
		name, read, offsetof(struct postgres_probe, field), required                       \
	}

/* The password comes before the URL because that takes it over. */
const struct probe_key postgres_keys[] = {
	{KEY("password", decode_any_text, password, false), "text", NULL,
		"instead of one in the url; best a secret variable"},
	{{"url", read_url, 0, true}, "name", NULL,
		"the server, user and database: postgresql://user@host:5432/database, or a "
		"connection string of libpq"},
	{KEY("query", decode_text, query, false), "name", "SELECT 1", "one SQL command"},
	PROBE_KEY_TIMEOUT,
	{KEY("equals", decode_any_text, equals, false), "text", NULL,
		"what the first column of the first row must be"},
	{KEY("matches", decode_expression, matches, false), "name", NULL,
		"a regular expression that the first column of the first row must match"},
	{KEY("value", number_range_read, value, false), "conditions", NULL,
		"what the number in the first column of the first row must keep to"},
	{KEY("rows", number_range_read, rows, false), "conditions", NULL,
		"what the number of rows must keep to"},
	PROBE_KEYS_END,
};

void postgres_defaults(void *settings)
{
	struct postgres_probe *postgres = settings;

	postgres->query = "SELECT 1";
}
