/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "faults/distribution.h"
#include "faults/kinds.h"
#include "faults/network.h"
#include "faults/placement.h"
#include "faults/tbf.h"
#include "reports/mem.h"

/* Says what the instance does have, in a message that asked for something else. */
static void append_interfaces(const struct instance *instance, struct err *err)
{
	size_t used = strlen(err->message);

	for (size_t i = 0; i < instance->interface_count && used < sizeof(err->message) - 1; i++) {
		const struct interface *interface = &instance->interfaces[i];

		snprintf(err->message + used, sizeof(err->message) - used, "%s %s%s",
			i == 0 ? "" : ",", interface->name, interface->up ? "" : " (down)");
		used = strlen(err->message);
	}
}

static int refuse_interface(
	const struct fault_params *params, const struct instance *instance, struct err *err)
{
	if (params->interface[0] != '\0')
		err_set(err, ERR_UNAVAILABLE, 0, "it has no interface %s; it has",
			params->interface);
	else
		err_set(err, ERR_UNAVAILABLE, 0,
			"it has no network interface that is up, apart from lo; it has");
	if (instance->interface_count == 0)
		return err_set(err, ERR_UNAVAILABLE, 0, "it has no network interface");
	append_interfaces(instance, err);
	return -1;
}

/* An interface that is down carries nothing (tunnel modules leave such ones in every namespace), so
 * only a person who names it gets it. */
static bool is_meant(const struct fault_params *params, const struct interface *interface)
{
	if (params->interface[0] != '\0')
		return strcmp(params->interface, interface->name) == 0;
	return !interface->loopback && interface->up;
}

/* How many packets the queue must hold so that none is dropped only because all of them wait: a
 * million a second (10 Gbit/s of ordinary, 0.6 Gbit/s of the smallest packets), or what a limited
 * rate lets through, for as long as one may be held back. Tables end at four times the
 * jitter.
 *
 * A slot costs nothing until a packet is in it, and the packets of local senders count against the
 * buffers of their sockets. For forwarded traffic the upper bound caps memory at about 1 GB. */
static uint32_t queue_limit(const struct impairment *impairment)
{
	const double most_per_second = 1e6;
	const double smallest_packet = 64.0;
	const double least = 1000.0; /* the default of tc-netem(8) */
	const double most = 500000.0;
	const bool uniform =
		impairment->distribution == DISTRIBUTION_UNIFORM && impairment->table == 0;
	double spread = uniform ? 1.0 : 4.0;
	double per_second = most_per_second;
	double ns = (double)impairment->delay_ns + spread * (double)impairment->jitter_ns;

	if (impairment->rate_bits != 0)
		per_second =
			fmin(per_second, (double)impairment->rate_bits / 8.0 / smallest_packet);
	/* A token bucket has a bound of its own, in bytes, which no other may come before. */
	if (impairment->burst_bytes != 0)
		ns += tbf_queue_bytes(impairment) * 8e9 / (double)impairment->rate_bits;
	return (uint32_t)fmin(fmax(per_second * ns / 1e9, least), most);
}

/* A packet that is larger than the bucket never leaves. */
static int check_burst(
	const struct impairment *impairment, const struct interface *interface, struct err *err)
{
	const uint64_t packet = interface->mtu + 14U;
	const bool burst = impairment->burst_bytes < packet;

	if (burst || (impairment->peak_bits != 0 && impairment->peak_burst_bytes < packet))
		return err_set(err, ERR_USAGE, 0,
			"%s: must be at least %lluB, the largest packet of %s; smaller ones "
			"would let nothing through",
			burst ? "burst" : "mtu", (unsigned long long)packet, interface->name);
	return 0;
}

static int64_t whole_microseconds(int64_t ns)
{
	return ns - ns % 1000;
}

/* What the user left to us of a token bucket. */
static int choose_buckets(
	struct impairment *impairment, const struct interface *interface, struct err *err)
{
	if (impairment->burst_bytes == 0)
		impairment->burst_bytes = tbf_default_burst(impairment->rate_bits, interface->mtu);
	if (impairment->peak_bits != 0 && impairment->peak_burst_bytes == 0)
		impairment->peak_burst_bytes = tbf_largest_packet(interface->mtu);
	return check_burst(impairment, interface, err);
}

