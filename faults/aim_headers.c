/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads are relative to the network header (SKF_NET_OFF), wherever the link layer put it, or, for
 * frames that still have VLAN tags in front, to the Ethernet header. The kernel ends a program with
 * 0 when it would read behind the end of a packet.
 */
#include "faults/aim_headers.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#include "reports/mem.h"

/* RFC 8200 expects no more than six extension headers. */
#define EXTENSION_HEADERS_MAX 8

#define LINK_HEADER ((uint32_t)SKF_LL_OFF)
#define TAG_BYTES   4U

static const struct {
	int family;
	uint32_t ethertype;
} families[] = {{AF_INET, ETH_P_IP}, {AF_INET6, ETH_P_IPV6}};

static void store(struct bpf_program *program, enum scratch where)
{
	bpf_put(program, BPF_ST, where);
}

static void load(struct bpf_program *program, enum scratch what)
{
	bpf_put(program, BPF_LD | BPF_MEM, what);
}

static void point_at(struct bpf_program *program, enum scratch where)
{
	bpf_put(program, BPF_LDX | BPF_MEM, where);
}

/* size is BPF_B, BPF_H or BPF_W, at so many bytes behind what point_at said. */
static void load_at(struct bpf_program *program, uint16_t size, uint32_t offset)
{
	bpf_put(program, (uint16_t)(BPF_LD | BPF_IND | size), offset);
}

static void compute(struct bpf_program *program, uint16_t what, uint32_t k)
{
	bpf_put(program, (uint16_t)(BPF_ALU | BPF_K | what), k);
}

/* --- from the frame to the IP header --- */

/* The accumulator has an Ethernet type, behind which the header would be. */
static void dispatch(struct bpf_program *program, uint32_t header, struct bpf_jumps *ipv4,
	struct bpf_jumps *ipv6)
{
	struct bpf_jumps other = {.count = 0};

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		bpf_jump_unless(program, BPF_JEQ, families[i].ethertype, &other);
		bpf_put(program, BPF_LD | BPF_IMM, header);
		store(program, SCRATCH_HEADER);
		bpf_jump(program, families[i].family == AF_INET ? ipv4 : ipv6);
		bpf_land(program, &other);
	}
}

static void require_tag(struct bpf_program *program, uint32_t otherwise)
{
	struct bpf_jumps tag = {.count = 0};

	bpf_jump_if(program, BPF_JEQ, ETH_P_8021Q, &tag);
	bpf_require(program, BPF_JEQ, ETH_P_8021AD, otherwise);
	bpf_land(program, &tag);
}

/* A tag that the device takes care of is not in the frame, and the protocol is what is behind it.
 * Where one is, as the second of two or on devices that leave it to the kernel, the network header
 * may be the tag or what follows. */
void aim_find_header(struct bpf_program *program, uint32_t otherwise, struct bpf_jumps *ret_ipv4,
	struct bpf_jumps *ret_ipv6)
{
	uint32_t type = LINK_HEADER + ETH_HLEN - 2;

	/* The kernel refuses programs that might read what they never wrote, and takes a return for
	 * something that goes on behind. */
	bpf_put(program, BPF_LD | BPF_IMM, 0);
	for (int i = 0; i < SCRATCH_WORDS; i++)
		store(program, (enum scratch)i);
	bpf_put(program, BPF_LD | BPF_ABS | BPF_H, (uint32_t)SKF_AD_OFF + SKF_AD_PROTOCOL);
	dispatch(program, (uint32_t)SKF_NET_OFF, ret_ipv4, ret_ipv6);
	require_tag(program, otherwise);
	bpf_put(program, BPF_LD | BPF_ABS | BPF_H, type);
	for (int tags = 1; tags <= 2; tags++) {
		require_tag(program, otherwise);
		type += TAG_BYTES;
		bpf_put(program, BPF_LD | BPF_ABS | BPF_H, type);
		dispatch(program, type + 2, ret_ipv4, ret_ipv6);
	}
	bpf_return(program, otherwise);
}

/* --- IPv4 --- */

static void read_ipv4(struct bpf_program *program, const struct aim_needs *needs,
	uint32_t peer_offset, uint32_t otherwise)
{
	load_at(program, BPF_B, 0);
	/* of version 4 with five words or more: 0x45 to 0x4f */
	bpf_require(program, BPF_JGE, 0x45, otherwise);
	bpf_put(program, BPF_JMP | BPF_JGT | BPF_K, 0x4f);
	program->code[program->length - 1].jf = 1;
	bpf_return(program, otherwise);
	compute(program, BPF_AND, 0x0f);
	compute(program, BPF_LSH, 2);
	bpf_put(program, BPF_ALU | BPF_ADD | BPF_X, 0);
	store(program, SCRATCH_TRANSPORT);
	if (needs->transport) {
		load_at(program, BPF_B, 9);
		store(program, SCRATCH_PROTOCOL);
		load_at(program, BPF_H, 6);
		compute(program, BPF_AND, 0x1fff);
		store(program, SCRATCH_LATER);
	}
	if (needs->peer) {
		load_at(program, BPF_W, peer_offset);
		store(program, SCRATCH_PEER);
	}
}

/* --- IPv6 --- */

