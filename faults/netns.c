/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/netns_find.h"
#include "reports/mem.h"

struct netns_entry {
	uint64_t device;
	uint64_t inode;
	struct nl_sock *route; /* NULL until it is needed, as are the others */
	struct nl_sock *netfilter;
	struct nl_sock *diag;
};

struct netns_cache {
	int home;		     /* the caller's own namespace */
	struct netns_entry *entries; /* sorted by inode, then device */
	size_t count;
	size_t capacity;
};

/* One descriptor per namespace: 1,024, the usual soft limit, is soon reached. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		/* Without it, a later open says what is wrong. */
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int netns_cache_new(struct netns_cache **ret_cache, struct err *err)
{
	struct netns_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "network namespaces");
	cache->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (cache->home < 0) {
		int error = errno;

		free(cache);
		return err_set(err, ERR_SYSTEM, error, "open /proc/self/ns/net");
	}
	raise_descriptor_limit();
	*ret_cache = cache;
	return 0;
}

static void close_sockets(struct netns_entry *entry)
{
	nl_socket_free(entry->route);
	nl_socket_free(entry->netfilter);
	nl_socket_free(entry->diag);
}

void netns_cache_free(struct netns_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < cache->count; i++)
		close_sockets(&cache->entries[i]);
	free(cache->entries);
	close(cache->home);
	free(cache);
}

void netns_cache_trim(struct netns_cache *cache,
	bool (*used)(uint64_t device, uint64_t inode, const void *data), const void *data)
{
	size_t kept = 0;

	for (size_t i = 0; i < cache->count; i++) {
		if (used(cache->entries[i].device, cache->entries[i].inode, data))
			cache->entries[kept++] = cache->entries[i];
		else
			close_sockets(&cache->entries[i]);
	}
	cache->count = kept;
}

static bool entry_before(const struct netns_entry *entry, uint64_t device, uint64_t inode)
{
	return entry->inode != inode ? entry->inode < inode : entry->device < device;
}

