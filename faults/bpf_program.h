/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf_program - writes a program of the kernel's classic packet filter, one instruction after the
 * other, forward jumps included.
 *
 * A conditional jump reaches 255 instructions, an unconditional one any: lists of unknown length
 * are left by bpf_jump. Too many instructions, or too wide a jump, are noted, not written.
 */
#ifndef FAULTS_BPF_PROGRAM_H
#define FAULTS_BPF_PROGRAM_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

/* Jumps to one place, which comes later. */
#define BPF_JUMPS_MAX 320

struct bpf_program {
	struct sock_filter *code; /* borrowed, of BPF_MAXINSNS */
	uint16_t length;
	bool too_large;
};

struct bpf_jumps {
	uint16_t at[BPF_JUMPS_MAX];
	uint16_t count;
};

void bpf_put(struct bpf_program *program, uint16_t code, uint32_t k);

/* Always; when the comparison (BPF_JEQ, BPF_JGE, BPF_JGT or BPF_JSET) of the accumulator with k is
 * true; when it is not. Otherwise the program goes on behind it. */
void bpf_jump(struct bpf_program *program, struct bpf_jumps *jumps);
void bpf_jump_if(
	struct bpf_program *program, uint16_t comparison, uint32_t k, struct bpf_jumps *jumps);
void bpf_jump_unless(
	struct bpf_program *program, uint16_t comparison, uint32_t k, struct bpf_jumps *jumps);

/* Here the jumps end; there may be none. They can be used anew. */
void bpf_land(struct bpf_program *program, struct bpf_jumps *jumps);

/* Goes on only if the comparison is true, and else returns that. */
void bpf_require(struct bpf_program *program, uint16_t comparison, uint32_t k, uint32_t otherwise);
void bpf_return(struct bpf_program *program, uint32_t value);

#endif
