/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>

#include "faults/kinds.h"
#include "faults/network.h"
#include "faults/partition.h"

#define PORT_MAX 65535

static const struct field fields[] = {
	{
		.name = "port",
		.type = FIELD_COUNT,
		.flags = FIELD_REQUIRED,
		.offset = offsetof(struct fault_params, port),
		.minimum = 1,
		.maximum = PORT_MAX,
		.help = "TCP port that the target listens at",
	},
	{
		.name = "max_connections",
		.type = FIELD_COUNT,
		.flags = FIELD_ALTERNATIVE,
		.offset = offsetof(struct fault_params, max_connections),
		.minimum = 1,
		.maximum = NFT_CONNECTIONS_MAX,
		.help = "so many connections at a time; one more is refused",
	},
	{
		.name = "refuse",
		.type = FIELD_BOOLEAN,
		.flags = FIELD_ALTERNATIVE,
		.offset = offsetof(struct fault_params, refuse),
		.help = "true: every new connection is refused; those that are there live on",
	},
	{
		.name = "accept_delay",
		.type = FIELD_DURATION,
		.flags = FIELD_ALTERNATIVE,
		.offset = offsetof(struct fault_params, accept_delay_ns),
		.minimum = NETWORK_DELAY_MIN,
		.maximum = NETWORK_DELAY_MAX,
		.help = "new connections are accepted so much later; what goes over them is not "
			"delayed",
	},
	{
		.name = "by",
		.type = FIELD_CHOICE,
		.offset = offsetof(struct fault_params, by),
		.fallback = "reject",
		.choices = refusal_names,
		.help = "reject: by a TCP reset, as if nobody listened; drop: by silence",
	},
	{0},
};

static int validate(struct fault_params *params, struct err *err)
{
	if (params->max_connections == 0 && params->accept_delay_ns == 0 && !params->refuse)
		return err_field(err, "refuse",
			"must be true, or left out for max_connections or accept_delay");
	return 0;
}

/* The first segment of a connection waits on its way in, by whichever engine. */
static int plan_delay(const struct fault_params *params, const struct aim *aim,
	const struct instance *instance, enum engine engine, const struct features *features,
	struct operation_list *list, struct err *err)
{
	struct fault_params delayed = *params;

	delayed.network = (struct impairment){.delay_ns = params->accept_delay_ns};
	delayed.egress = false;
	delayed.ingress = true;
	delayed.ingress_aim = *aim;
	delayed.ingress_aim.opening = true;
	return network_plan(&fault_latency, &delayed, instance, engine, features, list, err);
}

/* Who may connect is the business of the aim; the port is the target's own. */
static int plan(const struct fault_kind *kind, const struct fault_params *params,
	const struct instance *instance, enum engine engine, const struct features *features,
	struct operation_list *list, struct err *err)
{
	const struct nft_filter filter = {
		.reject = params->by == REFUSAL_REJECT,
		.beginnings = true,
		.limited = params->max_connections != 0,
		.connections = params->max_connections,
	};
	const uint16_t port = (uint16_t)params->port;
	struct aim aim = params->ingress_aim;

	(void)kind;
	if (aim.local_port_count != 0 || (aim.protocol != 0 && aim.protocol != IPPROTO_TCP))
		return err_set(err, ERR_USAGE, 0,
			"port means one TCP port: give no local_ports and no other protocol");
	if (params->egress_aim.peer_count != 0)
		return err_set(err, ERR_USAGE, 0,
			"port is about who connects to the target: say so by \"from\", not \"to\"");
	aim.protocol = IPPROTO_TCP;
	aim.local_port_count = 1;
	aim.local_ports[0] = (struct aim_ports){port, port};
	if (params->accept_delay_ns != 0)
		return plan_delay(params, &aim, instance, engine, features, list, err);
	return filter_plan(params, instance, features, DIRECTION_INGRESS, &aim, &filter, list, err);
}

const struct fault_kind fault_port = {
	.name = "port",
	.summary = "refuse new connections to a TCP port of the target, or be slow to accept them",
	.example = "port: { target: api, port: 8080, max_connections: 10 }",
	.network = true,
	.fields = fields,
	.validate = validate,
	.plan = plan,
};
