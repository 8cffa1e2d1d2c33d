/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/bpf_program.h"

#include <stddef.h>

/* In place of a distance that is not known yet. No branch that is known is as wide. */
#define OPEN UINT8_MAX

void bpf_put(struct bpf_program *program, uint16_t code, uint32_t k)
{
	if (program->length == BPF_MAXINSNS) {
		program->too_large = true;
		return;
	}
	program->code[program->length++] = (struct sock_filter){.code = code, .k = k};
}

static void branch(
	struct bpf_program *program, uint16_t comparison, uint32_t k, uint8_t yes, uint8_t no)
{
	bpf_put(program, BPF_JMP | BPF_K | comparison, k);
	if (program->too_large)
		return;
	program->code[program->length - 1].jt = yes;
	program->code[program->length - 1].jf = no;
}

/* The instruction before is one of these jumps. */
static void leave_open(struct bpf_program *program, struct bpf_jumps *jumps)
{
	if (program->too_large)
		return;
	if (jumps->count == BPF_JUMPS_MAX) {
		program->too_large = true;
		return;
	}
	jumps->at[jumps->count++] = (uint16_t)(program->length - 1);
}

void bpf_jump(struct bpf_program *program, struct bpf_jumps *jumps)
{
	bpf_put(program, BPF_JMP | BPF_JA, 0);
	leave_open(program, jumps);
}

void bpf_jump_if(
	struct bpf_program *program, uint16_t comparison, uint32_t k, struct bpf_jumps *jumps)
{
	branch(program, comparison, k, OPEN, 0);
	leave_open(program, jumps);
}

void bpf_jump_unless(
	struct bpf_program *program, uint16_t comparison, uint32_t k, struct bpf_jumps *jumps)
{
	branch(program, comparison, k, 0, OPEN);
	leave_open(program, jumps);
}

void bpf_land(struct bpf_program *program, struct bpf_jumps *jumps)
{
	for (size_t i = 0; i < jumps->count; i++) {
		struct sock_filter *jump = &program->code[jumps->at[i]];
		const unsigned int distance = program->length - jumps->at[i] - 1U;

		if (jump->code == (BPF_JMP | BPF_JA))
			jump->k = distance;
		else if (distance >= OPEN)
			program->too_large = true;
		else if (jump->jt == OPEN)
			jump->jt = (uint8_t)distance;
		else
			jump->jf = (uint8_t)distance;
	}
	jumps->count = 0;
}

void bpf_return(struct bpf_program *program, uint32_t value)
{
	bpf_put(program, BPF_RET | BPF_K, value);
}

void bpf_require(struct bpf_program *program, uint16_t comparison, uint32_t k, uint32_t otherwise)
{
	branch(program, comparison, k, 1, 0);
	bpf_return(program, otherwise);
}
