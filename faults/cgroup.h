/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup - the control group of a container: which processes are in it, and its freezer
 * (cgroups(7); Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst and cgroup-v2.rst).
 */
#ifndef FAULTS_CGROUP_H
#define FAULTS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "faults/instance.h"
#include "reports/err.h"

struct cgroup {
	char directory[INSTANCE_PATH_MAX]; /* below the mount point */
	uint32_t version;		   /* 1: the freezer controller's hierarchy; 2 */
	bool root;			   /* the root of its hierarchy: everybody's */
};

/* The cgroup by which pid could be frozen. ERR_UNAVAILABLE when there is no freezer here. */
int cgroup_of(pid_t pid, struct cgroup *ret_cgroup, struct err *err);

/* Is other the same cgroup, or below it? */
bool cgroup_contains(const struct cgroup *cgroup, const struct cgroup *other);
bool cgroup_directory_contains(const char *directory, const char *other);

/* Calls function for each process in the cgroup and below it, until it returns false. Returns the
 * number of calls, or -1 when any of them cannot be read, or is too deep or too full to be: who is
 * protected may be in it. A cgroup that is removed meanwhile is left out. */
int cgroup_each_process(const char *directory, bool (*function)(pid_t pid, void *data), void *data,
	struct err *err);

/* Asks for it, and does not wait. sys is ENOENT when the cgroup is gone. */
int cgroup_ask_freezer(const char *directory, uint32_t version, bool frozen, struct err *err);

/* Freezes or thaws it and waits until the kernel says that it is so. sys is ENOENT when the cgroup
 * is gone. */
int cgroup_freeze(const char *directory, uint32_t version, bool frozen, struct err *err);

/* Is it frozen, or on the way there? */
int cgroup_is_frozen(const char *directory, uint32_t version, bool *ret_frozen, struct err *err);

#endif
