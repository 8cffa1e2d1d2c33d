/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aim_headers - the part of an aim's program that takes a packet apart: it finds the IP header and
 * leaves what the aim asks for in the scratch memory.
 */
#ifndef FAULTS_AIM_HEADERS_H
#define FAULTS_AIM_HEADERS_H

#include "faults/aim.h"
#include "faults/bpf_program.h"

/* The scratch memory, a word each; all zero at first. */
enum scratch {
	SCRATCH_HEADER,	   /* where the IP header is, as loads count */
	SCRATCH_TRANSPORT, /* where what it carries begins */
	SCRATCH_PROTOCOL,
	SCRATCH_LATER,			/* not zero: a fragment that is not the first */
	SCRATCH_PEER,			/* its address, one word or four */
	SCRATCH_HAS = SCRATCH_PEER + 4, /* enum has_ports */
	SCRATCH_PEER_PORT,
	SCRATCH_LOCAL_PORT,
	SCRATCH_WORDS,
};

enum has_ports {
	HAS_NO_PORTS = 0, /* a protocol without */
	HAS_PORTS,
	HAS_HIDDEN_PORTS, /* a later fragment: only the first has them */
};

/* What must be known of a packet of one family. */
struct aim_needs {
	bool transport; /* where it begins, and its protocol */
	bool ports;
	bool peer;
};

/* Goes on at the jumps of its family, with the header found; what is of neither gets otherwise. */
void aim_find_header(struct bpf_program *program, uint32_t otherwise, struct bpf_jumps *ret_ipv4,
	struct bpf_jumps *ret_ipv6);

/* Fills the scratch memory; goes on behind. What is no whole header gets otherwise, or 0. */
void aim_read_header(struct bpf_program *program, int family, enum direction direction,
	const struct aim_needs *needs, uint32_t otherwise);

#endif
