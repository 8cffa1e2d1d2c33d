/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conntrack - the kernel's memory of flows: what it decided about the first packet of one goes for
 * all that follow.
 */
#ifndef FAULTS_CONNTRACK_H
#define FAULTS_CONNTRACK_H

#include <stdint.h>

struct nl_sock;

/* Forgets the UDP flows of the socket's namespace that were sent to that port, so that redirects
 * are asked anew for each. A kernel that cannot (before Linux 5.8, without nf_conntrack_netlink)
 * forgets them by itself half a minute after their last packet, if they are not continued. */
void conntrack_forget_udp(struct nl_sock *socket, uint16_t port);

/* Only those whose answers come from that port, too: they are not redirected. */
void conntrack_forget_direct_udp(struct nl_sock *socket, uint16_t port);

#endif
