/* SPDX-License-Identifier: Apache-2.0 */
/* "dns" of a probe: the question, whom it is asked, and what counts as a good answer. */
#include <string.h>

#include "experiments/number.h"
#include "experiments/probes/dns_probe.h"

static void expected(struct decode *decode, const struct node *node, const char *name,
	const char *what, const struct scalar *scalar)
{
	err_list_add(decode->errors, node->loc, "%s: expected %s, not '%s'", name, what,
		scalar_shown(scalar).text);
}

static void read_name(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	static const char what[] = "the name of a domain such as db.internal";
	const char **ret_name = ret_value;
	struct dns_question question = {0};
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, what, &scalar))
		return;
	if (*scalar.text == '\0' || !dns_question_make(scalar.text, 0, &question))
		expected(decode, node, name, what, &scalar);
	*ret_name = scalar.text;
}

static void read_type(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	static const char what[] = "A, AAAA, CNAME, MX, NS, PTR, SOA, SRV or TXT";
	const struct dns_type **ret_type = ret_value;
	const struct dns_type *type;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, what, &scalar))
		return;
	type = dns_type_find(scalar.text);
	if (type == NULL)
		expected(decode, node, name, what, &scalar);
	else
		*ret_type = type;
}

static void read_server(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	static const char what[] = "a name server such as 10.0.0.2, 10.0.0.2:5353 or [::1]:53";
	struct scalar scalar;

	if (decode_scalar(decode, node, name, what, &scalar) &&
		!place_parse(scalar.text, DNS_PORT, ret_value))
		expected(decode, node, name, what, &scalar);
}

static void read_protocol(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	static const char what[] = "udp or tcp";
	bool *ret_tcp = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, what, &scalar))
		return;
	*ret_tcp = strcmp(scalar.text, "tcp") == 0;
	if (!*ret_tcp && strcmp(scalar.text, "udp") != 0)
		expected(decode, node, name, what, &scalar);
}

static void read_rcode(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	static const char what[] = "a response code such as NOERROR, NXDOMAIN or SERVFAIL";
	unsigned int *ret_rcode = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, what, &scalar))
		return;
	for (unsigned int i = 0; dns_rcodes[i] != NULL; i++) {
		if (strcmp(dns_rcodes[i], scalar.text) == 0) {
			*ret_rcode = i;
			return;
		}
	}
	expected(decode, node, name, what, &scalar);
}

static void read_least(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	static const char what[] = "the least number of records such as '>= 2'";
	struct scalar scalar;
	const char *number;

	if (!decode_scalar(decode, node, name, what, &scalar))
		return;
	number = scalar.text + strspn(scalar.text, ">=");
	number += strspn(number, " ");
	if (strncmp(scalar.text, ">=", 2) != 0 || !number_whole(number, ret_value) ||
		*(const uint32_t *)ret_value > UINT16_MAX)
		expected(decode, node, name, what, &scalar);
}

#define FIELD(field) offsetof(struct dns_probe, field)

const struct probe_key dns_keys[] = {
	{{"name", read_name, FIELD(name), true}, "name", NULL, "the name that is asked for"},
	{{"type", read_type, FIELD(type), false}, "dns_type", "A", "the type of record"},
	{{"server", read_server, FIELD(server), false}, "name", "the first of /etc/resolv.conf",
		"who is asked: an address or name, and a port if it is not 53"},
	{{"protocol", read_protocol, FIELD(tcp), false}, "dns_protocol", "udp",
		"udp (by tcp again what does not fit), or tcp"},
	{{"rcode", read_rcode, FIELD(rcode), false}, "dns_rcode", "NOERROR",
		"the response code that is right"},
	{{"contains", decode_text, FIELD(contains), false}, "name", NULL,
		"what one of the records must say: an address, or a part of its text"},
	{{"answers", read_least, FIELD(least), false}, "at_least", ">= 1 with NOERROR",
		"how many records of the type there must be"},
	PROBE_KEY_TIMEOUT,
	PROBE_KEYS_END,
};

void dns_defaults(void *settings)
{
	struct dns_probe *probe = settings;

	probe->type = dns_type_find("A");
	probe->least = UINT32_MAX;
}
