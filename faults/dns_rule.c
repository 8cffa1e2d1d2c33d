/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "faults/dns.h"
#include "reports/mem.h"

static const struct {
	const char *name;
	uint16_t number;
} types[] = {
	/* RFC 1035 and the registry of IANA */
	{"A", 1},
	{"NS", 2},
	{"CNAME", 5},
	{"SOA", 6},
	{"PTR", 12},
	{"MX", 15},
	{"TXT", 16},
	{"AAAA", 28},
	{"SRV", 33},
	{"NAPTR", 35},
	{"DNAME", 39},
	{"DS", 43},
	{"DNSKEY", 48},
	{"TLSA", 52},
	{"SVCB", 64},
	{"HTTPS", 65},
	{"ANY", 255},
	{"CAA", 257},
};

static const char *const answer_names[] = {
	[DNS_ANSWER_SERVER] = "the server's answer",
	[DNS_ANSWER_NXDOMAIN] = "nxdomain",
	[DNS_ANSWER_SERVFAIL] = "servfail",
	[DNS_ANSWER_REFUSED] = "refused",
	[DNS_ANSWER_NODATA] = "nodata",
	[DNS_ANSWER_TIMEOUT] = "nothing",
	[DNS_ANSWER_ADDRESS] = "",
};

uint16_t dns_type_number(const char *name)
{
	unsigned long number;
	char *end;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcasecmp(types[i].name, name) == 0)
			return types[i].number;
	/* RFC 3597 */
	if (strncasecmp(name, "TYPE", 4) != 0 || name[4] < '0' || name[4] > '9')
		return 0;
	number = strtoul(name + 4, &end, 10);
	return *end != '\0' || number > UINT16_MAX ? 0 : (uint16_t)number;
}

bool dns_rule_is_possible(const struct dns_rule *rule)
{
	for (size_t i = 0; i < DNS_NAMES_MAX; i++)
		if (memchr(rule->names[i], '\0', sizeof(rule->names[i])) == NULL)
			return false;
	for (size_t i = 0; i < rule->address_count && i < DNS_ADDRESSES_MAX; i++)
		if (rule->addresses[i].family != AF_INET && rule->addresses[i].family != AF_INET6)
			return false;
	return rule->address_count <= DNS_ADDRESSES_MAX && rule->answer >= DNS_ANSWER_SERVER &&
	       rule->answer <= DNS_ANSWER_ADDRESS && rule->delay_ns >= 0 && rule->percent >= 0.0 &&
	       rule->percent <= 100.0;
}

static void write_answer(const struct dns_rule *rule, FILE *out)
{
	char text[INET6_ADDRSTRLEN];

	fputs(answer_names[rule->answer], out);
	for (size_t i = 0; i < rule->address_count; i++)
		if (inet_ntop(rule->addresses[i].family, rule->addresses[i].bytes, text,
			    sizeof(text)) != NULL)
			fprintf(out, "%s%s", i == 0 ? "" : " ", text);
}

static void write_types(const struct dns_rule *rule, FILE *out)
{
	for (size_t i = 0; i < DNS_TYPES_MAX && rule->types[i] != 0; i++) {
		const char *name = NULL;

		for (size_t j = 0; j < ARRAY_SIZE(types); j++)
			if (types[j].number == rule->types[i])
				name = types[j].name;
		fputc(' ', out);
		if (name != NULL)
			fputs(name, out);
		else
			fprintf(out, "TYPE%u", rule->types[i]);
	}
}

void dns_rule_describe(const struct dns_rule *rule, FILE *out)
{
	write_answer(rule, out);
	fputs(" for", out);
	for (size_t i = 0; i < DNS_NAMES_MAX && rule->names[i][0] != '\0'; i++)
		fprintf(out, " %s", rule->names[i]);
	if (rule->names[0][0] == '\0')
		fputs(" every name", out);
	write_types(rule, out);
	if (rule->percent < 100.0)
		fprintf(out, ", in %g%%", rule->percent);
	if (rule->delay_ns != 0)
		fprintf(out, ", after %gms", (double)rule->delay_ns / 1e6);
}
