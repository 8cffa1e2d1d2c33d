/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/plan_aim.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "experiments/aim_text.h"
#include "experiments/host_name.h"
#include "experiments/nearest.h"
#include "experiments/plan_spare.h"
#include "experiments/quote.h"
#include "faults/clock.h"
#include "reports/mem.h"

/* For all host names of an experiment together. */
#define PATIENCE_NS INT64_C(10000000000)

/* The networks that a list of peers means. */
struct networks {
	struct aim_network items[AIM_NETWORKS_MAX];
	size_t count;
};

struct resolving {
	struct plan *plan;
	int64_t deadline_ns;
	uint8_t family; /* addresses of others are of no use; 0: none */
};

static bool names_target(const struct peer_list *list, size_t target)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].is_target && list->items[i].target == target)
			return true;
	return false;
}

bool fault_is_aimed_by(const struct fault *fault, size_t target)
{
	const struct fault_aim *aim = &fault->aim;

	if (names_target(&aim->to, target) || names_target(&aim->from, target))
		return true;
	for (size_t i = 0; i < aim->exclusion_count; i++)
		if (names_target(&aim->exclusions[i].peers, target))
			return true;
	return false;
}

bool plan_aims_name(const struct experiment *experiment, size_t target)
{
	for (size_t i = 0; i < experiment->fault_count; i++)
		if (fault_is_aimed_by(&experiment->faults[i], target))
			return true;
	return false;
}

/* --- addresses --- */

static bool is_known(const struct networks *networks, const struct aim_network *network)
{
	for (size_t i = 0; i < networks->count; i++)
		if (memcmp(&networks->items[i], network, sizeof(*network)) == 0)
			return true;
	return false;
}

static int add_network(
	struct networks *networks, const struct aim_network *network, struct err *err)
{
	if (is_known(networks, network))
		return 0;
	if (networks->count == AIM_NETWORKS_MAX)
		return err_set(err, ERR_USAGE, 0,
			"more than %d addresses: name networks, such as 10.0.0.0/8",
			AIM_NETWORKS_MAX);
	networks->items[networks->count++] = *network;
	return 0;
}

