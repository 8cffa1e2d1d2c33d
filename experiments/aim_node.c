/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/aim_node.h"

#include <string.h>

#include "experiments/aim_text.h"
#include "experiments/partition_groups.h"
#include "reports/report.h"

const struct aim_key aim_keys[] = {
	{"to", "PEER", true, "packets to these only: address, network, host name or target"},
	{"from", "PEER", true, "packets from these only, the same way"},
	{"ports", "PORTS", true, "these ports of the peer's only, such as 443 or 8000-8100"},
	{"local_ports", "PORTS", true, "these ports of the target's own only"},
	{"protocol", "tcp|udp|icmp|sctp", false, "this protocol only"},
	{"dscp", "DSCP", false, "this code point only: 0 to 63, or a name such as ef or af41"},
	{"family", "ipv4|ipv6", false, "this version of IP only"},
	{"except", "PEER", true, "but not packets to or from these"},
	{"spare", "ssh|probes", true,
		"but not perturb's own ssh session, or the way of its probes"},
	{NULL, NULL, false, NULL},
};

struct aim_reading {
	struct decode *decode;
	const struct experiment *experiment;
	struct fault *fault;
	struct aim *aim; /* what both directions have in common */
};

bool aim_has_key(const char *name)
{
	for (const struct aim_key *key = aim_keys; key->name != NULL; key++)
		if (strcmp(key->name, name) == 0)
			return true;
	return false;
}

/* Reads one scalar of a value that is a scalar or a list of them. */
typedef void item_reader(
	struct aim_reading *reading, const struct node *node, const char *name, void *result);

static void read_items(struct aim_reading *reading, const struct node *node, const char *name,
	item_reader *read, void *result)
{
	if (node->type == NODE_LIST && !decode_is(reading->decode, node, NODE_LIST, name))
		return;
	for (size_t i = 0; i < node_count(node); i++)
		read(reading, node_item(node, i), name, result);
}

/* --- peers --- */

static bool find_target(const struct experiment *experiment, const char *name, size_t *ret_target)
{
	for (size_t i = 0; i < experiment->target_count; i++) {
		if (strcmp(experiment->targets[i].name, name) == 0) {
			*ret_target = i;
			return true;
		}
	}
	return false;
}

/* An address is never a name, and a target's name goes before that of a host. */
static int read_peer_text(
	const struct experiment *experiment, const char *text, struct peer *peer, struct err *err)
{
	if (network_parse(text, &peer->network, err) == 0)
		return 0;
	memset(&peer->network, 0, sizeof(peer->network));
	peer->is_target = find_target(experiment, text, &peer->target);
	if (peer->is_target)
		return 0;
	if (network_is_meant(text))
		return -1;
	return host_name_check(text, err);
}

static void read_peer(
	struct aim_reading *reading, const struct node *node, const char *name, void *result)
{
	struct peer_list *list = result;
	struct peer peer = {.loc = node->loc};
	struct scalar scalar;
	struct err err = {0};

	if (!decode_scalar(reading->decode, node, name, PEER_EXPECTED, &scalar))
		return;
	peer.text = scalar.text;
	if (read_peer_text(reading->experiment, scalar.text, &peer, &err) < 0) {
		decode_reject(reading->decode, node, name, &scalar, PEER_EXPECTED, &err);
		return;
	}
	if (peer.network.family != 0 && reading->aim->family != 0 &&
		peer.network.family != reading->aim->family)
		err_list_add(reading->decode->errors, node->loc,
			"%s: '%s' is not of the family that is asked for", name,
			scalar_shown(&scalar).text);
	list->items =
		arena_grow(reading->decode->arena, list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = peer;
}

/* --- ports --- */

struct port_list {
	struct aim_ports *items; /* in the arena */
	size_t count;
};

static void read_ports(
	struct aim_reading *reading, const struct node *node, const char *name, void *result)
{
	struct port_list *list = result;
	struct aim_ports ports;
	struct scalar scalar;
	struct err err = {0};

	if (!decode_scalar(reading->decode, node, name, PORTS_EXPECTED, &scalar))
		return;
	if (ports_parse(scalar.text, &ports, &err) < 0) {
		decode_reject(reading->decode, node, name, &scalar, PORTS_EXPECTED, &err);
		return;
	}
	list->items =
		arena_grow(reading->decode->arena, list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = ports;
}

static void check_ports(const struct aim_reading *reading, const struct node *node,
	const char *name, uint8_t protocol)
{
	if (!protocol_has_ports(protocol))
		err_list_add(reading->decode->errors, node->loc, "%s: icmp has no ports", name);
}

static void read_aim_ports(struct aim_reading *reading, const struct node *node, const char *name,
	struct aim_ports *ports, uint8_t *ret_count)
{
	struct port_list list = {0};

