/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo_services - starts the services of the demo, each in its network namespace.
 */
#ifndef CLI_DEMO_SERVICES_H
#define CLI_DEMO_SERVICES_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "reports/err.h"

#define DEMO_SERVICES_MAX 3

struct demo_service {
	const char *name;	 /* its role and its namespace */
	const char *address;	 /* where it listens, at port 8080 */
	const char *upstream[2]; /* the URLs of the services that it calls; NULL: none */
};

/* Zero-initialise; demo_services_stop ends the processes. They end with their parent anyway. */
struct demo_processes {
	char program[PATH_MAX]; /* of the services */
	pid_t pids[DEMO_SERVICES_MAX];
	size_t count;
};

/* Finds the program; before demo_network_enter, which makes our own path unreliable in a chroot. */
int demo_services_find(struct demo_processes *processes, struct err *err);

/* Returns when the service listens. Its namespace must exist (demo_network_add). */
int demo_services_start(
	struct demo_processes *processes, const struct demo_service *service, struct err *err);

void demo_services_stop(struct demo_processes *processes);

#endif
