/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/reset.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "faults/cgroup.h"
#include "faults/kind.h"
#include "faults/network.h"
#include "reports/mem.h"

#define BIT(state) (UINT32_C(1) << (state))
#define SYNCHRONIZED                                                                               \
	(BIT(TCP_ESTABLISHED) | BIT(TCP_SYN_RECV) | BIT(TCP_FIN_WAIT1) | BIT(TCP_FIN_WAIT2) |      \
		BIT(TCP_CLOSE_WAIT) | BIT(TCP_LAST_ACK) | BIT(TCP_CLOSING))

const char *const reset_states[] = {"established", "synchronized", "connected", "syn-sent",
	"syn-recv", "fin-wait-1", "fin-wait-2", "close-wait", "last-ack", "closing", NULL};

static const uint32_t state_bits[] = {BIT(TCP_ESTABLISHED), SYNCHRONIZED,
	SYNCHRONIZED | BIT(TCP_SYN_SENT), BIT(TCP_SYN_SENT), BIT(TCP_SYN_RECV), BIT(TCP_FIN_WAIT1),
	BIT(TCP_FIN_WAIT2), BIT(TCP_CLOSE_WAIT), BIT(TCP_LAST_ACK), BIT(TCP_CLOSING)};

_Static_assert(ARRAY_SIZE(state_bits) + 1 == ARRAY_SIZE(reset_states), "each name has its states");

uint32_t reset_state_bits(int states)
{
	return states < 0 || (size_t)states >= ARRAY_SIZE(state_bits) ? 0 : state_bits[states];
}

static const struct field fields[] = {
	{
		.name = "percent",
		.type = FIELD_PERCENT,
		.offset = offsetof(struct fault_params, reset.percent),
		.maximum = 100,
		.fallback = "100%",
		.help = "the chance of each connection",
	},
	{
		.name = "states",
		.type = FIELD_CHOICE,
		.offset = offsetof(struct fault_params, reset.states),
		.fallback = "established",
		.choices = reset_states,
		.help = "only connections in this state, by the names of ss(8)",
	},
	{0},
};

static int validate(struct fault_params *params, struct err *err)
{
	if (params->interface[0] != '\0')
		return err_field(err, "interface", "has no meaning for connections");
	if (params->egress && params->ingress)
		return err_field(
			err, "from", "and to mean the same of a connection, its peer: give one");
	return percent_check(params->reset.percent, err);
}

static int check_aim(const struct aim *aim, struct err *err)
{
	if (aim->protocol != 0 && aim->protocol != IPPROTO_TCP)
		return err_field(err, "protocol", "only TCP connections can be reset");
	if (aim->has_dscp)
		return err_field(err, "dscp", "is a matter of packets; connections have none");
	return 0;
}

/* A container's are those of all its processes. */
static void name_owners(const struct instance *instance, struct operation *operation)
{
	struct cgroup cgroup;

	operation->pid = instance->pid;
	operation->start_time = instance->start_time;
	if (instance->kind != INSTANCE_CONTAINER)
		return;
	memcpy(operation->command, "*", sizeof("*"));
	if (cgroup_of(instance->pid, &cgroup, NULL) < 0 || cgroup.root)
		return;
	memcpy(operation->cgroup, cgroup.directory, sizeof(operation->cgroup));
	operation->cgroup_version = cgroup.version;
}

static int plan(const struct fault_kind *kind, const struct fault_params *params,
	const struct instance *instance, enum engine engine, const struct features *features,
	struct operation_list *list, struct err *err)
{
	const struct aim *aim = params->ingress ? &params->ingress_aim : &params->egress_aim;
	struct operation *operation;

	(void)kind;
	(void)engine;
	if (instance->netns_path[0] == '\0')
		return err_set(err, ERR_UNAVAILABLE, 0, "it has no network namespace");
	if (!features->root)
		return err_set(err, ERR_UNAVAILABLE, 0, "resetting connections needs root");
	if (!features->sock_destroy)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"this kernel cannot destroy sockets: it lacks tcp_diag, or was built "
			"without CONFIG_INET_DIAG_DESTROY");
	if (check_aim(aim, err) < 0)
		return -1;
	list->items = xgrow(list->items, list->count, sizeof(*list->items));
	operation = &list->items[list->count++];
	*operation = (struct operation){.type = OPERATION_RESET};
	operation->netns_device = instance->netns_device;
	operation->netns_inode = instance->netns_inode;
	memcpy(operation->netns_path, instance->netns_path, sizeof(operation->netns_path));
	operation->reset = params->reset;
	operation->aim = *aim;
	name_owners(instance, operation);
	return 0;
}

const struct fault_kind fault_reset = {
	.name = "reset",
	.summary = "destroy established TCP connections of the target",
	.example = "reset: { target: orders, ports: 5432 }",
	.network = true,
	.instant = true,
	.fields = fields,
	.validate = validate,
	.plan = plan,
};
