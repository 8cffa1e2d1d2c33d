/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_socket - the connection of an ssh server's process.
 */
#ifndef EXPERIMENTS_SSH_SOCKET_H
#define EXPERIMENTS_SSH_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "experiments/ssh_session.h"

/* Is the process an ssh server, with a TCP connection whose ends can be seen? */
bool ssh_socket_find(pid_t pid, struct ssh_session *ret_session);

/* A line of /proc/net/tcp or tcp6: the ends of an established connection, and its inode. */
bool ssh_socket_parse(
	const char *line, struct ssh_session *ret_session, unsigned long long *ret_inode);

#endif
