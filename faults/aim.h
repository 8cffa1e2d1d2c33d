/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aim - which packets a fault is meant for.
 *
 * Seen from the target: the peer is whoever it talks to, the destination of what leaves and the
 * source of what arrives; local is its own side. All criteria that are given must match, lists are
 * alternatives. Flat data of fixed size, as it goes to the custodian; all-zero means every packet.
 */
#ifndef FAULTS_AIM_H
#define FAULTS_AIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "reports/err.h"

#define AIM_NETWORKS_MAX   256
#define AIM_PORTS_MAX	   16
#define AIM_EXCEPTIONS_MAX 32

struct aim_network {
	uint8_t address[16]; /* network byte order; IPv4 in the first 4 bytes */
	uint8_t prefix;	     /* bits: at most 32 or 128 */
	uint8_t family;	     /* AF_INET or AF_INET6 */
};

struct aim_ports {
	uint16_t first; /* host byte order, both included */
	uint16_t last;
};

/* Packets that are not meant although they match; zero: any. */
struct aim_exception {
	struct aim_network peer; /* family 0: any */
	struct aim_ports peer_ports;
	struct aim_ports local_ports;
	uint8_t protocol; /* IPPROTO_… */
};

struct aim {
	struct aim_network peers[AIM_NETWORKS_MAX];
	struct aim_ports peer_ports[AIM_PORTS_MAX];
	struct aim_ports local_ports[AIM_PORTS_MAX];
	struct aim_exception exceptions[AIM_EXCEPTIONS_MAX];
	uint16_t peer_count;
	uint8_t peer_port_count;
	uint8_t local_port_count;
	uint8_t exception_count;
	uint8_t family;	  /* AF_INET or AF_INET6; 0: both, and what is neither if nothing else is
			     asked for */
	uint8_t protocol; /* IPPROTO_…; IPPROTO_ICMP means that of IPv6, too; 0: any */
	uint8_t dscp;	  /* 0 to 63, if has_dscp */
	bool has_dscp;
	bool opening; /* only segments that open a connection; the protocol is TCP then */
};

enum direction { DIRECTION_EGRESS, DIRECTION_INGRESS };

/* Does it mean every packet? */
bool aim_is_everything(const struct aim *aim);

/* Could perturb have made it? ERR_USAGE if not: it may come from another process. */
int aim_check(const struct aim *aim, struct err *err);

/* "10.0.0.0/8", "fd00::1" */
void aim_network_describe(const struct aim_network *network, FILE *out);

/* In words, without a newline, of many addresses only the first: "to 10.0.0.0/8 port 5432 tcp,
 * except 10.0.0.1". direction says whether the peers are whom it goes to or whom it comes from. */
void aim_describe(const struct aim *aim, enum direction direction, FILE *out);

#endif
