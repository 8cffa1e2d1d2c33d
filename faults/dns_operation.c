/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operation of the dns kind: the queries of one network namespace go through the resolver.
 */
#include <errno.h>
#include <string.h>

#include "faults/conntrack.h"
#include "faults/name_servers.h"
#include "faults/netns.h"
#include "faults/nft.h"
#include "faults/operation.h"
#include "faults/proc.h"
#include "faults/resolver.h"
#include "faults/resolver_sockets.h"

#define DNS_PORT 53

static int open_netlink(struct operation_context *context, const struct operation *operation,
	struct nl_sock **ret_socket, struct err *err)
{
	return netns_netfilter_socket(context->netns, operation->netns_path,
		operation->netns_device, operation->netns_inode, ret_socket, err);
}

static uint32_t table_number(const struct operation *operation)
{
	return (uint32_t)(operation->netns_inode ^ operation->netns_inode >> 32);
}

/* The other table, which has no rule; see keep_translating. */
static void name_keeper(const struct operation *operation, char table[NFT_TABLE_MAX])
{
	nft_name_table(table, NFT_TABLE_MAX, table_number(operation) ^ 0x80000000U);
}

static int prepare(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct nl_sock *socket;

	if (operation->pid != 0 && !proc_alive(operation->pid, operation->start_time))
		return err_set(err, ERR_UNAVAILABLE, 0, "process %d is gone", (int)operation->pid);
	if (open_netlink(context, operation, &socket, err) < 0)
		return -1;
	/* The same name for all of its rules: they share one redirect. */
	nft_name_table(operation->table, sizeof(operation->table), table_number(operation));
	return 0;
}

static uint64_t seed_of(const struct operation *operation)
{
	/* A stream of its own for each namespace, the same one in every run with that seed. */
	return operation->seed + ((uint64_t)operation->id << 32);
}

static struct resolver_place place_of(const struct operation *operation)
{
	return (struct resolver_place){operation->netns_device, operation->netns_inode};
}

/* First the resolver, then what leads to it; several rules for the same namespace share these. */
static int apply_with(struct operation_context *context, const struct operation *operation,
	struct nl_sock *socket, struct resolver_sockets *sockets, struct err *err)
{
	const struct resolver_place place = place_of(operation);
	const bool first = !resolver_has(context->resolver, &place);

	if (first && netns_call(context->netns, operation->netns_path, operation->netns_device,
			     operation->netns_inode, resolver_sockets_open, sockets, err) < 0)
		return -1;
	if (resolver_add(context->resolver, operation->id, &place, &operation->dns,
		    seed_of(operation), sockets->sockets, sockets->descriptors, sockets->count,
		    err) < 0)
		return -1;
	if (first)
		conntrack_forget_udp(socket, DNS_PORT);
	if (!first || resolver_sockets_redirect(sockets, operation->table, err) == 0)
		return 0;
	resolver_remove(context->resolver, operation->id, NULL);
	return -1;
}

/* The process exists only while it is needed. */
static void end_idle_resolver(struct operation_context *context)
{
	if (context->resolver == NULL || !resolver_is_idle(context->resolver))
		return;
	resolver_free(context->resolver);
	context->resolver = NULL;
}

static int apply(struct operation_context *context, struct operation *operation, struct err *err)
{
	struct resolver_sockets sockets = {.count = 0};
	struct nl_sock *socket;
	int result;

	if (open_netlink(context, operation, &socket, err) < 0 ||
		(context->resolver == NULL && resolver_start(&context->resolver, err) < 0))
		return -1;
	sockets.server_count = name_servers_of(
		operation->pid, operation->netns_path, sockets.servers, RESOLVER_SERVERS_MAX);
	result = apply_with(context, operation, socket, &sockets, err);
	/* From now on, the redirect's life is the resolver's. */
	resolver_sockets_close(&sockets);
	/* What came in between; what is redirected already must not lose its answer. */
	if (result == 0)
		conntrack_forget_direct_udp(socket, DNS_PORT);
	end_idle_resolver(context);
	return result;
}

/* The fault ends at once, for all; that queries under way are waited for is left to undo. */
static int cease(
	struct operation_context *context, const struct operation *operation, struct err *err)
{
	(void)err;
	if (context->resolver != NULL)
		resolver_end(context->resolver, operation->id);
	return 0;
}

/* When the last table goes, the kernel translates no addresses any more, also not those of answers
 * that are on their way to clients. So there is another one until these are there. */
static void keep_translating(struct nl_sock *socket, const struct operation *operation)
{
	char table[NFT_TABLE_MAX];

	name_keeper(operation, table);
	resolver_sockets_translate(socket, table);
}

static int remove_tables(struct nl_sock *socket, const struct operation *operation, struct err *err)
{
	char keeper[NFT_TABLE_MAX];

	if (nft_remove(socket, operation->table, err) < 0)
		return -1;
	conntrack_forget_udp(socket, DNS_PORT);
	name_keeper(operation, keeper);
	return nft_remove(socket, keeper, err);
}

static int undo(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	const struct resolver_place place = place_of(operation);
	struct err reason = {0};
	struct nl_sock *socket = NULL;
	const bool there = open_netlink(context, operation, &socket, &reason) == 0;

	if (context->resolver != NULL) {
		if (there && resolver_is_last(context->resolver, operation->id, &place)) {
			keep_translating(socket, operation);
			resolver_drain(context->resolver, operation->id);
			conntrack_forget_udp(socket, DNS_PORT);
		}
		resolver_remove(context->resolver, operation->id, evidence);
		if (resolver_has(context->resolver, &place))
			return 0; /* another rule still needs the redirect */
	}
	end_idle_resolver(context);
	if (!there) {
		/* Everything was in the namespace, and went with it. */
		if (reason.sys == ENOENT)
			return 0;
		if (err != NULL)
			*err = reason;
		return -1;
	}
	return remove_tables(socket, operation, err);
}

static int observe(struct operation_context *context, const struct operation *operation,
	struct evidence *evidence, struct err *err)
{
	if (context->resolver == NULL)
		return err_set(err, ERR_SYSTEM, 0, "the resolver is not running");
	return resolver_observe(context->resolver, operation->id, evidence, err);
}

static void describe(const struct operation *operation, FILE *out)
{
	resolver_sockets_describe(
		operation->table[0] != '\0' ? operation->table : "perturb", " && ", out);
	/* Not known of one that was read from a journal. */
	if (operation->dns.percent <= 0.0)
		return;
	fputs("  # at PORT: ", out);
	dns_rule_describe(&operation->dns, out);
}

const struct operation_ops operation_dns = {
	.name = "dns",
	.prepare = prepare,
	.apply = apply,
	.cease = cease,
	.undo = undo,
	.observe = observe,
	.describe = describe,
};
