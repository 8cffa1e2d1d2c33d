/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_session - the ssh connection through which somebody started this program.
 */
#ifndef EXPERIMENTS_SSH_SESSION_H
#define EXPERIMENTS_SSH_SESSION_H

#include <stdbool.h>

#include "faults/aim.h"

struct ssh_session {
	struct aim_network client;
	struct aim_network server;
	uint16_t client_port;
	uint16_t server_port;
};

/* What SSH_CONNECTION says, here or, where sudo has dropped it, in the environment of the processes
 * that this one descends from, or what connection an ssh server among these has, as far as that can
 * be read: to be called before privileges are given up. False: there is none. */
bool ssh_session_find(struct ssh_session *ret_session);

/* "10.0.0.7 50022 10.0.0.1 22", as sshd(8) writes it. */
bool ssh_session_parse(const char *text, struct ssh_session *ret_session);

#endif
