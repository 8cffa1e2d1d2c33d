/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns - entering network namespaces, and the netlink sockets in each.
 *
 * A netlink socket belongs for ever to the namespace that was current when it was made
 * (network_namespaces(7)), so one setns there and back per namespace is enough, and the undo
 * needs none.
 */
#ifndef FAULTS_NETNS_H
#define FAULTS_NETNS_H

#include <stdbool.h>
#include <stdint.h>

#include "reports/err.h"

struct netns_cache;
struct nl_sock;

/* The cache remembers the caller's own namespace to return to. Freed by netns_cache_free. */
int netns_cache_new(struct netns_cache **ret_cache, struct err *err);
void netns_cache_free(struct netns_cache *cache);

/* A NETLINK_ROUTE socket in the namespace at path, made on first use and owned by the cache.
 * device and inode are those of the namespace (stat of path). When path no longer leads there, the
 * namespace is looked for elsewhere; if it has no name any more: ERR_UNAVAILABLE, and sys is
 * ENOENT. Automatic acknowledgement is off: the caller awaits its own. */
int netns_socket(struct netns_cache *cache, const char *path, uint64_t device, uint64_t inode,
	struct nl_sock **ret_socket, struct err *err);

/* The same for NETLINK_NETFILTER. */
int netns_netfilter_socket(struct netns_cache *cache, const char *path, uint64_t device,
	uint64_t inode, struct nl_sock **ret_socket, struct err *err);

/* The same for NETLINK_SOCK_DIAG. */
int netns_diag_socket(struct netns_cache *cache, const char *path, uint64_t device, uint64_t inode,
	struct nl_sock **ret_socket, struct err *err);

/* Closes the sockets in namespaces that are no longer used: an open one keeps its namespace alive.
 */
void netns_cache_trim(struct netns_cache *cache,
	bool (*used)(uint64_t device, uint64_t inode, const void *data), const void *data);

/* Runs function inside the namespace and returns to the caller's; for making TAP devices and
 * packet sockets. Returns function's result, or -1 with err set when the namespace could not be
 * entered. Aborts the process if the way back fails: acting in a wrong namespace is worse. */
int netns_call(struct netns_cache *cache, const char *path, uint64_t device, uint64_t inode,
	int (*function)(void *data, struct err *err), void *data, struct err *err);

#endif
