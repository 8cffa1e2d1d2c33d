/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/aim_filter.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#include "faults/aim_headers.h"
#include "faults/bpf_program.h"

/* Neighbour discovery: router solicitation to redirect (RFC 4861). */
#define DISCOVERY_FIRST 133
#define DISCOVERY_LAST	137

/* Of a TCP segment (RFC 9293): SYN without ACK opens a connection. */
#define TCP_FLAGS_AT 13
#define TCP_SYN_ACK  0x12
#define TCP_SYN	     0x02

struct compiler {
	const struct aim *aim;
	enum direction direction;
	uint32_t match;
	uint32_t otherwise;
	struct bpf_program program;
};

static void load(struct compiler *compiler, int what)
{
	bpf_put(&compiler->program, BPF_LD | BPF_MEM, (uint32_t)what);
}

static bool is_given(const struct aim_ports *ports)
{
	return ports->last != 0;
}

static bool is_of(const struct aim_network *network, int family)
{
	return network->family == family;
}

/* Can the exception be one for packets of that family? */
static bool concerns(const struct aim_exception *exception, int family)
{
	return exception->peer.family == 0 || is_of(&exception->peer, family);
}

static bool has_peers_of(const struct aim *aim, int family)
{
	for (size_t i = 0; i < aim->peer_count; i++)
		if (is_of(&aim->peers[i], family))
			return true;
	return false;
}

static bool is_possible(const struct aim *aim, int family)
{
	return (aim->family == 0 || aim->family == family) &&
	       (aim->peer_count == 0 || has_peers_of(aim, family)) &&
	       !(family == AF_INET && aim->protocol == IPPROTO_ICMPV6);
}

static struct aim_needs needs_of(const struct aim *aim, int family)
{
	struct aim_needs needs = {
		.transport = aim->protocol != 0,
		.ports = aim->peer_port_count != 0 || aim->local_port_count != 0,
		.peer = aim->peer_count != 0,
	};

	for (size_t i = 0; i < aim->exception_count; i++) {
		const struct aim_exception *exception = &aim->exceptions[i];

		if (!concerns(exception, family))
			continue;
		needs.transport = true;
		needs.peer = needs.peer || exception->peer.family != 0;
		needs.ports = needs.ports || is_given(&exception->peer_ports) ||
			      is_given(&exception->local_ports);
	}
	needs.transport = needs.transport || needs.ports;
	return needs;
}

/* The number in the header; that of ICMP depends on the version of IP. */
static uint32_t protocol_for(uint8_t protocol, int family)
{
	return protocol == IPPROTO_ICMP && family == AF_INET6 ? IPPROTO_ICMPV6 : protocol;
}

