/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/host_name.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/clock.h"

/* What the child says, at once: it fits into a pipe. */
struct answer {
	int error; /* of getaddrinfo */
	size_t count;
	struct aim_network addresses[HOST_ADDRESSES_MAX];
};

static void add(struct answer *answer, const struct sockaddr *address)
{
	struct aim_network network = {.family = (uint8_t)address->sa_family};

	if (address->sa_family == AF_INET) {
		memcpy(network.address,
			&((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
		network.prefix = 32;
	} else if (address->sa_family == AF_INET6) {
		memcpy(network.address,
			&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
		network.prefix = 128;
	} else {
		return;
	}
	if (answer->count < HOST_ADDRESSES_MAX)
		answer->addresses[answer->count++] = network;
}

static void ask(const char *name, struct answer *ret_answer)
{
	/* Not AI_ADDRCONFIG: the target may have what this host has not. */
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;

	ret_answer->error = getaddrinfo(name, NULL, &hints, &found);
	if (ret_answer->error != 0)
		return;
	for (const struct addrinfo *each = found; each != NULL; each = each->ai_next)
		add(ret_answer, each->ai_addr);
	freeaddrinfo(found);
}

/* The resolver has no time limit that could be set, so it gets a process that can be ended. */
static _Noreturn void answer_and_exit(const char *name, int out)
{
	static struct answer answer;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	ask(name, &answer);
	_exit(write(out, &answer, sizeof(answer)) == (ssize_t)sizeof(answer) ? 0 : 1);
}

/* False: not in time, or the child failed. */
static bool read_answer(int in, int patience_ms, struct answer *ret_answer)
{
	const int64_t end = monotonic_ns() + (int64_t)patience_ms * 1000000;
	struct pollfd waited = {.fd = in, .events = POLLIN};
	size_t used = 0;

	while (used < sizeof(*ret_answer)) {
		const int64_t left = (end - monotonic_ns()) / 1000000;
		ssize_t got;

		if (left <= 0)
			return false;
		if (poll(&waited, 1, (int)left) <= 0)
			continue;
		got = read(in, (char *)ret_answer + used, sizeof(*ret_answer) - used);
		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		if (got > 0)
			used += (size_t)got;
	}
	return true;
}

/* Closes the pair. */
static int resolve_in(const char *name, int patience_ms, const int *pair, struct answer *ret_answer,
	struct err *err)
{
	const pid_t child = fork();
	const int reason = errno;
	bool answered;

	if (child == 0)
		answer_and_exit(name, pair[1]);
	close(pair[1]);
	if (child < 0) {
		close(pair[0]);
		return err_set(
			err, ERR_SYSTEM, reason, "cannot start a process that resolves names");
	}
	answered = read_answer(pair[0], patience_ms, ret_answer);
	close(pair[0]);
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	if (!answered)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"the resolver had no answer for the host name '%s' within %d ms", name,
			patience_ms);
	return 0;
}

int host_name_resolve(const char *name, int patience_ms, struct aim_network *ret_addresses,
	size_t *ret_count, struct err *err)
{
	struct answer answer = {0};
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot make a pipe");
	if (resolve_in(name, patience_ms, pair, &answer, err) < 0)
		return -1;
	if (answer.error != 0 || answer.count == 0)
		return err_set(err, ERR_UNAVAILABLE, 0, "the host name '%s' has no address: %s",
			name, answer.error != 0 ? gai_strerror(answer.error) : "none was found");
	if (answer.count > HOST_ADDRESSES_MAX)
		answer.count = HOST_ADDRESSES_MAX;
	memcpy(ret_addresses, answer.addresses, answer.count * sizeof(*ret_addresses));
	*ret_count = answer.count;
	return 0;
}
