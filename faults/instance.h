/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instance - one thing that can be broken: a container, a process or a network namespace, pinned
 * down so that a reused pid, name or interface index is never hit.
 */
#ifndef FAULTS_INSTANCE_H
#define FAULTS_INSTANCE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define INSTANCE_PATH_MAX 256

enum instance_kind { INSTANCE_CONTAINER, INSTANCE_PROCESS, INSTANCE_NETNS };

struct interface {
	char name[IFNAMSIZ];
	unsigned int index;
	unsigned int mtu; /* bytes */
	bool loopback;
	bool up;		/* administratively (IFF_UP) */
	bool super_packets;	/* the kernel may hand it several packets of a connection as one */
	bool queue_length_zero; /* its transmit queue length is 0 (link.h) */
	bool filtered[2];	/* by enum direction: somebody has filters there (clsact) */
	bool root_configured;	/* somebody's queueing discipline is its root */
	char **addresses;	/* "10.0.0.2/24", owned */
	size_t address_count;
};

struct instance {
	enum instance_kind kind;
	bool is_perturb;     /* pid runs this very program */
	char *id;	     /* full container id, or the pid or path as text; owned */
	char *name;	     /* what a person calls it; owned */
	const char *runtime; /* "docker", "podman" (static) or NULL */
	char *image;	     /* containers: owned; else NULL */
	char *state;	     /* containers: "running", "paused", "exited", …; else NULL; owned */
	pid_t pid;	     /* 0 for a namespace without a process of ours */
	uint64_t start_time; /* of pid, in clock ticks since boot (proc(5) stat field 22) */
	char netns_path[INSTANCE_PATH_MAX]; /* opens the namespace; "" if there is none */
	uint64_t netns_device;
	uint64_t netns_inode;
	struct interface *interfaces; /* owned */
	size_t interface_count;
};

/* Frees what the instance owns and zeroes it; NULL-safe on half-built ones. */
void instance_release(struct instance *instance);

#endif
