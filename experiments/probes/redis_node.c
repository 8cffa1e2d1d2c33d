/* SPDX-License-Identifier: Apache-2.0 */
/* "redis" of a probe: where the server is, and what it is asked. */
#include <string.h>
#include <strings.h>

#include "experiments/probes/redis_probe.h"
#include "reports/mem.h"

static void read_address(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	static const char what[] = "an address such as 127.0.0.1:6379, redis.internal or "
				   "unix:/run/redis.sock";
	struct scalar scalar;

	if (decode_scalar(decode, node, name, what, &scalar) &&
		!place_parse_unix(scalar.text, ret_value) &&
		!place_parse(scalar.text, REDIS_PORT, ret_value))
		err_list_add(decode->errors, node->loc, "%s: expected %s, not '%s'", name, what,
			scalar_shown(&scalar).text);
}

static void add_word(struct decode *decode, struct redis_probe *probe, const char *word)
{
	probe->words =
		arena_grow(decode->arena, probe->words, probe->word_count, sizeof(*probe->words));
	probe->words[probe->word_count++] = word;
}

/* A text is split at its blanks. */
static void split(struct decode *decode, struct redis_probe *probe, const char *text)
{
	static const char blanks[] = " \t\r\n";

	for (text += strspn(text, blanks); *text != '\0'; text += strspn(text, blanks)) {
		const size_t length = strcspn(text, blanks);

		add_word(decode, probe, arena_strndup(decode->arena, text, length));
		text += length;
	}
}

/* These change what else comes on the connection, so that replies could not be told apart. */
static bool is_usable(const char *command)
{
	static const char *const others[] = {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR",
		"SYNC", "PSYNC", "HELLO", "QUIT", "RESET"};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strcasecmp(command, others[i]) == 0)
			return false;
	return true;
}

static void read_command(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	static const char what[] = "a command such as PING, or a list of its words";
	struct redis_probe *probe = ret_value;
	struct scalar scalar;

	if (node->type == NODE_LIST) {
		if (!decode_is(decode, node, NODE_LIST, name))
			return;
		for (size_t i = 0; i < node_count(node); i++) {
			if (!decode_scalar(decode, node_item(node, i), name, what, &scalar))
				return;
			add_word(decode, probe, scalar.text);
		}
	} else if (decode_scalar(decode, node, name, what, &scalar)) {
		split(decode, probe, scalar.text);
	} else {
		return;
	}
	if (probe->word_count == 0)
		err_list_add(decode->errors, node->loc, "%s: is empty", name);
	else if (!is_usable(probe->words[0]))
		err_list_add(decode->errors, node->loc,
			"%s: a command that changes the connection cannot be measured; for "
			"messages there is channel",
			name);
}

void redis_check(struct decode *decode, const struct node *node, const void *settings)
{
	static const char *const commands[] = {"command", "expect", "matches"};
	const struct redis_probe *probe = settings;

	if (probe->user != NULL && probe->password == NULL)
		err_list_add(decode->errors, node_find(node, "user")->loc,
			"user: has no meaning without password");
	for (size_t i = 0; i < ARRAY_SIZE(commands) && probe->channel != NULL; i++) {
		const struct node *key = node_find(node, commands[i]);

		if (key != NULL)
			err_list_add(decode->errors, key->loc,
				"%s: has no meaning with channel: it is a message that must come "
				"back",
				commands[i]);
	}
}

#define FIELD(field) offsetof(struct redis_probe, field)

const struct probe_key redis_keys[] = {
	{{"address", read_address, FIELD(place), true}, "name", NULL,
		"host and port (6379 if there is none), or unix:/PATH"},
	{{"user", decode_text, FIELD(user), false}, "name", NULL, "who logs in"},
	{{"password", decode_text, FIELD(password), false}, "name", NULL, "with what"},
	{{"db", decode_count, FIELD(db), false}, "count", "0", "the number of the database"},
	{{"command", read_command, 0, false}, "names", "PING", "what is asked: words, or a list"},
	{{"expect", decode_text, FIELD(expect), false}, "name", NULL,
		"text that must be in the reply"},
	{{"matches", decode_expression, FIELD(matches), false}, "name", NULL,
		"a regular expression that the reply must match"},
	{{"channel", decode_text, FIELD(channel), false}, "name", NULL,
		"publish messages there, and wait until they come back"},
	PROBE_KEY_TIMEOUT,
	PROBE_KEYS_END,
};
