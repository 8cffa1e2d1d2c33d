/* SPDX-License-Identifier: Apache-2.0 */
/* The main process's side: it asks, the custodian acts. */
#include "faults/custodian.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults/custodian_wire.h"
#include "faults/stand_alone.h"
#include "faults/wire.h"

/* A thousand operations and their answers fit without either side waiting for the other. */
#define SOCKET_BUFFER (8 * 1024 * 1024)

#define READY_TIMEOUT_MS 5000

struct custodian {
	int socket;
	pid_t pid;
	bool ended; /* the run has, as was said */
	bool lost;  /* reported as lost already */
	bool abandoned;
	struct protection *offered;	    /* shared with the process */
	struct distribution_tables *tables; /* as well */
};

/* Awaits the answer to a start or a begin. What is left of an earlier run is of no interest. */
static int wait_until_ready(const struct custodian *custodian, struct err *err)
{
	struct pollfd waited = {.fd = custodian->socket, .events = POLLIN};
	struct reply reply;

	do {
		if (poll(&waited, 1, READY_TIMEOUT_MS) != 1)
			return err_set(err, ERR_SYSTEM, 0, "the custodian process does not answer");
		if (wire_receive(custodian->socket, &reply, sizeof(reply), MSG_DONTWAIT) !=
			(ssize_t)sizeof(reply))
			return err_set(err, ERR_SYSTEM, 0, "the custodian process is gone");
	} while (reply.type == REPLY_EVENT);
	if (reply.type == REPLY_NOT_READY) {
		*err = reply.event.err;
		return -1;
	}
	return 0;
}

static void release(struct custodian *custodian)
{
	if (custodian->offered != MAP_FAILED)
		munmap(custodian->offered, sizeof(*custodian->offered));
	if (custodian->tables != MAP_FAILED)
		munmap(custodian->tables, sizeof(*custodian->tables));
	free(custodian);
}

/* Takes no memory before it is written to. */
static void *shared_memory(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

int custodian_start(
	const struct protection *protection, struct custodian **ret_custodian, struct err *err)
{
	static const int buffer = SOCKET_BUFFER;
	struct custodian *custodian = calloc(1, sizeof(*custodian));
	int pair[2];

	if (custodian == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot start the custodian");
	custodian->offered = shared_memory(sizeof(*custodian->offered));
	custodian->tables = shared_memory(sizeof(*custodian->tables));
	if (custodian->offered == MAP_FAILED || custodian->tables == MAP_FAILED ||
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		err_set(err, ERR_SYSTEM, errno, "cannot start the custodian");
		release(custodian);
		return -1;
	}
	for (int i = 0; i < 2; i++) {
		/* Beyond the system's limit needs CAP_NET_ADMIN; without it, less must do. */
		if (setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)) < 0)
			(void)setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	}
	custodian->socket = pair[0];
	custodian->pid = fork();
	if (custodian->pid == 0) {
		close(pair[0]);
		custodian_main(pair[1], protection, custodian->offered, custodian->tables);
	}
	close(pair[1]);
	if (custodian->pid < 0) {
		err_set(err, ERR_SYSTEM, errno, "cannot start the custodian");
		close(pair[0]);
		release(custodian);
		return -1;
	}
	if (wait_until_ready(custodian, err) < 0) {
		custodian_free(custodian);
		return -1;
	}
	*ret_custodian = custodian;
	return 0;
}

pid_t custodian_pid(const struct custodian *custodian)
{
	return custodian->pid;
}

int custodian_fd(const struct custodian *custodian)
{
	return custodian->socket;
}

static int send_request(
	struct custodian *custodian, const struct request *request, size_t size, struct err *err)
{
	ssize_t sent = wire_send(custodian->socket, request, size, 0);

	if (sent != (ssize_t)size)
		return err_set(err, ERR_SYSTEM, errno, "cannot reach the custodian");
	return 0;
}

int custodian_protect(struct custodian *custodian, const struct protection *policy, struct err *err)
{
	const struct request request = {.type = REQUEST_PROTECT};

	*custodian->offered = *policy;
	if (send_request(custodian, &request, offsetof(struct request, operation), err) < 0)
		return -1;
	return wait_until_ready(custodian, err);
}

void custodian_offer_tables(struct custodian *custodian, const struct distribution_tables *tables)
{
	custodian->tables->count = tables->count;
	for (uint32_t i = 0; i < tables->count; i++)
		custodian->tables->tables[i] = tables->tables[i];
}

int custodian_begin(struct custodian *custodian, const char *run_id, const char *title,
	const struct protection *limits, struct err *err)
{
	struct request request = {.type = REQUEST_BEGIN};
	int length = snprintf(request.run_id, sizeof(request.run_id), "%s", run_id);

	if (length < 0 || (size_t)length >= sizeof(request.run_id))
		return err_set(err, ERR_SYSTEM, 0, "the run id '%s' is too long", run_id);
	/* Cut off where it is too long. */
	snprintf(request.title, sizeof(request.title), "%s", title);
	custodian->ended = false;
	*custodian->offered = *limits;
	if (send_request(custodian, &request, offsetof(struct request, operation), err) < 0)
		return -1;
	return wait_until_ready(custodian, err);
}

int custodian_apply(struct custodian *custodian, const struct operation *operations, size_t count,
	int64_t deadline_ns, struct err *err)
{
	if (count == 0 || count > CUSTODIAN_BATCH_MAX)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"one fault on one instance cannot have %zu operations (1 to %d)", count,
			CUSTODIAN_BATCH_MAX);
	for (size_t i = 0; i < count; i++) {
		struct request request = {.type = REQUEST_APPLY,
			.fault = operations[i].fault,
			.last = i + 1 == count,
			.deadline_ns = deadline_ns,
			.operation = operations[i]};

		if (send_request(custodian, &request, sizeof(request), err) < 0)
			return -1;
	}
	return 0;
}

int custodian_change(struct custodian *custodian, uint32_t fault, uint32_t operation,
	const struct impairment *impairment, bool last, struct err *err)
{
	struct request request = {.type = REQUEST_CHANGE,
		.fault = fault,
		.changed = operation,
		.last = last,
		.impairment = *impairment};

	return send_request(custodian, &request, offsetof(struct request, operation), err);
}

int custodian_undo(struct custodian *custodian, uint32_t fault, struct err *err)
{
	struct request request = {.type = REQUEST_UNDO, .fault = fault};

	return send_request(custodian, &request, offsetof(struct request, operation), err);
}

int custodian_end(struct custodian *custodian, struct err *err)
{
	struct request request = {.type = REQUEST_END};

	return send_request(custodian, &request, offsetof(struct request, operation), err);
}

int custodian_receive(struct custodian *custodian, struct custodian_event *ret_event)
{
	struct reply reply;
	ssize_t got;

	if (custodian->lost)
		return 0;
	got = wire_receive(custodian->socket, &reply, sizeof(reply), MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (got == (ssize_t)sizeof(reply)) {
		*ret_event = reply.event;
		custodian->ended = custodian->ended || reply.event.type == CUSTODIAN_ENDED;
		return 1;
	}
	custodian->lost = true;
	if (custodian->ended)
		return 0;
	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->type = CUSTODIAN_LOST;
	err_set(&ret_event->err, ERR_SYSTEM, 0, "the custodian process is gone");
	return 1;
}

void custodian_abandon(struct custodian *custodian)
{
	custodian->abandoned = true;
}

void custodian_free(struct custodian *custodian)
{
	if (custodian == NULL)
		return;
	close(custodian->socket);
	if (!custodian->abandoned)
		stand_alone_reap(custodian->pid);
	release(custodian);
}