	if (node == NULL)
		return;
	read_items(reading, node, name, read_ports, &list);
	check_ports(reading, node, name, reading->aim->protocol);
	if (list.count > AIM_PORTS_MAX) {
		err_list_add(reading->decode->errors, node->loc,
			"%s: more than %d: name ranges, such as 8000-8100", name, AIM_PORTS_MAX);
		return;
	}
	for (size_t i = 0; i < list.count; i++)
		ports[i] = list.items[i];
	*ret_count = (uint8_t)list.count;
}

/* --- one word --- */

typedef int word_parser(const char *text, uint8_t *ret_value, struct err *err);

static bool read_word(struct aim_reading *reading, const struct node *node, const char *name,
	word_parser *parse, const char *expected, uint8_t *ret_value)
{
	struct scalar scalar;
	struct err err = {0};

	if (node == NULL || !decode_scalar(reading->decode, node, name, expected, &scalar))
		return false;
	if (parse(scalar.text, ret_value, &err) == 0)
		return true;
	decode_reject(reading->decode, node, name, &scalar, expected, &err);
	return false;
}

/* --- what is not meant --- */

static void read_exclusion_keys(
	struct aim_reading *reading, const struct node *node, struct exclusion *exclusion)
{
	static const char *const keys[] = {"to", "from", "ports", "local_ports", "protocol"};
	struct port_list peer_ports = {0};
	struct port_list local_ports = {0};

	for (size_t i = 0; i < node->count; i++) {
		const struct node *key = node->entries[i].key;
		bool known = false;

		for (size_t j = 0; j < ARRAY_SIZE(keys); j++)
			known = known || strcmp(keys[j], key->text) == 0;
		if (!known)
			err_list_add(reading->decode->errors, key->loc,
				"unknown key '%s'; the keys here are to or from, ports, "
				"local_ports, protocol",
				quote_file(reading->decode->errors, key->text).text);
	}
	if (node_find(node, "to") != NULL && node_find(node, "from") != NULL)
		err_list_add(reading->decode->errors, node->loc,
			"except: to and from mean the same here, the peer: give one of them");
	for (size_t i = 0; i < node->count; i++) {
		const char *key = node->entries[i].key->text;
		const struct node *value = node->entries[i].value;

		if (strcmp(key, "to") == 0 || strcmp(key, "from") == 0)
			read_items(reading, value, key, read_peer, &exclusion->peers);
		else if (strcmp(key, "ports") == 0)
			read_items(reading, value, key, read_ports, &peer_ports);
		else if (strcmp(key, "local_ports") == 0)
			read_items(reading, value, key, read_ports, &local_ports);
		else if (strcmp(key, "protocol") == 0)
			read_word(reading, value, key, protocol_parse, PROTOCOL_EXPECTED,
				&exclusion->protocol);
	}
	if (peer_ports.count + local_ports.count != 0)
		check_ports(reading, node, "except", exclusion->protocol);
	exclusion->peer_ports = peer_ports.items;
	exclusion->peer_port_count = peer_ports.count;
	exclusion->local_ports = local_ports.items;
	exclusion->local_port_count = local_ports.count;
}

static void read_exclusion(
	struct aim_reading *reading, const struct node *node, const char *name, void *result)
{
	struct fault_aim *aim = result;
	struct exclusion exclusion = {.loc = node->loc};

	if (node->type == NODE_MAPPING) {
		if (!decode_is(reading->decode, node, NODE_MAPPING, name))
			return;
		read_exclusion_keys(reading, node, &exclusion);
	} else {
		read_peer(reading, node, name, &exclusion.peers);
	}
	aim->exclusions = arena_grow(reading->decode->arena, aim->exclusions, aim->exclusion_count,
		sizeof(*aim->exclusions));
	aim->exclusions[aim->exclusion_count++] = exclusion;
}

static void read_spared(
	struct aim_reading *reading, const struct node *node, const char *name, void *result)
{
	struct fault_aim *aim = result;
	struct scalar scalar;