/* The position of the first entry that is not before the key. */
static size_t cache_position(const struct netns_cache *cache, uint64_t device, uint64_t inode)
{
	size_t low = 0;
	size_t high = cache->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (entry_before(&cache->entries[middle], device, inode))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int cache_insert(struct netns_cache *cache, size_t position, const struct netns_entry *entry)
{
	if (cache->count == cache->capacity) {
		size_t capacity = cache->capacity == 0 ? 16 : cache->capacity * 2;
		struct netns_entry *entries = realloc(cache->entries, capacity * sizeof(*entries));

		if (entries == NULL)
			return -1;
		cache->entries = entries;
		cache->capacity = capacity;
	}
	memmove(cache->entries + position + 1, cache->entries + position,
		(cache->count - position) * sizeof(*entry));
	cache->entries[position] = *entry;
	cache->count++;
	return 0;
}

static int open_path(
	const char *path, uint64_t device, uint64_t inode, int *ret_fd, struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0) {
		/* A process that is just ending has no namespaces any more. */
		int error = errno == ESRCH ? ENOENT : errno;

		return err_set(err, ERR_UNAVAILABLE, error, "network namespace %s", path);
	}
	if (fstat(fd, &status) < 0)
		return err_set(err, ERR_SYSTEM, errno, "network namespace %s", path);
	if (status.st_dev != device || status.st_ino != inode)
		return err_set(err, ERR_UNAVAILABLE, ENOENT,
			"%s is no longer the network namespace that was chosen", path);
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* A descriptor of the namespace that was meant, at path or wherever else it can be found. */
static int open_namespace(
	const char *path, uint64_t device, uint64_t inode, int *ret_fd, struct err *err)
{
	struct err reason = {0};
	int fd;

	if (open_path(path, device, inode, ret_fd, &reason) == 0)
		return 0;
	fd = reason.sys == ENOENT ? netns_find(device, inode) : -1;
	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	if (err != NULL)
		*err = reason;
	return -1;
}

static int enter_namespace(int fd, const char *path, struct err *err)
{
	if (setns(fd, CLONE_NEWNET) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "enter network namespace %s%s", path,
			errno == EPERM ? " (perturb must run as root)" : "");
	return 0;
}

static void leave_namespace(const struct netns_cache *cache)
{
	/* Whatever came next would be done to the wrong namespace. */
	if (setns(cache->home, CLONE_NEWNET) < 0)
		abort();
}

static int connect_socket(int protocol, struct nl_sock **ret_socket, struct err *err)
{
	struct nl_sock *socket = nl_socket_alloc();
	const int on = 1;
	int error;

	if (socket == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "netlink socket");
	nl_socket_disable_auto_ack(socket);
	error = nl_connect(socket, protocol);
	if (error < 0) {
		nl_socket_free(socket);
		return err_set(err, ERR_SYSTEM, 0, "netlink socket: %s", nl_geterror(error));
	}
	/* Explanations of refusals, and acknowledgements without a copy of the request; older
	 * kernels have neither, and nothing depends on them. */
	(void)setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	*ret_socket = socket;
	return 0;
}

int netns_call(struct netns_cache *cache, const char *path, uint64_t device, uint64_t inode,
	int (*function)(void *data, struct err *err), void *data, struct err *err)
{
	cleanup_close int fd = -1;
	int result;

	if (open_namespace(path, device, inode, &fd, err) < 0)
		return -1;
	if (enter_namespace(fd, path, err) < 0)
		return -1;
	result = function(data, err);
	leave_namespace(cache);
	return result;
}

static int connect_route(void *data, struct err *err)
{
	return connect_socket(NETLINK_ROUTE, data, err);
}

static int connect_netfilter(void *data, struct err *err)
{
	return connect_socket(NETLINK_NETFILTER, data, err);
}

static int connect_diag(void *data, struct err *err)
{
	return connect_socket(NETLINK_SOCK_DIAG, data, err);
}

/* The namespace's entry, made on first use. */
static int find_entry(struct netns_cache *cache, uint64_t device, uint64_t inode,
	struct netns_entry **ret_entry, struct err *err)
{
	const struct netns_entry entry = {.device = device, .inode = inode};
	size_t position = cache_position(cache, device, inode);

	if ((position == cache->count || cache->entries[position].inode != inode ||
		    cache->entries[position].device != device) &&
		cache_insert(cache, position, &entry) < 0)
		return err_set(err, ERR_SYSTEM, ENOMEM, "network namespaces");
	*ret_entry = &cache->entries[position];
	return 0;
}

int netns_socket(struct netns_cache *cache, const char *path, uint64_t device, uint64_t inode,
	struct nl_sock **ret_socket, struct err *err)
{
	struct netns_entry *entry;

	if (find_entry(cache, device, inode, &entry, err) < 0 ||
		(entry->route == NULL && netns_call(cache, path, device, inode, connect_route,
						 &entry->route, err) < 0))
		return -1;
	*ret_socket = entry->route;
	return 0;
}

int netns_netfilter_socket(struct netns_cache *cache, const char *path, uint64_t device,
	uint64_t inode, struct nl_sock **ret_socket, struct err *err)
{
	struct netns_entry *entry;

	if (find_entry(cache, device, inode, &entry, err) < 0 ||
		(entry->netfilter == NULL &&
			netns_call(cache, path, device, inode, connect_netfilter, &entry->netfilter,
				err) < 0))
		return -1;
	*ret_socket = entry->netfilter;
	return 0;
}

int netns_diag_socket(struct netns_cache *cache, const char *path, uint64_t device, uint64_t inode,
	struct nl_sock **ret_socket, struct err *err)
{
	struct netns_entry *entry;

	if (find_entry(cache, device, inode, &entry, err) < 0 ||
		(entry->diag == NULL && netns_call(cache, path, device, inode, connect_diag,
						&entry->diag, err) < 0))
		return -1;
	*ret_socket = entry->diag;
	return 0;
}
