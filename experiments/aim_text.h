/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aim_text - the parts of an aim, as people write them.
 *
 * Every reader takes the whole text or fails with ERR_USAGE and a message that says what was
 * expected.
 */
#ifndef EXPERIMENTS_AIM_TEXT_H
#define EXPERIMENTS_AIM_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "faults/aim.h"
#include "reports/err.h"
#include "reports/mem.h"

#define PEER_EXPECTED	  "an address, a network such as 10.0.0.0/8, a host name or a target"
#define PORTS_EXPECTED	  "a port such as 443, or a range such as 8000-8100"
#define PROTOCOL_EXPECTED "tcp, udp, icmp or sctp"
#define DSCP_EXPECTED	  "a number from 0 to 63, or a name such as ef, af41 or cs5"
#define FAMILY_EXPECTED	  "ipv4 or ipv6"

/* "10.0.0.1", "10.0.0.0/8", "fd00::1", "fd00::/8". No bits may be set behind the prefix. */
int network_parse(const char *text, struct aim_network *ret_network, struct err *err);
/* Can the text only have been meant as an address or a network? */
bool network_is_meant(const char *text);
/* Letters, digits, hyphens, dots and underscores: what a resolver can be asked for. */
int host_name_check(const char *text, struct err *err);

int ports_parse(const char *text, struct aim_ports *ret_ports, struct err *err);
int protocol_parse(const char *text, uint8_t *ret_protocol, struct err *err);
int dscp_parse(const char *text, uint8_t *ret_dscp, struct err *err);
/* AF_INET or AF_INET6 */
int family_parse(const char *text, uint8_t *ret_family, struct err *err);

/* Has it ports? 0 (any) may have. */
bool protocol_has_ports(uint8_t protocol);

/* As aim_describe and aim_network_describe, in the arena. */
const char *aim_text(const struct aim *aim, enum direction direction, struct arena *arena);
const char *network_text(const struct aim_network *network, struct arena *arena);

#endif
