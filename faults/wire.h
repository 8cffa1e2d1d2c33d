/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire - datagrams between the processes of perturb. When the kernel is short of memory for a
 * moment, a message must not get lost: whoever waits for it would take the other one for dead.
 */
#ifndef FAULTS_WIRE_H
#define FAULTS_WIRE_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* As send(2) and recv(2), but tried again after an interruption and while memory is short. There is
 * no signal when nobody is at the other end. */
ssize_t wire_send(int socket, const void *message, size_t size, int flags);
/* Sends what it can of them, in their order; returns how many. */
size_t wire_send_all(int socket, struct mmsghdr *messages, size_t count, int flags);
ssize_t wire_receive(int socket, void *buffer, size_t size, int flags);

#endif
