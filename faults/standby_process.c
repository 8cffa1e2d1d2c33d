/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "faults/clock.h"
#include "faults/privileges.h"
#include "faults/recovery.h"
#include "faults/stand_alone.h"
#include "faults/standby_wire.h"
#include "faults/system_log.h"
#include "faults/wire.h"
#include "reports/mem.h"

/* What could not be put back is tried again so often, with pauses of 50 ms. No try begins after
 * the given time: one may wait for seconds, for whoever holds the journal say, and the main process
 * waits for the outcome (ANSWER_TIMEOUT_S). */
#define TRIES	  20
#define TRYING_MS 3000

/* How long an answer may wait for a main process that does not read. */
#define SEND_TIMEOUT_S 5

/* A custodian that does not end although its main process is gone: it may have been stopped, or it
 * hangs. Its own retries take less. */
#define RESUME_AFTER_MS 1000
#define KILL_AFTER_MS	15000

/* The main process may see the custodian's end a moment earlier. */
#define DEATH_TIMEOUT_MS 5000

struct state {
	int socket;	     /* -1: the main process is gone */
	int custodian;	     /* a pidfd; -1: there is none, or none any more */
	int64_t orphaned_ms; /* when the main process went */
	struct system_log log;
	char run_id[JOURNAL_NAME_MAX];
	size_t recovered;
	struct err problem; /* of the recovery */
};

static int64_t now_ms(void)
{
	return monotonic_ns() / 1000000;
}

static void recover(struct state *state)
{
	const struct timespec pause = {.tv_nsec = 50000000};
	int64_t start = now_ms();
	int result = -1;

	close(state->custodian);
	state->custodian = -1;
	if (state->run_id[0] == '\0')
		return;
	for (int try = 0; try < TRIES && result < 0 && now_ms() - start < TRYING_MS; try++) {
		size_t count;

		if (try > 0)
			nanosleep(&pause, NULL);
		memset(&state->problem, 0, sizeof(state->problem));
		result = recovery_run(state->run_id, &count, &state->problem);
		if (count > state->recovered)
			state->recovered = count;
	}
	if (result < 0) {
		system_log_say(&state->log, LOG_ERR, state->run_id, "the custodian is gone; %s",
			state->problem.message);
		return;
	}
	/* That there is no journal any more, say. */
	memset(&state->problem, 0, sizeof(state->problem));
	if (state->recovered != 0)
		system_log_say(&state->log, LOG_WARNING, state->run_id,
			"the custodian is gone; put %zu changes back by the journal in %" PRId64
			" ms",
			state->recovered, now_ms() - start);
}

static void answer_recovered(struct state *state)
{
	struct standby_reply reply;
	struct pollfd death = {.fd = state->custodian, .events = POLLIN};

	memset(&reply, 0, sizeof(reply));
	reply.answer = STANDBY_DONE;
	if (state->custodian >= 0 && poll(&death, 1, DEATH_TIMEOUT_MS) == 1)
		recover(state);
	if (state->custodian >= 0)
		err_set(&reply.err, ERR_UNREVERTED, 0, "the custodian process does not end");
	else
		reply.err = state->problem;
	reply.count = state->recovered;
	(void)wire_send(state->socket, &reply, sizeof(reply), 0);
}

static void answer_begin(struct state *state, const struct standby_request *request)
{
	struct standby_reply reply;

	memset(&reply, 0, sizeof(reply));
	reply.answer = STANDBY_DONE;
	memcpy(state->run_id, request->run_id, sizeof(state->run_id));
	state->run_id[sizeof(state->run_id) - 1] = '\0';
	(void)wire_send(state->socket, &reply, sizeof(reply), 0);
}

static void take_request(struct state *state)
{
	struct standby_request request;
	ssize_t got = wire_receive(state->socket, &request, sizeof(request), MSG_DONTWAIT);

	if (got < 0 && errno == EAGAIN)
		return;
	if (got != (ssize_t)sizeof(request)) {
		close(state->socket);
		state->socket = -1;
		state->orphaned_ms = now_ms();
		return;
	}
	switch (request.question) {
	case STANDBY_BEGIN:
		answer_begin(state, &request);
		break;
	case STANDBY_INSPECT:
		standby_look(state->socket, &request);
		break;
	case STANDBY_RECOVERED:
		answer_recovered(state);
		break;
	}
}

/* The main process is gone, so the custodian is to end. Returns how long to wait for that, in
 * milliseconds as poll(2) takes them. */
static int urge(struct state *state)
{
	int64_t waited;

	if (state->socket >= 0 || state->custodian < 0)
		return -1;
	waited = now_ms() - state->orphaned_ms;
	if (waited >= KILL_AFTER_MS)
		(void)pidfd_send_signal(state->custodian, SIGKILL, NULL, 0);
	else if (waited >= RESUME_AFTER_MS)
		(void)pidfd_send_signal(state->custodian, SIGCONT, NULL, 0);
	return RESUME_AFTER_MS;
}

_Noreturn void standby_main(int socket, pid_t custodian)
{
	const struct timeval patience = {.tv_sec = SEND_TIMEOUT_S};
	struct state state = {.socket = socket, .custodian = -1};

	if (stand_alone("perturb-standby", &state.socket, PRIVILEGES_OF_STANDBY, NULL) < 0 ||
		setsockopt(state.socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		_exit(3);
	system_log_open(&state.log, "standby");
	/* A child of the same parent, which has not been waited for: it is that one. */
	if (custodian != 0) {
		state.custodian = pidfd_open(custodian, 0);
		if (state.custodian < 0)
			_exit(3);
	}
	while (state.socket >= 0 || state.custodian >= 0) {
		struct pollfd waited[2] = {
			{.fd = state.custodian, .events = POLLIN},
			{.fd = state.socket, .events = POLLIN},
		};
		int count = poll(waited, ARRAY_SIZE(waited), urge(&state));

		if (count < 0 && errno != EINTR)
			_exit(3);
		if (count <= 0)
			continue;
		if (waited[0].revents != 0)
			recover(&state);
		if (waited[1].revents != 0)
			take_request(&state);
	}
	_exit(state.problem.code == ERR_NONE ? 0 : 5);
}
