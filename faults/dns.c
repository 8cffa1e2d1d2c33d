/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/dns.h"

#include <arpa/inet.h>
#include <string.h>

#include "faults/kinds.h"
#include "faults/network.h"
#include "faults/pattern.h"
#include "reports/mem.h"

static const struct field fields[] = {
	{
		.name = "names",
		.type = FIELD_TEXTS,
		.offset = offsetof(struct fault_params, dns.rule.names),
		.maximum = DNS_NAMES_MAX,
		.help = "which names, each as a whole, a glob or a /regex/; by default every name",
	},
	{
		.name = "answer",
		.type = FIELD_TEXTS,
		.offset = offsetof(struct fault_params, dns.answers),
		.maximum = DNS_ADDRESSES_MAX,
		.help = "nxdomain, servfail, refused, nodata, timeout (none at all), or addresses, "
			"IPv4 and IPv6; by default that of the server",
	},
	{
		.name = "delay",
		.type = FIELD_DURATION,
		.offset = offsetof(struct fault_params, dns.rule.delay_ns),
		.minimum = NETWORK_DELAY_MIN,
		.maximum = NETWORK_DELAY_MAX,
		.help = "time before the answer",
	},
	{
		.name = "types",
		.type = FIELD_TEXTS,
		.offset = offsetof(struct fault_params, dns.types),
		.maximum = DNS_TYPES_MAX,
		.help = "of which records, such as A or AAAA; by default of every type, and for "
			"wrong addresses A, AAAA and HTTPS",
	},
	{
		.name = "percent",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, dns.rule.percent),
		.maximum = 100.0,
		.fallback = "100%",
		.help = "share of these queries",
	},
	{0},
};

/* Names are compared without the dot that may end them. */
static int check_names(struct dns_rule *rule, struct err *err)
{
	for (size_t i = 0; i < DNS_NAMES_MAX && rule->names[i][0] != '\0'; i++) {
		char *name = rule->names[i];
		size_t length = strlen(name);
		const bool expression = length >= 2 && name[0] == '/' && name[length - 1] == '/';
		struct err reason;

		if (pattern_check(name, &reason) < 0)
			return err_field(err, "names", "'%s': %s", name, reason.message);
		if (!expression && strpbrk(name, ", \t/\\") != NULL)
			return err_field(err, "names",
				"'%s' is no name: give several as a list, and a regular expression "
				"between slashes",
				name);
		if (!expression && length > 1 && name[length - 1] == '.')
			name[length - 1] = '\0';
	}
	return 0;
}

static int check_types(const struct dns_params *params, struct dns_rule *rule, struct err *err)
{
	for (size_t i = 0; i < DNS_TYPES_MAX && params->types[i][0] != '\0'; i++) {
		rule->types[i] = dns_type_number(params->types[i]);
		if (rule->types[i] == 0)
			return err_field(err, "types",
				"expected types of records such as A, AAAA, SRV or TYPE65, not "
				"'%s'",
				params->types[i]);
	}
	return 0;
}

static bool read_address(const char *text, struct dns_address *ret_address)
{
	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->family = AF_INET;
	if (inet_pton(AF_INET, text, ret_address->bytes) == 1)
		return true;
	ret_address->family = AF_INET6;
	return inet_pton(AF_INET6, text, ret_address->bytes) == 1;
}

static int read_answer(const char *text, struct dns_rule *rule, struct err *err)
{
	static const struct {
		const char *name;
		int answer;
	} words[] = {
		{"nxdomain", DNS_ANSWER_NXDOMAIN},
		{"servfail", DNS_ANSWER_SERVFAIL},
		{"refused", DNS_ANSWER_REFUSED},
		{"nodata", DNS_ANSWER_NODATA},
		{"timeout", DNS_ANSWER_TIMEOUT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].name, text) == 0) {
			rule->answer = words[i].answer;
			return 0;
		}
	}
	if (!read_address(text, &rule->addresses[rule->address_count]))
		return err_field(err, "answer",
			"expected nxdomain, servfail, refused, nodata, timeout, or addresses such "
			"as 192.0.2.1 and 2001:db8::1, not '%s'",
			text);
	rule->address_count++;
	rule->answer = DNS_ANSWER_ADDRESS;
	return 0;
}

static int check_answers(const struct dns_params *params, struct dns_rule *rule, struct err *err)
{
	size_t count = 0;

	for (; count < DNS_ADDRESSES_MAX && params->answers[count][0] != '\0'; count++)
		if (read_answer(params->answers[count], rule, err) < 0)
			return -1;
	if (count > 1 && rule->address_count != count)
		return err_field(err, "answer", "only addresses can be several");
	return 0;
}

static int validate(struct fault_params *params, struct err *err)
{
	struct dns_rule *rule = &params->dns.rule;

	if (check_names(rule, err) < 0 || check_types(&params->dns, rule, err) < 0 ||
		check_answers(&params->dns, rule, err) < 0)
		return -1;
	if (rule->answer == DNS_ANSWER_SERVER && rule->delay_ns == 0)
		return err_set(err, ERR_USAGE, 0, "does nothing: give answer, delay or both");
	if (rule->answer == DNS_ANSWER_TIMEOUT && rule->delay_ns != 0)
		return err_field(err, "delay", "has no meaning where nothing is answered");
	return percent_check(rule->percent, err);
}

static int plan(const struct fault_kind *kind, const struct fault_params *params,
	const struct instance *instance, enum engine engine, const struct features *features,
	struct operation_list *list, struct err *err)
{
	struct operation *operation;

	(void)kind;
	(void)engine;
	if (instance->netns_path[0] == '\0')
		return err_set(err, ERR_UNAVAILABLE, 0, "it has no network namespace");
	if (!features->root)
		return err_set(err, ERR_UNAVAILABLE, 0, "network faults need root");
	if (!features->nf_tables || !features->nft_redirect)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"this kernel's packet filter lacks%s%s, which queries are redirected by: "
			"load or install the modules of nftables, see \"perturb doctor\"",
			features->nf_tables ? "" : " nf_tables",
			features->nft_redirect ? "" : " nft_redir and nft_chain_nat");
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	operation = &list->items[list->count++];
	*operation = (struct operation){
		.type = OPERATION_DNS,
		.pid = instance->pid,
		.start_time = instance->start_time,
		.netns_device = instance->netns_device,
		.netns_inode = instance->netns_inode,
		.dns = params->dns.rule,
	};
	memcpy(operation->netns_path, instance->netns_path, sizeof(operation->netns_path));
	return 0;
}

const struct fault_kind fault_dns = {
	.name = "dns",
	.summary = "answer queries for names wrongly, late or not at all",
	.example = "dns: { target: users, names: [db.internal, \"*.example.com\"], answer: "
		   "nxdomain }",
	.fields = fields,
	.validate = validate,
	.plan = plan,
};