/* Behind a header with a length in units of 1 << shift bytes, the first counted by none. */
static void skip_header(struct bpf_program *program, uint32_t uncounted, uint32_t shift)
{
	load_at(program, BPF_B, 0);
	store(program, SCRATCH_PROTOCOL);
	load_at(program, BPF_B, 1);
	compute(program, BPF_ADD, uncounted);
	compute(program, BPF_LSH, shift);
	bpf_put(program, BPF_ALU | BPF_ADD | BPF_X, 0);
	store(program, SCRATCH_TRANSPORT);
}

/* A fragment that is not the first has nothing behind its header that could be understood. */
static void skip_fragment(struct bpf_program *program, struct bpf_jumps *done)
{
	struct bpf_jumps first = {.count = 0};

	load_at(program, BPF_B, 0);
	store(program, SCRATCH_PROTOCOL);
	load_at(program, BPF_H, 2);
	compute(program, BPF_AND, 0xfff8);
	bpf_jump_if(program, BPF_JEQ, 0, &first);
	store(program, SCRATCH_LATER);
	bpf_jump(program, done);
	bpf_land(program, &first);
	bpf_put(program, BPF_MISC | BPF_TXA, 0);
	compute(program, BPF_ADD, 8);
	store(program, SCRATCH_TRANSPORT);
}

static void skip_extension(struct bpf_program *program, struct bpf_jumps *done)
{
	struct bpf_jumps plain = {.count = 0};
	struct bpf_jumps authentication = {.count = 0};
	struct bpf_jumps fragment = {.count = 0};
	struct bpf_jumps next = {.count = 0};

	load(program, SCRATCH_PROTOCOL);
	point_at(program, SCRATCH_TRANSPORT);
	bpf_jump_if(program, BPF_JEQ, IPPROTO_HOPOPTS, &plain);
	bpf_jump_if(program, BPF_JEQ, IPPROTO_ROUTING, &plain);
	bpf_jump_if(program, BPF_JEQ, IPPROTO_DSTOPTS, &plain);
	bpf_jump_if(program, BPF_JEQ, IPPROTO_AH, &authentication);
	bpf_jump_if(program, BPF_JEQ, IPPROTO_FRAGMENT, &fragment);
	bpf_jump(program, done);
	bpf_land(program, &plain);
	skip_header(program, 1, 3);
	bpf_jump(program, &next);
	bpf_land(program, &authentication);
	skip_header(program, 2, 2);
	bpf_jump(program, &next);
	bpf_land(program, &fragment);
	skip_fragment(program, done);
	bpf_land(program, &next);
}

static void read_ipv6(struct bpf_program *program, const struct aim_needs *needs,
	uint32_t peer_offset, uint32_t otherwise)
{
	struct bpf_jumps done = {.count = 0};

	load_at(program, BPF_B, 0);
	compute(program, BPF_AND, 0xf0);
	bpf_require(program, BPF_JEQ, 0x60, otherwise);
	for (uint32_t i = 0; needs->peer && i < 4; i++) {
		load_at(program, BPF_W, peer_offset + 4 * i);
		store(program, (enum scratch)(SCRATCH_PEER + i));
	}
	if (!needs->transport)
		return;
	load_at(program, BPF_B, 6);
	store(program, SCRATCH_PROTOCOL);
	bpf_put(program, BPF_MISC | BPF_TXA, 0);
	compute(program, BPF_ADD, sizeof(uint32_t) * 10);
	store(program, SCRATCH_TRANSPORT);
	for (int i = 0; i < EXTENSION_HEADERS_MAX; i++)
		skip_extension(program, &done);
	bpf_land(program, &done);
}

/* --- ports --- */

static void put_has(struct bpf_program *program, enum has_ports has)
{
	bpf_put(program, BPF_LD | BPF_IMM, has);
	store(program, SCRATCH_HAS);
}

static void read_ports(struct bpf_program *program, enum direction direction)
{
	static const uint32_t with_ports[] = {
		IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_DCCP, IPPROTO_UDPLITE};
	const bool leaves = direction == DIRECTION_EGRESS;
	struct bpf_jumps has = {.count = 0};
	struct bpf_jumps hidden = {.count = 0};
	struct bpf_jumps done = {.count = 0};

	load(program, SCRATCH_PROTOCOL);
	for (size_t i = 0; i < ARRAY_SIZE(with_ports); i++)
		bpf_jump_if(program, BPF_JEQ, with_ports[i], &has);
	bpf_jump(program, &done);
	bpf_land(program, &has);
	load(program, SCRATCH_LATER);
	bpf_jump_unless(program, BPF_JEQ, 0, &hidden);
	point_at(program, SCRATCH_TRANSPORT);
	load_at(program, BPF_H, 0);
	store(program, leaves ? SCRATCH_LOCAL_PORT : SCRATCH_PEER_PORT);
	load_at(program, BPF_H, 2);
	store(program, leaves ? SCRATCH_PEER_PORT : SCRATCH_LOCAL_PORT);
	put_has(program, HAS_PORTS);
	bpf_jump(program, &done);
	bpf_land(program, &hidden);
	put_has(program, HAS_HIDDEN_PORTS);
	bpf_land(program, &done);
}

void aim_read_header(struct bpf_program *program, int family, enum direction direction,
	const struct aim_needs *needs, uint32_t otherwise)
{
	const bool leaves = direction == DIRECTION_EGRESS;

	point_at(program, SCRATCH_HEADER);
	if (family == AF_INET)
		read_ipv4(program, needs, leaves ? 16 : 12, otherwise);
	else
		read_ipv6(program, needs, leaves ? 24 : 8, otherwise);
	if (needs->ports)
		read_ports(program, direction);
}
