/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/postgres_params.h"

#ifdef PERTURB_POSTGRES

#include <libpq-fe.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "experiments/aim_text.h"
#include "experiments/quote.h"

#define PORT_DEFAULT 5432
/* A path that nobody can make a file of. libpq takes it for a missing file, which is in order. */
#define NO_FILE "/dev/null/none"

enum use {
	USE_PASSED,
	USE_FILE,  /* passed; names a file */
	USE_PLACE, /* in a field of struct postgres_params */
};

/* What a connection string may say. Not in it: "service", which is another file of parameters,
 * Kerberos, whose library waits for servers of its own, and connect_timeout. */
static const struct {
	const char *keyword;
	enum use use;
	const char *standard; /* NULL: the library's */
} keywords[] = {
	{"host", USE_PLACE, NULL},
	{"hostaddr", USE_PLACE, NULL},
	{"port", USE_PLACE, NULL},
	{"user", USE_PASSED, NULL},
	{"password", USE_PASSED, NULL},
	{"dbname", USE_PASSED, NULL},
	{"options", USE_PASSED, NULL},
	{"application_name", USE_PASSED, "perturb"},
	{"client_encoding", USE_PASSED, "UTF8"},
	{"passfile", USE_FILE, NO_FILE},
	{"channel_binding", USE_PASSED, NULL},
	{"require_auth", USE_PASSED, "!gss,!sspi"},
	{"sslmode", USE_PASSED, "prefer"},
	{"sslnegotiation", USE_PASSED, NULL},
	{"sslrootcert", USE_FILE, NO_FILE},
	{"sslcert", USE_FILE, NO_FILE},
	{"sslkey", USE_FILE, NO_FILE},
	{"sslcrl", USE_FILE, NO_FILE},
	/* Without one, the TLS library would ask for it at the terminal. */
	{"sslpassword", USE_PASSED, " "},
	{"sslsni", USE_PASSED, NULL},
	{"ssl_min_protocol_version", USE_PASSED, NULL},
	{"ssl_max_protocol_version", USE_PASSED, NULL},
	{"target_session_attrs", USE_PASSED, NULL},
	{"keepalives", USE_PASSED, NULL},
	{"keepalives_idle", USE_PASSED, NULL},
	{"keepalives_interval", USE_PASSED, NULL},
	{"keepalives_count", USE_PASSED, NULL},
	{"tcp_user_timeout", USE_PASSED, NULL},
};

static int keyword_find(const char *keyword)
{
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
		if (strcmp(keywords[i].keyword, keyword) == 0)
			return (int)i;
	}
	return -1;
}

static int reject_keyword(const char *keyword, struct err *err)
{
	if (strcmp(keyword, "connect_timeout") == 0)
		return err_set(err, ERR_USAGE, 0,
			"connect_timeout has no meaning here: timeout is for all of it");
	return err_set(err, ERR_USAGE, 0, "'%s' cannot be set here", quote(keyword).text);
}

static int take_place(struct arena *arena, const char *keyword, const char *value,
	struct postgres_params *params, struct err *err)
{
	struct aim_ports ports;

	if (strcmp(keyword, "port") == 0) {
		if (ports_parse(value, &ports, err) != 0 || ports.first != ports.last)
			return err_set(err, ERR_USAGE, 0, "expected one port, not '%s'",
				quote(value).text);
		params->port = ports.first;
		return 0;
	}
	if (strchr(value, ',') != NULL)
		return err_set(
			err, ERR_USAGE, 0, "expected one server, not '%s'", quote(value).text);
	if (strcmp(keyword, "host") == 0)
		params->host = arena_strdup(arena, value);
	else
		params->address = arena_strdup(arena, value);
	return 0;
}

/* libpq itself would look at it no sooner than when it connects. */
static int sslmode_check(const char *value, struct err *err)
{
	static const char *const modes[] = {
		"disable", "allow", "prefer", "require", "verify-ca", "verify-full"};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (strcmp(modes[i], value) == 0)
			return 0;
	}
	return err_set(err, ERR_USAGE, 0,
		"sslmode is disable, allow, prefer, require, verify-ca or verify-full, not '%s'",
		quote(value).text);
}

static void add(
	struct arena *arena, struct postgres_params *params, const char *keyword, const char *value)
{
	params->items = arena_grow(arena, params->items, params->count, sizeof(*params->items));
	params->items[params->count].keyword = arena_strdup(arena, keyword);
	params->items[params->count++].value = arena_strdup(arena, value);
}

/* What the string does not say is said as well, lest libpq look for it elsewhere: an empty text
 * counts as said. */
static int take_option(struct arena *arena, const PQconninfoOption *option, const char *given,
	struct postgres_params *params, struct err *err)
{
	const int known = keyword_find(option->keyword);
	const bool said = given != NULL && *given != '\0';
	const char *value = option->compiled != NULL ? option->compiled : "";

