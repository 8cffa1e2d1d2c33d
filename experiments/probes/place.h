/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place - where the socket of a probe leads: "HOST:PORT", or "unix:/PATH".
 */
#ifndef EXPERIMENTS_PROBES_PLACE_H
#define EXPERIMENTS_PROBES_PLACE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "experiments/decode.h"
#include "experiments/probes/kind.h"

struct place {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* "": in the network */
	char host[256]; /* a name or an address, without brackets */
	uint16_t port;
};

#define PLACE_EXPECTED                                                                             \
	"an address with a port such as 127.0.0.1:5432, [::1]:5432 or db.internal:5432"

/* "HOST:PORT", "[ADDRESS]:PORT"; also without a port when there is a standard one (not 0), and then
 * an IPv6 address needs no brackets. */
bool place_parse(const char *text, uint16_t standard_port, struct place *ret_place);
/* "unix:/PATH": false when it is another text, or the path is relative or too long. */
bool place_parse_unix(const char *text, struct place *ret_place);

/* Reads a place in the network whose port must be given into a struct place. */
decode_reader place_read;

/* For the peer of a kind: false for a path. */
bool place_peer(const struct place *place, uint8_t protocol, struct probe_peer *ret_peer);

#endif
