/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/partition_groups.h"

#include <arpa/inet.h>
#include <string.h>

#include "experiments/targets/targets.h"
#include "faults/partition.h"

/* With three, each is a neighbour of the two others. */
#define RING_MIN 4

bool partition_is_between(const struct fault *fault)
{
	return fault->between_count != 0 || fault->params->split != SPLIT_NONE;
}

/* One half by the generator that also picks instances; of an odd number, it is the larger one. */
static void assign_halves(
	struct partition_member *members, size_t count, uint64_t seed, const char *target_name)
{
	const struct pick half = {.mode = PICK_NUMBER, .number = (uint32_t)(count + 1) / 2};
	struct instance_list names = {0};

	for (size_t i = 0; i < count; i++) {
		names.items = xgrow(names.items, names.count, sizeof(*names.items));
		memset(&names.items[names.count], 0, sizeof(*names.items));
		names.items[names.count++].id = xstrdup(members[i].instance->id);
		members[i].group = 1;
	}
	targets_pick(&names, &half, seed, target_name);
	for (size_t i = 0, next = 0; i < count && next < names.count; i++) {
		if (strcmp(members[i].instance->id, names.items[next].id) != 0)
			continue;
		members[i].group = 0;
		next++;
	}
	instance_list_release(&names);
}

static size_t least_of(enum partition_split split)
{
	return split == SPLIT_RING ? RING_MIN : 2;
}

int partition_assign(const struct fault *fault, uint64_t seed, const char *target_name,
	struct partition_member *members, size_t count, struct err *err)
{
	const enum partition_split split = (enum partition_split)fault->params->split;

	if (split != SPLIT_NONE && count < least_of(split))
		return err_set(err, ERR_UNAVAILABLE, 0,
			"'%s' has only %zu instance%s; such a split needs at least %zu",
			target_name, count, count == 1 ? "" : "s", least_of(split));
	for (size_t i = 0; i < count; i++)
		members[i].group = split == SPLIT_NONE ? members[i].target : i;
	if (split == SPLIT_HALVES)
		assign_halves(members, count, seed, target_name);
	return 0;
}

static bool is_cut(const struct fault *fault, const struct partition_member *members, size_t count,
	size_t a, size_t b)
{
	if (members[a].group == members[b].group)
		return false;
	return fault->params->split != SPLIT_RING || ((a + 1) % count != b && (b + 1) % count != a);
}

/* "10.0.0.2/24" is an address in a network; it is the address that is meant. */
static bool read_address(const char *text, struct aim_network *ret_network)
{
	const size_t length = strcspn(text, "/");
	struct aim_network network;
	char address[INET6_ADDRSTRLEN];

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	memset(&network, 0, sizeof(network));
	network.family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
	network.prefix = network.family == AF_INET ? 32 : 128;
	if (inet_pton(network.family, address, network.address) != 1)
		return false;
	*ret_network = network;
	return true;
}

static int add_peer(struct aim *aim, const struct aim_network *network, struct err *err)
{
	if (aim->peer_count == AIM_NETWORKS_MAX)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"it would be cut off from more than %d addresses: pick fewer",
			AIM_NETWORKS_MAX);
	aim->peers[aim->peer_count++] = *network;
	return 0;
}

static int add_addresses(struct aim *aim, const struct instance *instance, struct err *err)
{
	const uint16_t before = aim->peer_count;

	for (size_t i = 0; i < instance->interface_count; i++) {
		const struct interface *interface = &instance->interfaces[i];

		for (size_t j = 0; j < interface->address_count && !interface->loopback; j++) {
			struct aim_network network;

			if (read_address(interface->addresses[j], &network) &&
				add_peer(aim, &network, err) < 0)
				return -1;
		}
	}
	if (aim->peer_count == before)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"'%s', which it is to be cut off from, has no address", instance->name);
	return 0;
}

static int add_member(
	struct aim *aim, const struct instance *self, const struct instance *other, struct err *err)
{
	if (self->netns_inode == other->netns_inode && self->netns_device == other->netns_device)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"'%s' is in the same network namespace: nothing can cut the two off from "
			"each other",
			other->name);
	return add_addresses(aim, other, err);
}

/* Ports are given as the first target sees them: a peer's port is the second one's own. */
static void swap_ports(struct aim *aim)
{
	const struct aim before = *aim;

	memcpy(aim->peer_ports, before.local_ports, sizeof(aim->peer_ports));
	memcpy(aim->local_ports, before.peer_ports, sizeof(aim->local_ports));
	aim->peer_port_count = before.local_port_count;
	aim->local_port_count = before.peer_port_count;
}

bool partition_has_moved(const struct instance *before, const struct instance *now)
{
	if (before->interface_count != now->interface_count)
		return true;
	for (size_t i = 0; i < before->interface_count; i++) {
		const struct interface *a = &before->interfaces[i];
		const struct interface *b = &now->interfaces[i];

		if (a->address_count != b->address_count)
			return true;
		for (size_t j = 0; j < a->address_count; j++)
			if (strcmp(a->addresses[j], b->addresses[j]) != 0)
				return true;
	}
	return false;
}

int partition_params(const struct fault *fault, const struct fault_params *params,
	const struct partition_member *members, size_t count, size_t self,
	struct fault_params *ret_params, struct err *err)
{
	const bool both = fault->params->way == WAY_BOTH;
	const bool first = members[self].target == 0;
	struct aim *aim = &ret_params->egress_aim;

	*ret_params = *params;
	/* Ports of whatever direction was given. */
	if (params->ingress && !params->egress)
		*aim = params->ingress_aim;
	for (size_t i = 0; i < count; i++)
		if (is_cut(fault, members, count, self, i) &&
			add_member(aim, members[self].instance, members[i].instance, err) < 0)
			return -1;
	if (!first)
		swap_ports(aim);
	ret_params->ingress_aim = *aim;
	/* One way: from the first target to the second. Both directions are told, so that the kind
	 * need not add any. */
	ret_params->ingress = both || !first;
	ret_params->egress = members[self].moved && (both || first);
	ret_params->way = WAY_ONE;
	return 0;
}