	if (said && known < 0)
		return reject_keyword(option->keyword, err);
	if (said && keywords[known].use == USE_PLACE)
		return take_place(arena, option->keyword, given, params, err);
	if (known >= 0 && keywords[known].use == USE_PLACE)
		return 0;
	if (said) {
		if (keywords[known].use == USE_FILE && params->file_count < POSTGRES_FILES_MAX)
			params->files[params->file_count++] = arena_strdup(arena, given);
		value = given;
	} else if (known >= 0 && keywords[known].standard != NULL) {
		value = keywords[known].standard;
	} else if (strcmp(option->keyword, "gssencmode") == 0) {
		value = "disable";
	} else if (option->envvar == NULL || strcmp(option->keyword, "service") == 0) {
		return 0;
	}
	add(arena, params, option->keyword, value);
	return 0;
}

static int take_options(struct arena *arena, const PQconninfoOption *options, const char *password,
	struct postgres_params *params, struct err *err)
{
	bool user = false;

	for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
		const char *given = option->val;

		if (strcmp(option->keyword, "user") == 0)
			user = given != NULL && *given != '\0';
		if (strcmp(option->keyword, "sslmode") == 0 && given != NULL &&
			sslmode_check(given, err) != 0)
			return -1;
		if (strcmp(option->keyword, "password") == 0 && password != NULL)
			given = password;
		if (take_option(arena, option, given, params, err) != 0)
			return -1;
	}
	if (params->host == NULL && params->address == NULL)
		return err_set(err, ERR_USAGE, 0, "the host is missing");
	if (params->host == NULL)
		params->host = params->address;
	return user ? 0 : err_set(err, ERR_USAGE, 0, "the user is missing");
}

/* libpq's messages end with a newline. */
static int reject_string(char *message, struct err *err)
{
	const char *reason = message != NULL ? message : "out of memory";
	cleanup_free char *line = xasprintf("%.*s", (int)strcspn(reason, "\n"), reason);

	PQfreemem(message);
	return err_set(err, ERR_USAGE, 0, "%s", quote(line).text);
}

int postgres_params_read(struct arena *arena, const char *url, const char *password,
	struct postgres_params *ret_params, struct err *err)
{
	struct postgres_params params = {.port = PORT_DEFAULT};
	PQconninfoOption *options;
	char *message = NULL;
	int result;

	/* Not a connection string, but one word. */
	if (strchr(url, '=') == NULL && strstr(url, "://") == NULL)
		return err_set(err, ERR_USAGE, 0, "neither a URL nor a connection string");
	options = PQconninfoParse(url, &message);
	if (options == NULL)
		return reject_string(message, err);
	result = take_options(arena, options, password, &params, err);
	PQconninfoFree(options);
	*ret_params = params;
	return result;
}

bool postgres_params_local(const struct postgres_params *params)
{
	return params->address == NULL && (*params->host == '/' || *params->host == '@');
}

static void write_item(FILE *out, const char *keyword, const char *value)
{
	fprintf(out, "%s='", keyword);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
	fputs("' ", out);
}

/* A host for each address, so that a certificate is compared with the name. */
static void write_addresses(FILE *out, const struct postgres_params *params,
	const struct resolve_address *addresses, size_t count)
{
	fputs("hostaddr='", out);
	for (size_t i = 0; i < count; i++) {
		char text[NI_MAXHOST];

		if (getnameinfo((const struct sockaddr *)&addresses[i].address, addresses[i].length,
			    text, sizeof(text), NULL, 0, NI_NUMERICHOST) != 0)
			text[0] = '\0';
		fprintf(out, "%s%s", i == 0 ? "" : ",", text);
	}
	fputs("' host='", out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%s", i == 0 ? "" : ",", params->host);
	fputs("' ", out);
}

char *postgres_params_text(
	const struct postgres_params *params, const struct resolve_address *addresses, size_t count)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		out_of_memory();
	for (size_t i = 0; i < params->count; i++)
		write_item(out, params->items[i].keyword, params->items[i].value);
	if (count == 0) {
		write_item(out, "host", params->host);
		write_item(out, "hostaddr", "");
	} else {
		write_addresses(out, params, addresses, count);
	}
	fprintf(out, "port='%u'", params->port);
	if (fclose(out) != 0)
		out_of_memory();
	return text;
}

#else /* the build has no libpq: the kind says so, and none of this is reached */

int postgres_params_read(struct arena *arena, const char *url, const char *password,
	struct postgres_params *ret_params, struct err *err)
{
	(void)arena;
	(void)url;
	(void)password;
	(void)ret_params;
	return err_set(err, ERR_USAGE, 0, "this build has no libpq");
}

#endif
