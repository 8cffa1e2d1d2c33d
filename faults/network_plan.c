/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "faults/distribution.h"
#include "faults/kinds.h"
#include "faults/network.h"
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

static int refuse_engine(const struct features *features, const char *qdisc, struct err *err)
{
	return err_set(err, ERR_UNAVAILABLE, 0,
		"this kernel lacks sch_%s for the netem engine, and for the relay%s%s%s%s: install "
		"the kernel's extra modules (linux-modules-extra, kernel-modules-extra), see "
		"\"perturb doctor\"",
		qdisc, features->clsact ? "" : " clsact", features->u32 ? "" : " cls_u32",
		features->mirred ? "" : " act_mirred", features->tun ? "" : " /dev/net/tun");
}

static int choose_engine(const struct fault_kind *kind, enum engine engine,
	const struct features *features, enum operation_type *ret_type, struct err *err)
{
	const bool bandwidth = kind == &fault_bandwidth;
	const bool has_qdisc = bandwidth ? features->tbf : features->netem;
	const char *qdisc = bandwidth ? "tbf" : "netem";

	if (!features->root)
		return err_set(err, ERR_UNAVAILABLE, 0, "network faults need root");
	if (engine == ENGINE_NETEM && !has_qdisc)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"this kernel has no sch_%s, which --engine netem needs%s", qdisc,
			features_relay(features) ? "; --engine relay would work" : "");
	if (engine == ENGINE_RELAY && !features_relay(features))
		return err_set(err, ERR_UNAVAILABLE, 0,
			"--engine relay needs what this kernel lacks:%s%s%s%s%s",
			features->clsact ? "" : " clsact", features->u32 ? "" : " cls_u32",
			features->mirred ? "" : " act_mirred", features->tun ? "" : " /dev/net/tun",
			has_qdisc ? "; --engine netem would work" : "");
	if (!has_qdisc && !features_relay(features))
		return refuse_engine(features, qdisc, err);
	if (engine == ENGINE_RELAY || !has_qdisc)
		*ret_type = OPERATION_RELAY;
	else
		*ret_type = bandwidth ? OPERATION_TBF : OPERATION_NETEM;
	return 0;
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

static int append_operation(const struct fault_kind *kind, enum operation_type type,
	const struct fault_params *params, const struct instance *instance,
	const struct interface *interface, struct operation_list *list, struct err *err)
{
	struct operation operation = {
		.type = type,
		.pid = instance->pid,
		.start_time = instance->start_time,
		.netns_device = instance->netns_device,
		.netns_inode = instance->netns_inode,
		.interface_index = interface->index,
		.queue_length_zero = interface->queue_length_zero,
		.impairment = params->network,
	};

	operation.impairment.delay_ns = whole_microseconds(operation.impairment.delay_ns);
	operation.impairment.jitter_ns = whole_microseconds(operation.impairment.jitter_ns);
	if (kind == &fault_bandwidth && choose_buckets(&operation.impairment, interface, err) < 0)
		return -1;
	if (operation.impairment.limit == 0)
		operation.impairment.limit = queue_limit(&operation.impairment);
	memcpy(operation.netns_path, instance->netns_path, sizeof(operation.netns_path));
	memcpy(operation.interface, interface->name, sizeof(operation.interface));
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = operation;
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
	const size_t before = list->count;
	enum operation_type type = OPERATION_NETEM;

	if (instance->netns_path[0] == '\0')
		return err_set(err, ERR_UNAVAILABLE, 0, "it has no network namespace");
	if (choose_engine(kind, engine, features, &type, err) < 0)
		return -1;
	for (size_t i = 0; i < instance->interface_count; i++) {
		const struct interface *interface = &instance->interfaces[i];

		if (is_meant(params, interface) &&
			append_operation(kind, type, params, instance, interface, list, err) < 0)
			return -1;
	}
	if (list->count == before)
		return refuse_interface(params, instance, err);
	return 0;
}
