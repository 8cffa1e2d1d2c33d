/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/features.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <mntent.h>
#include <netlink/attr.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/connections.h"
#include "faults/device.h"
#include "faults/features_nft.h"
#include "faults/netem_seed.h"
#include "faults/netlink.h"
#include "reports/mem.h"

/* lo is the first interface of every network namespace. */
#define LOOPBACK_INDEX 1

/* Sends a request that is right but for the options it lacks. A kernel that does not know its kind,
 * even after looking for a module, says ENOENT; one that does complains about something else. */
static bool kernel_knows(struct nl_sock *socket, struct nl_msg *request)
{
	struct err err = {0};

	return netlink_exchange(socket, request, NULL, NULL, &err) == 0 || err.sys == EINVAL;
}

static bool knows_qdisc(struct nl_sock *socket, const char *kind, uint32_t parent, uint32_t handle)
{
	cleanup_message struct nl_msg *request = netlink_tc_request(
		RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, LOOPBACK_INDEX, parent, handle, kind);

	return request != NULL && kernel_knows(socket, request);
}

/* Needs the clsact qdisc in place. */
static bool knows_filter(struct nl_sock *socket, const char *kind)
{
	cleanup_message struct nl_msg *request =
		netlink_tc_request(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, LOOPBACK_INDEX,
			TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), 0, kind);

	return request != NULL && kernel_knows(socket, request);
}

static bool knows_action(struct nl_sock *socket, const char *kind)
{
	struct tcamsg header = {.tca_family = AF_UNSPEC};
	cleanup_message struct nl_msg *request = nlmsg_alloc();
	struct nlattr *table;
	struct nlattr *action;

	if (request == NULL ||
		nlmsg_put(request, NL_AUTO_PORT, NL_AUTO_SEQ, RTM_NEWACTION, 0,
			NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL) == NULL ||
		nlmsg_append(request, &header, sizeof(header), NLMSG_ALIGNTO) < 0)
		return false;
	table = nla_nest_start(request, TCA_ACT_TAB);
	if (table == NULL)
		return false;
	action = nla_nest_start(request, 1);
	if (action == NULL || nla_put_string(request, TCA_ACT_KIND, kind) < 0)
		return false;
	nla_nest_end(request, action);
	nla_nest_end(request, table);
	return kernel_knows(socket, request);
}

/* It goes with the namespace. */
static bool has_ifb(struct nl_sock *socket)
{
	uint32_t index;
	struct err ignored;

	return device_add_ifb(socket, IFB_PREFIX, &index, &ignored) == 0;
}

static bool has_tap(void)
{
	cleanup_close int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	unsigned int features = 0;

	return fd >= 0 && ioctl(fd, TUNGETFEATURES, &features) == 0 && (features & IFF_TAP) != 0;
}

static bool can_destroy_sockets(void)
{
	struct nl_sock *socket = nl_socket_alloc();
	bool can;

	if (socket == NULL)
		return false;
	nl_socket_disable_auto_ack(socket);
	can = nl_connect(socket, NETLINK_SOCK_DIAG) == 0 && connections_can_destroy(socket);
	nl_socket_free(socket);
	return can;
}

/* The child's part: everything happens to a network namespace that dies with it. */
static void ask_kernel(struct features *features)
{
	struct nl_sock *socket;

	features->root = unshare(CLONE_NEWNET) == 0;
	if (!features->root)
		return;
	socket = nl_socket_alloc();
	if (socket == NULL)
		return;
	nl_socket_disable_auto_ack(socket);
	if (nl_connect(socket, NETLINK_ROUTE) == 0) {
		features->netem = knows_qdisc(socket, "netem", TC_H_ROOT, 0);
		features->tbf = knows_qdisc(socket, "tbf", TC_H_ROOT, 0);
		features->clsact =
			knows_qdisc(socket, "clsact", TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0));
		features->u32 = features->clsact && knows_filter(socket, "u32");
		features->bpf = features->clsact && knows_filter(socket, "bpf");
		features->mirred = knows_action(socket, "mirred");
		features->ifb = has_ifb(socket);
		features->tun = has_tap();
		features->netem_seed =
			features->netem && netem_seed_is_known(socket, LOOPBACK_INDEX);
	}
	nl_socket_free(socket);
	features_ask_nft(features);
	features->sock_destroy = can_destroy_sockets();
}

static int ask_in_child(struct features *features, struct err *err)
{
	int pipe_ends[2];
	ssize_t length;
	pid_t child;

	if (pipe2(pipe_ends, O_CLOEXEC) < 0)
		return err_set(err, ERR_SYSTEM, errno, "pipe");
	child = fork();
	if (child == 0) {
		ask_kernel(features);
		/* The parent sees a short read. */
		if (write(pipe_ends[1], features, sizeof(*features)) < 0)
			_exit(EXIT_FAILURE);
		_exit(EXIT_SUCCESS);
	}
	close(pipe_ends[1]);
	if (child < 0) {
		close(pipe_ends[0]);
		return err_set(err, ERR_SYSTEM, errno, "fork");
	}
	do
		length = read(pipe_ends[0], features, sizeof(*features));
	while (length < 0 && errno == EINTR);
	close(pipe_ends[0]);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
	if (length != (ssize_t)sizeof(*features))
		return err_set(err, ERR_SYSTEM, 0, "asking the kernel for its features failed");
	return 0;
}

/* cgroup.freeze exists in every cgroup but the root. A tree without any other has nothing that
 * could be frozen. */
static bool has_freeze_file(const char *mount_point)
{
	DIR *directory = opendir(mount_point);
	const struct dirent *entry;
	bool found = false;

	if (directory == NULL)
		return false;
	while (!found && (entry = readdir(directory)) != NULL) {
		char path[512];

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof(path), "%s/cgroup.freeze", entry->d_name) <
			(int)sizeof(path))
			found = faccessat(dirfd(directory), path, W_OK, 0) == 0;
	}
	closedir(directory);
	return found;
}

static void find_freezers(struct features *features)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;

	if (mounts == NULL)
		return;
	while ((mount = getmntent(mounts)) != NULL) {
		if (strcmp(mount->mnt_type, "cgroup") == 0 && hasmntopt(mount, "freezer") != NULL)
			features->freezer_v1 = true;
		if (strcmp(mount->mnt_type, "cgroup2") == 0 && has_freeze_file(mount->mnt_dir))
			features->freezer_v2 = true;
	}
	endmntent(mounts);
}

int features_detect(struct features *ret_features, struct err *err)
{
	struct features features = {0};

	if (ask_in_child(&features, err) < 0)
		return -1;
	find_freezers(&features);
	*ret_features = features;
	return 0;
}