static bool is_link_local(const struct aim_network *network)
{
	const uint8_t *address = network->address;

	if (network->family == AF_INET)
		return address[0] == 169 && address[1] == 254;
	return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

static bool is_wanted(const struct resolving *resolving, const struct aim_network *network)
{
	return resolving->family == 0 || resolving->family == network->family;
}

/* "10.0.0.2/24" is an address in a network; it is the address that is meant. */
static bool read_address(const char *text, struct aim_network *ret_network)
{
	const size_t length = strcspn(text, "/");
	char address[INET6_ADDRSTRLEN];
	struct err ignored;

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	return network_parse(address, ret_network, &ignored) == 0;
}

static int add_instance(const struct resolving *resolving, const struct instance *instance,
	struct networks *networks, struct err *err)
{
	for (size_t i = 0; i < instance->interface_count; i++) {
		const struct interface *interface = &instance->interfaces[i];

		for (size_t j = 0; j < interface->address_count && !interface->loopback; j++) {
			struct aim_network network;

			if (read_address(interface->addresses[j], &network) &&
				!is_link_local(&network) && is_wanted(resolving, &network) &&
				add_network(networks, &network, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int add_target(const struct resolving *resolving, const struct peer *peer,
	struct networks *networks, struct err *err)
{
	const struct plan *plan = resolving->plan;
	const struct target *target = &plan->experiment->targets[peer->target];
	const size_t before = networks->count;

	for (size_t i = 0; i < plan->target_count; i++) {
		const struct planned_target *planned = &plan->targets[i];

		for (size_t j = 0; planned->target == target && j < planned->instances.count; j++)
			if (add_instance(resolving, &planned->instances.items[j], networks, err) <
				0)
				return -1;
	}
	if (networks->count == before)
		return err_set(err, ERR_UNAVAILABLE, 0, "target '%s' has no address%s",
			target->name,
			resolving->family == 0 ? ", apart from link-local ones"
					       : " of that family");
	return 0;
}

/* Perhaps it was a target that was meant. */
static int explain_name(const struct plan *plan, const struct peer *peer, struct err *err)
{
	struct nearest nearest = nearest_begin(peer->text, strlen(peer->text));
	const struct experiment *experiment = plan->experiment;

	for (size_t i = 0; i < experiment->target_count; i++)
		nearest_offer(&nearest, experiment->targets[i].name);
	if (nearest.best != NULL)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"'%s' is neither a target (did you mean '%s'?) nor a host name that has an "
			"address here",
			quote(peer->text).text, nearest.best);
	return -1;
}

static int resolve_name(const struct resolving *resolving, const char *name,
	struct aim_network *ret_found, size_t *ret_count, struct err *err)
{
	const int64_t left = (resolving->deadline_ns - monotonic_ns()) / 1000000;

	return host_name_resolve(name, left > 1 ? (int)left : 1, ret_found, ret_count, err);
}

static int add_host(const struct resolving *resolving, const struct peer *peer,
	struct networks *networks, struct err *err)
{
	struct aim_network found[HOST_ADDRESSES_MAX];
	const size_t before = networks->count;
	bool any = false;
	size_t count;

	if (resolve_name(resolving, peer->text, found, &count, err) < 0)
		return explain_name(resolving->plan, peer, err);
	for (size_t i = 0; i < count; i++) {
		any = any || is_wanted(resolving, &found[i]);
		if (is_wanted(resolving, &found[i]) && add_network(networks, &found[i], err) < 0)
			return -1;
	}
	if (!any && networks->count == before)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"the host name '%s' has no address of that family", peer->text);
	return 0;
}

static int add_peer(const struct resolving *resolving, const struct peer *peer,
	struct networks *networks, struct err *err)
{
	if (peer->network.family != 0)
		return add_network(networks, &peer->network, err);
	if (peer->is_target)
		return add_target(resolving, peer, networks, err);
	return add_host(resolving, peer, networks, err);
}

static int add_peers(const struct resolving *resolving, const struct peer_list *list,
	struct networks *networks, struct err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		if (add_peer(resolving, &list->items[i], networks, err) == 0)
			continue;
		err->loc = list->items[i].loc;
		return -1;
	}
	return 0;
}

/* --- aims --- */

static int resolve_peers(const struct resolving *resolving, const struct peer_list *list,
	struct aim *aim, struct err *err)
{
	struct networks networks = {.count = 0};

	if (add_peers(resolving, list, &networks, err) < 0)
		return -1;
	memcpy(aim->peers, networks.items, networks.count * sizeof(*aim->peers));
	aim->peer_count = (uint16_t)networks.count;
	return 0;
}

/* Each combination of a peer with a range of its ports and one of the target's. */
static int exclude(const struct resolving *resolving, const struct exclusion *exclusion,
	struct aim *aim, struct err *err)
{
	const struct aim_network any_network = {.family = 0};
	const struct aim_ports any_ports = {.first = 0};
	const struct aim_ports *peer_ports =
		exclusion->peer_port_count == 0 ? &any_ports : exclusion->peer_ports;
	const struct aim_ports *local_ports =
		exclusion->local_port_count == 0 ? &any_ports : exclusion->local_ports;
	const size_t peer_port_count = exclusion->peer_port_count + (peer_ports == &any_ports);
	const size_t local_port_count = exclusion->local_port_count + (local_ports == &any_ports);
	struct networks networks = {.count = 0};
	size_t total;

	if (add_peers(resolving, &exclusion->peers, &networks, err) < 0)
		return -1;
	if (exclusion->peers.count == 0)
		networks.items[networks.count++] = any_network;
	total = networks.count * peer_port_count * local_port_count;
	for (size_t i = 0; i < total; i++) {
		const struct aim_exception exception = {
			.peer = networks.items[i % networks.count],
			.peer_ports = peer_ports[i / networks.count % peer_port_count],
			.local_ports = local_ports[i / networks.count / peer_port_count],
			.protocol = exclusion->protocol,
		};

		if (plan_add_exception(aim, &exception, err) < 0) {
			err->loc = exclusion->loc;
			return -1;
		}
	}
	return 0;
}

static int spare(const struct resolving *resolving, const struct fault *fault, struct aim *aim,
	struct err *err)
{
	const struct plan *plan = resolving->plan;

	if (fault->aim.spare_ssh && plan->options.ssh != NULL &&
		plan_spare_ssh(plan->options.ssh, aim, err) < 0)
		return -1;
	for (size_t i = 0; fault->aim.spare_probes && i < plan->experiment->probe_count; i++) {
		const struct probe *probe = &plan->experiment->probes[i];

		if (plan_spare_probe(probe, resolving->deadline_ns, aim, err) < 0)
			return err_prefix(err, "spare: probe '%s'", probe->name);
	}
	return 0;
}

/* Both ways, "to" alone and "from" alone are the peers of either. */
static int resolve_aims(const struct resolving *resolving, const struct fault *fault,
	struct fault_params *params, struct err *err)
{
	const struct fault_aim *aim = &fault->aim;
	const struct peer_list *to = aim->to.count != 0 ? &aim->to : &aim->from;
	const struct peer_list *from = aim->from.count != 0 ? &aim->from : &aim->to;
	struct aim *egress = &params->egress_aim;
	struct aim *ingress = &params->ingress_aim;

	if ((params->egress || !params->ingress) && resolve_peers(resolving, to, egress, err) < 0)
		return -1;
	if (params->ingress && resolve_peers(resolving, from, ingress, err) < 0)
		return -1;
	for (size_t i = 0; i < aim->exclusion_count; i++)
		if (exclude(resolving, &aim->exclusions[i], egress, err) < 0)
			return -1;
	if (spare(resolving, fault, egress, err) < 0)
		return -1;
	memcpy(ingress->exceptions, egress->exceptions, sizeof(ingress->exceptions));
	ingress->exception_count = egress->exception_count;
	return 0;
}

static bool needs_resolving(const struct fault_aim *aim)
{
	return aim->to.count != 0 || aim->from.count != 0 || aim->exclusion_count != 0 ||
	       aim->spare_ssh || aim->spare_probes;
}

int plan_resolve_aims(struct plan *plan, struct err *err)
{
	const struct experiment *experiment = plan->experiment;

	plan->params = xcalloc(experiment->fault_count, sizeof(struct fault_params *));
	for (size_t i = 0; i < experiment->fault_count; i++) {
		const struct fault *fault = &experiment->faults[i];
		const struct resolving resolving = {
			.plan = plan,
			.deadline_ns = plan->began_ns + PATIENCE_NS,
			.family = fault->params->egress_aim.family,
		};

		if (!needs_resolving(&fault->aim))
			continue;
		plan->params[i] = xcalloc(1, sizeof(*plan->params[i]));
		*plan->params[i] = *fault->params;
		if (resolve_aims(&resolving, fault, plan->params[i], err) < 0) {
			if (err->loc.line == 0)
				err->loc = fault->loc;
			return err_prefix(err, "%s", fault->kind->name);
		}
	}
	return 0;
}

void plan_release_aims(struct plan *plan)
{
	for (size_t i = 0; plan->params != NULL && i < plan->experiment->fault_count; i++)
		free(plan->params[i]);
	free(plan->params);
}

const struct fault_params *plan_params(const struct plan *plan, const struct fault *fault)
{
	const struct fault_params *own = plan->params[fault - plan->experiment->faults];

	return own != NULL ? own : fault->params;
}

bool plan_misses_ssh(const struct plan *plan)
{
	for (size_t i = 0; i < plan->experiment->fault_count; i++)
		if (plan->experiment->faults[i].aim.spare_ssh && plan->options.ssh == NULL)
			return true;
	return false;
}
