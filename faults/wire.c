/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/wire.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>

/* With pauses of a millisecond. */
#define TRIES 100

/* Is another try worth it? */
static bool try_again(int *tries)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	int error = errno;

	if (error == EINTR)
		return true;
	if ((error != ENOBUFS && error != ENOMEM) || ++*tries == TRIES)
		return false;
	nanosleep(&pause, NULL);
	errno = error;
	return true;
}

ssize_t wire_send(int socket, const void *message, size_t size, int flags)
{
	int tries = 0;
	ssize_t sent;

	do {
		sent = send(socket, message, size, flags | MSG_NOSIGNAL);
	} while (sent < 0 && try_again(&tries));
	return sent;
}

size_t wire_send_all(int socket, struct mmsghdr *messages, size_t count, int flags)
{
	int tries = 0;
	size_t done = 0;

	while (done < count) {
		int sent = sendmmsg(socket, messages + done, (unsigned int)(count - done),
			flags | MSG_NOSIGNAL);

		if (sent > 0)
			done += (size_t)sent;
		else if (!try_again(&tries))
			break;
	}
	return done;
}

ssize_t wire_receive(int socket, void *buffer, size_t size, int flags)
{
	int tries = 0;
	ssize_t got;

	do {
		got = recv(socket, buffer, size, flags);
	} while (got < 0 && try_again(&tries));
	return got;
}
