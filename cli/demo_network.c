/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_network.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/mem.h"

#define BRIDGE		"demo"
#define NAMESPACES	"/run/netns"
#define OWN_NAMESPACE	"/proc/self/ns/net"
#define PATH_MAX_LENGTH 128

static void free_socket(struct nl_sock **socket)
{
	nl_socket_free(*socket);
}

static void put_link(struct rtnl_link **link)
{
	rtnl_link_put(*link);
}

static void put_address(struct rtnl_addr **address)
{
	rtnl_addr_put(*address);
}

static void put_abstract_address(struct nl_addr **address)
{
	nl_addr_put(*address);
}

#define cleanup_socket	      __attribute__((cleanup(free_socket)))
#define cleanup_link	      __attribute__((cleanup(put_link)))
#define cleanup_address	      __attribute__((cleanup(put_address)))
#define cleanup_abstract_addr __attribute__((cleanup(put_abstract_address)))

static int set_netlink_error(struct err *err, int error, const char *what)
{
	return err_set(err, ERR_SYSTEM, 0, "%s: %s", what, nl_geterror(error));
}

/* A socket of the namespace that the process is in. */
static int open_socket(struct nl_sock **ret_socket, struct err *err)
{
	cleanup_socket struct nl_sock *socket = nl_socket_alloc();
	int error;

	if (socket == NULL)
		out_of_memory();
	error = nl_connect(socket, NETLINK_ROUTE);
	if (error < 0)
		return set_netlink_error(err, error, "netlink socket");
	*ret_socket = steal_pointer(&socket);
	return 0;
}

static int set_up(struct nl_sock *socket, const char *name, struct err *err)
{
	cleanup_link struct rtnl_link *link = NULL;
	cleanup_link struct rtnl_link *change = rtnl_link_alloc();
	int error = rtnl_link_get_kernel(socket, 0, name, &link);

	if (change == NULL)
		out_of_memory();
	if (error < 0)
		return set_netlink_error(err, error, name);
	rtnl_link_set_flags(change, IFF_UP);
	error = rtnl_link_change(socket, link, change, 0);
	return error < 0 ? set_netlink_error(err, error, name) : 0;
}

static int add_address(struct nl_sock *socket, const char *name, const char *text, struct err *err)
{
	cleanup_address struct rtnl_addr *address = rtnl_addr_alloc();
	cleanup_abstract_addr struct nl_addr *local = NULL;
	int error = nl_addr_parse(text, AF_INET, &local);

	if (address == NULL)
		out_of_memory();
	if (error < 0)
		return set_netlink_error(err, error, text);
	rtnl_addr_set_ifindex(address, (int)if_nametoindex(name));
	error = rtnl_addr_set_local(address, local);
	if (error == 0)
		error = rtnl_addr_add(socket, address, 0);
	return error < 0 ? set_netlink_error(err, error, text) : 0;
}

static int add_bridge(struct nl_sock *socket, struct err *err)
{
	cleanup_link struct rtnl_link *bridge = rtnl_link_bridge_alloc();
	int error;

	if (bridge == NULL)
		out_of_memory();
	rtnl_link_set_name(bridge, BRIDGE);
	error = rtnl_link_add(socket, bridge, NLM_F_CREATE | NLM_F_EXCL);
	return error < 0 ? set_netlink_error(err, error, "add a bridge") : 0;
}

int demo_network_enter(const char *address, struct err *err)
{
	cleanup_socket struct nl_sock *socket = NULL;

	if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "network namespaces of our own");
	/* The empty /run hides the names and journals of the machine, and ours from the machine. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0 ||
		mkdir(NAMESPACES, 0755) < 0)
		return err_set(err, ERR_SYSTEM, errno, "a /run of our own");
	if (open_socket(&socket, err) < 0 || set_up(socket, "lo", err) < 0 ||
		add_bridge(socket, err) < 0 || add_address(socket, BRIDGE, address, err) < 0)
		return -1;
	return set_up(socket, BRIDGE, err);
}

static int namespace_path(const char *name, char path[PATH_MAX_LENGTH], struct err *err)
{
	int length = snprintf(path, PATH_MAX_LENGTH, "%s/%s", NAMESPACES, name);

	if (length < 0 || length >= PATH_MAX_LENGTH)
		return err_set(err, ERR_SYSTEM, ENAMETOOLONG, "%s", name);
	return 0;
}

/* Makes the namespace and leaves the process in it. */
static int make_namespace(const char *path, struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, errno, "%s", path);
	if (unshare(CLONE_NEWNET) < 0 || mount(OWN_NAMESPACE, path, NULL, MS_BIND, NULL) < 0)
		return err_set(err, ERR_SYSTEM, errno, "make network namespace %s", path);
	return 0;
}

/* A pair of interfaces: NAME, a port of the bridge, and eth0 in the namespace. */
static int add_pair(struct nl_sock *socket, const char *name, int namespace, struct err *err)
{
	cleanup_link struct rtnl_link *port = rtnl_link_veth_alloc();
	/* Ours from here on (the call counts a reference). */
	cleanup_link struct rtnl_link *peer = port != NULL ? rtnl_link_veth_get_peer(port) : NULL;
	int error;

	if (peer == NULL)
		out_of_memory();
	rtnl_link_set_name(port, name);
	rtnl_link_set_master(port, (int)if_nametoindex(BRIDGE));
	rtnl_link_set_name(peer, "eth0");
	rtnl_link_set_ns_fd(peer, namespace);
	error = rtnl_link_add(socket, port, NLM_F_CREATE | NLM_F_EXCL);
	if (error < 0)
		return set_netlink_error(err, error, "add a pair of interfaces");
	return set_up(socket, name, err);
}

int demo_network_add(const char *name, const char *address, struct err *err)
{
	cleanup_close int home = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
	cleanup_close int inside = -1;
	cleanup_socket struct nl_sock *socket = NULL;
	cleanup_socket struct nl_sock *inside_socket = NULL;
	char path[PATH_MAX_LENGTH];

	if (home < 0)
		return err_set(err, ERR_SYSTEM, errno, OWN_NAMESPACE);
	if (namespace_path(name, path, err) < 0 || open_socket(&socket, err) < 0 ||
		make_namespace(path, err) < 0)
		return -1;
	inside = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
	if (inside < 0 || open_socket(&inside_socket, err) < 0)
		return err_set(err, ERR_SYSTEM, errno, "%s", path);
	if (set_up(inside_socket, "lo", err) < 0)
		return -1;
	if (setns(home, CLONE_NEWNET) < 0)
		return err_set(err, ERR_SYSTEM, errno, "return from %s", path);
	if (add_pair(socket, name, inside, err) < 0)
		return -1;
	if (setns(inside, CLONE_NEWNET) < 0)
		return err_set(err, ERR_SYSTEM, errno, "enter %s", path);
	if (add_address(inside_socket, "eth0", address, err) < 0 ||
		set_up(inside_socket, "eth0", err) < 0)
		return -1;
	if (setns(home, CLONE_NEWNET) < 0)
		return err_set(err, ERR_SYSTEM, errno, "return from %s", path);
	return 0;
}

int demo_network_join(const char *name, struct err *err)
{
	cleanup_close int fd = -1;
	char path[PATH_MAX_LENGTH];

	if (namespace_path(name, path, err) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		return err_set(err, ERR_SYSTEM, errno, "enter %s", path);
	return 0;
}