static uint32_t word_of(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* Goes on behind if the peer is in the network, and to the jumps if not. */
static void unless_in(
	struct compiler *compiler, const struct aim_network *network, struct bpf_jumps * not )
{
	for (unsigned int i = 0; 32 * i < network->prefix; i++) {
		const unsigned int bits = network->prefix - 32 * i;
		const uint32_t mask = bits >= 32 ? UINT32_MAX : ~(UINT32_MAX >> bits);

		load(compiler, SCRATCH_PEER + (int)i);
		if (mask != UINT32_MAX)
			bpf_put(&compiler->program, BPF_ALU | BPF_AND | BPF_K, mask);
		bpf_jump_unless(&compiler->program, BPF_JEQ,
			word_of(network->address + 4 * (size_t)i) & mask, not );
	}
}

static void require_peer(struct compiler *compiler, int family)
{
	const struct aim *aim = compiler->aim;
	struct bpf_jumps found = {.count = 0};

	if (aim->peer_count == 0)
		return;
	for (size_t i = 0; i < aim->peer_count; i++) {
		struct bpf_jumps next = {.count = 0};

		if (!is_of(&aim->peers[i], family))
			continue;
		unless_in(compiler, &aim->peers[i], &next);
		bpf_jump(&compiler->program, &found);
		bpf_land(&compiler->program, &next);
	}
	bpf_return(&compiler->program, compiler->otherwise);
	bpf_land(&compiler->program, &found);
}

static void require_port(
	struct compiler *compiler, int which, const struct aim_ports *ports, size_t count)
{
	struct bpf_program *program = &compiler->program;
	struct bpf_jumps found = {.count = 0};

	if (count == 0)
		return;
	load(compiler, SCRATCH_HAS);
	bpf_require(program, BPF_JEQ, HAS_PORTS, compiler->otherwise);
	load(compiler, which);
	for (size_t i = 0; i < count; i++) {
		struct bpf_jumps next = {.count = 0};

		bpf_jump_unless(program, BPF_JGE, ports[i].first, &next);
		bpf_jump_unless(program, BPF_JGT, ports[i].last, &found);
		bpf_land(program, &next);
	}
	bpf_return(program, compiler->otherwise);
	bpf_land(program, &found);
}

static void require_dscp(struct compiler *compiler, int family)
{
	struct bpf_program *program = &compiler->program;

	if (!compiler->aim->has_dscp)
		return;
	bpf_put(program, BPF_LDX | BPF_MEM, SCRATCH_HEADER);
	bpf_put(program, BPF_LD | BPF_IND | BPF_H, 0);
	/* IPv4: version, length, DSCP, ECN; IPv6: version, DSCP, ECN, the first of the label */
	bpf_put(program, BPF_ALU | BPF_RSH | BPF_K, family == AF_INET ? 2 : 6);
	bpf_put(program, BPF_ALU | BPF_AND | BPF_K, 0x3f);
	bpf_require(program, BPF_JEQ, compiler->aim->dscp, compiler->otherwise);
}

static void require_opening(struct compiler *compiler)
{
	struct bpf_program *program = &compiler->program;

	if (!compiler->aim->opening)
		return;
	load(compiler, SCRATCH_LATER);
	bpf_require(program, BPF_JEQ, 0, compiler->otherwise);
	bpf_put(program, BPF_LDX | BPF_MEM, SCRATCH_TRANSPORT);
	bpf_put(program, BPF_LD | BPF_IND | BPF_B, TCP_FLAGS_AT);
	bpf_put(program, BPF_ALU | BPF_AND | BPF_K, TCP_SYN_ACK);
	bpf_require(program, BPF_JEQ, TCP_SYN, compiler->otherwise);
}

static void unless_port(struct compiler *compiler, int which, const struct aim_ports *ports,
	struct bpf_jumps * not )
{
	if (!is_given(ports))
		return;
	load(compiler, which);
	bpf_jump_unless(&compiler->program, BPF_JGE, ports->first, not );
	bpf_jump_if(&compiler->program, BPF_JGT, ports->last, not );
}

/* A later fragment goes with its first one, which may be excepted: that is not known, but if it is
 * not, then the packet as a whole suffers by the first. */
static void except(struct compiler *compiler, const struct aim_exception *exception, int family)
{
	struct bpf_program *program = &compiler->program;
	struct bpf_jumps next = {.count = 0};
	struct bpf_jumps excepted = {.count = 0};

	if (exception->peer.family != 0)
		unless_in(compiler, &exception->peer, &next);
	if (exception->protocol != 0) {
		load(compiler, SCRATCH_PROTOCOL);
		bpf_jump_unless(program, BPF_JEQ, protocol_for(exception->protocol, family), &next);
	}
	if (is_given(&exception->peer_ports) || is_given(&exception->local_ports)) {
		load(compiler, SCRATCH_HAS);
		bpf_jump_if(program, BPF_JEQ, HAS_NO_PORTS, &next);
		bpf_jump_if(program, BPF_JEQ, HAS_HIDDEN_PORTS, &excepted);
		unless_port(compiler, SCRATCH_PEER_PORT, &exception->peer_ports, &next);
		unless_port(compiler, SCRATCH_LOCAL_PORT, &exception->local_ports, &next);
		bpf_land(program, &excepted);
	}
	bpf_return(program, compiler->otherwise);
	bpf_land(program, &next);
}

/* Without it, whoever is excepted would soon be unreachable. */
static void except_discovery(struct compiler *compiler)
{
	struct bpf_program *program = &compiler->program;
	struct bpf_jumps other = {.count = 0};

	load(compiler, SCRATCH_PROTOCOL);
	bpf_jump_unless(program, BPF_JEQ, IPPROTO_ICMPV6, &other);
	load(compiler, SCRATCH_LATER);
	bpf_jump_unless(program, BPF_JEQ, 0, &other);
	bpf_put(program, BPF_LDX | BPF_MEM, SCRATCH_TRANSPORT);
	bpf_put(program, BPF_LD | BPF_IND | BPF_B, 0);
	bpf_jump_unless(program, BPF_JGE, DISCOVERY_FIRST, &other);
	bpf_jump_if(program, BPF_JGT, DISCOVERY_LAST, &other);
	bpf_return(program, compiler->otherwise);
	bpf_land(program, &other);
}

/* The jumps lead here, with the header found. */
static void compile_family(struct compiler *compiler, int family, struct bpf_jumps *here)
{
	const struct aim *aim = compiler->aim;
	struct aim_needs needs = needs_of(aim, family);
	bool excepting = false;

	bpf_land(&compiler->program, here);
	if (!is_possible(aim, family)) {
		bpf_return(&compiler->program, compiler->otherwise);
		return;
	}
	aim_read_header(
		&compiler->program, family, compiler->direction, &needs, compiler->otherwise);
	require_dscp(compiler, family);
	if (aim->protocol != 0) {
		load(compiler, SCRATCH_PROTOCOL);
		bpf_require(&compiler->program, BPF_JEQ, protocol_for(aim->protocol, family),
			compiler->otherwise);
	}
	require_peer(compiler, family);
	require_port(compiler, SCRATCH_PEER_PORT, aim->peer_ports, aim->peer_port_count);
	require_port(compiler, SCRATCH_LOCAL_PORT, aim->local_ports, aim->local_port_count);
	require_opening(compiler);
	for (size_t i = 0; i < aim->exception_count; i++) {
		if (!concerns(&aim->exceptions[i], family))
			continue;
		excepting = true;
		except(compiler, &aim->exceptions[i], family);
	}
	if (excepting && family == AF_INET6)
		except_discovery(compiler);
	bpf_return(&compiler->program, compiler->match);
}

int aim_filter_make(const struct aim *aim, enum direction direction, uint32_t match,
	uint32_t otherwise, struct aim_filter *ret_filter, struct err *err)
{
	struct compiler compiler = {
		.aim = aim,
		.direction = direction,
		.match = match,
		.otherwise = otherwise,
		.program = {.code = ret_filter->code},
	};
	struct bpf_jumps ipv4 = {.count = 0};
	struct bpf_jumps ipv6 = {.count = 0};

	if (aim_check(aim, err) < 0)
		return -1;
	if (aim_is_everything(aim)) {
		bpf_return(&compiler.program, match);
	} else {
		aim_find_header(&compiler.program, otherwise, &ipv4, &ipv6);
		compile_family(&compiler, AF_INET, &ipv4);
		compile_family(&compiler, AF_INET6, &ipv6);
	}
	if (compiler.program.too_large)
		return err_set(err, ERR_USAGE, 0,
			"this aim is too large for one packet filter of %d instructions",
			BPF_MAXINSNS);
	ret_filter->length = compiler.program.length;
	return 0;
}

void aim_filter_print(const struct aim_filter *filter, FILE *out)
{
	fprintf(out, "%u", filter->length);
	for (size_t i = 0; i < filter->length; i++) {
		const struct sock_filter *code = &filter->code[i];

		fprintf(out, ",%u %u %u %" PRIu32, code->code, code->jt, code->jf, code->k);
	}
}
