/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/privileges.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPABILITIES_MAX 64

static int limit_bounding_set(uint64_t kept, struct err *err)
{
	for (unsigned int capability = 0; capability < CAPABILITIES_MAX; capability++) {
		if ((kept & PRIVILEGE(capability)) != 0 ||
			prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL)
			break; /* this kernel has no more */
		if (errno == EPERM)
			break; /* without CAP_SETPCAP; no_new_privs does the same */
		return err_set(err, ERR_SYSTEM, errno, "cannot limit capabilities");
	}
	return 0;
}

/* By the system calls: the C library has no function for them. */
static int limit_permitted(uint64_t kept, struct err *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &header, sets) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot read capabilities");
	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		sets[i].permitted &= (uint32_t)(kept >> (32 * i));
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &header, sets) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot drop capabilities");
	return 0;
}

int privileges_keep(uint64_t capabilities, struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot set no_new_privs");
	/* Kernels before 4.3 have no ambient set. */
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (limit_bounding_set(capabilities, err) < 0)
		return -1;
	return limit_permitted(capabilities, err);
}