static void describe_place(const struct fault_params *params, const struct instance *instance,
	const struct interface *interface, enum direction direction, struct operation *operation)
{
	operation->pid = instance->pid;
	operation->start_time = instance->start_time;
	operation->netns_device = instance->netns_device;
	operation->netns_inode = instance->netns_inode;
	memcpy(operation->netns_path, instance->netns_path, sizeof(operation->netns_path));
	memcpy(operation->interface, interface->name, sizeof(operation->interface));
	operation->interface_index = interface->index;
	operation->queue_length_zero = interface->queue_length_zero;
	operation->mtu = interface->mtu;
	operation->super_packets = interface->super_packets;
	operation->filtered = interface->filtered[direction];
	operation->direction = direction;
	operation->aim = direction == DIRECTION_INGRESS ? params->ingress_aim : params->egress_aim;
	operation->segment = params->segment;
}

static int fill_impairment(const struct fault_kind *kind, const struct impairment *asked,
	const struct interface *interface, struct operation *operation, struct err *err)
{
	struct impairment *impairment = &operation->impairment;

	*impairment = *asked;
	impairment->delay_ns = whole_microseconds(impairment->delay_ns);
	impairment->jitter_ns = whole_microseconds(impairment->jitter_ns);
	if (kind == &fault_bandwidth && choose_buckets(impairment, interface, err) < 0)
		return -1;
	if (impairment->limit == 0)
		impairment->limit = queue_limit(impairment);
	return 0;
}

/* What all operations of one plan have in common. */
struct request {
	const struct fault_kind *kind;
	const struct fault_params *params;
	const struct instance *instance;
	enum engine engine;
	const struct features *features;
};

static int append_operation(const struct request *request, const struct interface *interface,
	enum direction direction, struct operation_list *list, struct err *err)
{
	struct operation *operation;
	struct placement placement = {
		.engine = request->engine,
		.bandwidth = request->kind == &fault_bandwidth,
		.direction = direction,
		.segment = request->params->segment,
		.shared = interface->root_configured,
		.filtered = interface->filtered[direction],
	};

	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	operation = &list->items[list->count];
	memset(operation, 0, sizeof(*operation));
	describe_place(request->params, request->instance, interface, direction, operation);
	placement.aimed = !aim_is_everything(&operation->aim);
	if (placement_choose(&placement, request->features, &operation->type, err) < 0 ||
		fill_impairment(request->kind, fault_params_impairment(request->params, direction),
			interface, operation, err) < 0)
		return -1;
	list->count++;
	return 0;
}

static int append_interface(const struct request *request, const struct interface *interface,
	struct operation_list *list, struct err *err)
{
	const struct fault_params *params = request->params;
	const bool egress = params->egress || !params->ingress;

	if (egress && append_operation(request, interface, DIRECTION_EGRESS, list, err) < 0)
		return -1;
	if (params->ingress &&
		append_operation(request, interface, DIRECTION_INGRESS, list, err) < 0)
		return -1;
	return 0;
}

bool network_can_change(const struct fault_kind *kind)
{
	return kind->plan == network_plan;
}

int network_plan(const struct fault_kind *kind, const struct fault_params *params,
	const struct instance *instance, enum engine engine, const struct features *features,
	struct operation_list *list, struct err *err)
{
	const struct request request = {kind, params, instance, engine, features};
	const size_t before = list->count;

	if (instance->netns_path[0] == '\0')
		return err_set(err, ERR_UNAVAILABLE, 0, "it has no network namespace");
	for (size_t i = 0; i < instance->interface_count; i++) {
		const struct interface *interface = &instance->interfaces[i];

		if (is_meant(params, interface) &&
			append_interface(&request, interface, list, err) < 0)
			return -1;
	}
	if (list->count == before)
		return refuse_interface(params, instance, err);
	return 0;
}
