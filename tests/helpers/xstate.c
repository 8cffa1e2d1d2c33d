/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xstate - preloaded into the user-mode kernel, so that it runs on processors whose extended state
 * is larger than it knows.
 *
 * It keeps the floating point registers of its processes in a buffer of fixed size. Reading fewer
 * bytes than the host has is allowed, but the host takes nothing but a whole state back
 * (arch/x86/kernel/fpu/regset.c, xstateregs_set): where there is AMX, whose tiles alone are 8 KiB,
 * the first process of the user-mode kernel dies. So what is written is completed here with what
 * the process has.
 */
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Intel SDM volume 1, 13.4.2: the header follows the legacy region and begins with XSTATE_BV. */
#define XSTATE_BV 512

/* The components of AMX (TILECFG, TILEDATA) lie behind everything that the user-mode kernel has. */
#define BEYOND (UINT64_C(3) << 17)

/* Not on the stack: those of the user-mode kernel are small. Only its one thread traces. */
static _Alignas(64) unsigned char whole[65536];

static long set_state(pid_t pid, const struct iovec *known)
{
	struct iovec all = {whole, sizeof(whole)};
	uint64_t present;
	uint64_t wanted;

	if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &all) < 0)
		return -1;
	if (known->iov_len < all.iov_len) {
		memcpy(&present, whole + XSTATE_BV, sizeof(present));
		memcpy(whole, known->iov_base, known->iov_len);
		memcpy(&wanted, whole + XSTATE_BV, sizeof(wanted));
		wanted = (wanted & ~BEYOND) | (present & BEYOND);
		memcpy(whole + XSTATE_BV, &wanted, sizeof(wanted));
	} else {
		all = *known;
	}
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &all);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list arguments;
	pid_t pid;
	void *address;
	void *data;
	long peeked;
	long result;

	va_start(arguments, request);
	pid = va_arg(arguments, pid_t);
	address = va_arg(arguments, void *);
	data = va_arg(arguments, void *);
	va_end(arguments);
	if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE)
		return set_state(pid, data);
	/* As the C library does it: the system call writes what it peeks at. */
	if (request < PTRACE_PEEKTEXT || request > PTRACE_PEEKUSER)
		return syscall(SYS_ptrace, request, pid, address, data);
	result = syscall(SYS_ptrace, request, pid, address, &peeked);
	return result < 0 ? result : peeked;
}
