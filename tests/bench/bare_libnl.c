/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bare_libnl PATH… - what perturb is compared with: one process that adds a tbf of 100 Mbit/s to
 * eth0 in each network namespace and deletes it again, by libnl, with no journal, no check and no
 * second process. Prints the microseconds that adding and deleting took.
 */
#include <fcntl.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/tbf.h>
#include <netlink/route/tc.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define RATE_BYTES  12500000 /* per second: 100 Mbit/s */
#define BURST_BYTES 125000
#define LIMIT_BYTES 1250000

struct place {
	struct nl_sock *socket;
	int interface;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void must(int error, const char *what)
{
	if (error < 0) {
		fprintf(stderr, "%s: %s\n", what, nl_geterror(error));
		exit(1);
	}
}

/* The socket stays in the namespace that is current when it is made. */
static void open_namespace(const char *path, int home, struct place *ret_place)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		fail(path);
	ret_place->socket = nl_socket_alloc();
	if (ret_place->socket == NULL)
		fail(path);
	must(nl_connect(ret_place->socket, NETLINK_ROUTE), path);
	ret_place->interface = (int)if_nametoindex("eth0");
	if (ret_place->interface == 0 || setns(home, CLONE_NEWNET) < 0)
		fail(path);
	close(fd);
}

static struct rtnl_qdisc *make_qdisc(const struct place *place)
{
	struct rtnl_qdisc *qdisc = rtnl_qdisc_alloc();

	if (qdisc == NULL)
		fail("qdisc");
	rtnl_tc_set_ifindex(TC_CAST(qdisc), place->interface);
	rtnl_tc_set_parent(TC_CAST(qdisc), TC_H_ROOT);
	rtnl_tc_set_handle(TC_CAST(qdisc), TC_HANDLE(1, 0));
	must(rtnl_tc_set_kind(TC_CAST(qdisc), "tbf"), "tbf");
	return qdisc;
}

static void add(const struct place *place)
{
	struct rtnl_qdisc *qdisc = make_qdisc(place);

	rtnl_qdisc_tbf_set_rate(qdisc, RATE_BYTES, BURST_BYTES, 0);
	rtnl_qdisc_tbf_set_limit(qdisc, LIMIT_BYTES);
	must(rtnl_qdisc_add(place->socket, qdisc, NLM_F_CREATE | NLM_F_EXCL), "add");
	rtnl_qdisc_put(qdisc);
}

static void remove_qdisc(const struct place *place)
{
	struct rtnl_qdisc *qdisc = make_qdisc(place);

	must(rtnl_qdisc_delete(place->socket, qdisc), "delete");
	rtnl_qdisc_put(qdisc);
}

int main(int argc, char **argv)
{
	size_t count = (size_t)argc - 1;
	struct place *places = calloc(count + 1, sizeof(*places));
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int64_t begin = now_us();
	int64_t added;

	if (places == NULL || home < 0)
		fail("bare_libnl");
	for (size_t i = 0; i < count; i++) {
		open_namespace(argv[i + 1], home, &places[i]);
		add(&places[i]);
	}
	added = now_us();
	for (size_t i = 0; i < count; i++)
		remove_qdisc(&places[i]);
	printf("%lld %lld\n", (long long)(added - begin), (long long)(now_us() - added));
	for (size_t i = 0; i < count; i++)
		nl_socket_free(places[i].socket);
	free(places);
	close(home);
	return 0;
}