	if (!decode_scalar(reading->decode, node, name, "ssh or probes", &scalar))
		return;
	if (strcmp(scalar.text, "ssh") == 0)
		aim->spare_ssh = true;
	else if (strcmp(scalar.text, "probes") == 0)
		aim->spare_probes = true;
	else
		err_list_add(reading->decode->errors, node->loc,
			"%s: expected ssh or probes, not '%s'", name, scalar_shown(&scalar).text);
}

/* --- the direction --- */

static void check_direction(
	const struct aim_reading *reading, const struct node *to, const struct node *from)
{
	struct fault_params *params = reading->fault->params;
	const struct node *given = to != NULL ? to : from;

	if (given != NULL && partition_is_between(reading->fault))
		err_list_add(reading->decode->errors, given->loc,
			"to and from: the peers are the other instances here, and nobody else");
	if (!params->egress && !params->ingress) {
		params->egress = to != NULL;
		params->ingress = from != NULL;
	}
	if (to != NULL && !params->egress)
		err_list_add(reading->decode->errors, to->loc,
			"to: is about what leaves, but direction is ingress: give from, or "
			"direction: both");
	if (from != NULL && !params->ingress)
		err_list_add(reading->decode->errors, from->loc,
			"from: is about what arrives, but direction is egress: give to, or "
			"direction: both");
}

/* --- for the report --- */

static const char *append(struct decode *decode, const char *text, const char *more)
{
	return *text == '\0' ? more : arena_printf(decode->arena, "%s, %s", text, more);
}

static const char *value_text(struct decode *decode, const struct node *node)
{
	const char *text = "";
	struct scalar scalar;

	if (node->type == NODE_SCALAR) {
		/* That it can be expanded is known by now. */
		return decode_scalar(decode, node, "", "", &scalar) ? scalar.text : "";
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct node_entry *entry = &node->entries[i];
		const char *value = value_text(decode, entry->value);

		if (node->type == NODE_MAPPING)
			value = arena_printf(decode->arena, "%s: %s", entry->key->text, value);
		text = append(decode, text, value);
	}
	return node->type == NODE_MAPPING ? arena_printf(decode->arena, "{%s}", text) : text;
}

static void list_key(struct aim_reading *reading, const char *name, const struct node *value)
{
	struct fault *fault = reading->fault;

	fault->parameters = arena_grow(reading->decode->arena, fault->parameters,
		fault->parameter_count, sizeof(*fault->parameters));
	fault->parameters[fault->parameter_count++] =
		(struct report_pair){.name = name, .value = value_text(reading->decode, value)};
}

void aim_read(struct decode *decode, const struct node *mapping,
	const struct experiment *experiment, struct fault *fault)
{
	struct aim *aim = &fault->params->egress_aim;
	struct aim_reading reading = {
		.decode = decode, .experiment = experiment, .fault = fault, .aim = aim};
	const size_t errors_before = decode->errors->total;
	const struct node *to = node_find(mapping, "to");
	const struct node *from = node_find(mapping, "from");
	const struct node *except = node_find(mapping, "except");
	const struct node *spare = node_find(mapping, "spare");

	/* first what the others are checked against */
	read_word(&reading, node_find(mapping, "family"), "family", family_parse, FAMILY_EXPECTED,
		&aim->family);
	read_word(&reading, node_find(mapping, "protocol"), "protocol", protocol_parse,
		PROTOCOL_EXPECTED, &aim->protocol);
	aim->has_dscp = read_word(&reading, node_find(mapping, "dscp"), "dscp", dscp_parse,
		DSCP_EXPECTED, &aim->dscp);
	read_aim_ports(&reading, node_find(mapping, "ports"), "ports", aim->peer_ports,
		&aim->peer_port_count);
	read_aim_ports(&reading, node_find(mapping, "local_ports"), "local_ports", aim->local_ports,
		&aim->local_port_count);
	if (to != NULL)
		read_items(&reading, to, "to", read_peer, &fault->aim.to);
	if (from != NULL)
		read_items(&reading, from, "from", read_peer, &fault->aim.from);
	if (except != NULL)
		read_items(&reading, except, "except", read_exclusion, &fault->aim);
	if (spare != NULL)
		read_items(&reading, spare, "spare", read_spared, &fault->aim);
	check_direction(&reading, to, from);
	fault->params->ingress_aim = *aim;
	for (const struct aim_key *key = aim_keys;
		key->name != NULL && decode->errors->total == errors_before; key++)
		if (node_find(mapping, key->name) != NULL)
			list_key(&reading, key->name, node_find(mapping, key->name));
}
