/* SPDX-License-Identifier: Apache-2.0 */
/* The main process's side. */
#include "faults/standby.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults/stand_alone.h"
#include "faults/standby_wire.h"
#include "faults/wire.h"
#include "reports/mem.h"

/* A look takes microseconds; recovery has its own patience, which is shorter. */
#define ANSWER_TIMEOUT_S 10

struct standby {
	int socket;
	pid_t pid;
	bool abandoned;
};

int standby_start(pid_t custodian, struct standby **ret_standby, struct err *err)
{
	const struct timeval patience = {.tv_sec = ANSWER_TIMEOUT_S};
	struct standby *standby = xcalloc(1, sizeof(*standby));
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		free(standby);
		return err_set(err, ERR_SYSTEM, errno, "cannot make a socket pair");
	}
	standby->socket = pair[0];
	standby->pid = fork();
	if (standby->pid == 0) {
		close(pair[0]);
		standby_main(pair[1], custodian);
	}
	close(pair[1]);
	if (standby->pid < 0 || setsockopt(standby->socket, SOL_SOCKET, SO_RCVTIMEO, &patience,
					sizeof(patience)) < 0) {
		err_set(err, ERR_SYSTEM, errno, "cannot start the standby");
		if (standby->pid > 0) {
			standby_free(standby);
		} else {
			close(pair[0]);
			free(standby);
		}
		return -1;
	}
	*ret_standby = standby;
	return 0;
}

static int receive(const struct standby *standby, struct standby_reply *ret_reply, struct err *err)
{
	ssize_t got = wire_receive(standby->socket, ret_reply, sizeof(*ret_reply), 0);

	if (got == (ssize_t)sizeof(*ret_reply))
		return 0;
	return err_set(err, ERR_SYSTEM, 0, "the standby process %s",
		got < 0 ? "does not answer" : "is gone");
}

static int ask(
	const struct standby *standby, const struct standby_request *request, struct err *err)
{
	if (wire_send(standby->socket, request, sizeof(*request), 0) != (ssize_t)sizeof(*request))
		return err_set(err, ERR_SYSTEM, errno, "cannot reach the standby process");
	return 0;
}

static int result_of(const struct standby_reply *reply, struct err *err)
{
	if (reply->err.code == ERR_NONE)
		return 0;
	if (err != NULL)
		*err = reply->err;
	return -1;
}

int standby_begin(struct standby *standby, const char *run_id, struct err *err)
{
	struct standby_request request;
	struct standby_reply reply;

	memset(&request, 0, sizeof(request));
	request.question = STANDBY_BEGIN;
	snprintf(request.run_id, sizeof(request.run_id), "%s", run_id);
	if (ask(standby, &request, err) < 0 || receive(standby, &reply, err) < 0)
		return -1;
	return result_of(&reply, err);
}

static void add_interface(struct instance *instance, const struct interface *seen)
{
	instance->interfaces = xgrow(
		instance->interfaces, instance->interface_count, sizeof(*instance->interfaces));
	instance->interfaces[instance->interface_count++] = *seen;
}

static void note_root(struct instance *instance, const struct standby_reply *reply)
{
	for (size_t i = 0; i < instance->interface_count; i++)
		if (instance->interfaces[i].index == reply->interface_index)
			instance->interfaces[i].root_configured = true;
}

static void note_filters(struct instance *instance, const struct standby_reply *reply)
{
	for (size_t i = 0; i < instance->interface_count; i++)
		if (instance->interfaces[i].index == reply->interface_index)
			memcpy(instance->interfaces[i].filtered, reply->filtered,
				sizeof(reply->filtered));
}

static void add_address(struct instance *instance, const struct standby_reply *reply)
{
	for (size_t i = 0; i < instance->interface_count; i++) {
		struct interface *interface = &instance->interfaces[i];

		if (interface->index != reply->interface_index)
			continue;
		interface->addresses = xgrow(interface->addresses, interface->address_count,
			sizeof(*interface->addresses));
		interface->addresses[interface->address_count++] = xstrdup(reply->address);
	}
}

static int take_identity(
	struct instance *instance, const struct standby_reply *reply, struct err *err)
{
	if (instance->pid != 0 && instance->start_time != 0 &&
		instance->start_time != reply->start_time)
		return err_set(err, ERR_UNAVAILABLE, ENOENT, "process %d", (int)instance->pid);
	if (instance->pid != 0) {
		instance->start_time = reply->start_time;
		instance->is_perturb = reply->is_perturb;
		snprintf(instance->netns_path, sizeof(instance->netns_path), "/proc/%d/ns/net",
			(int)instance->pid);
	}
	instance->netns_device = reply->netns_device;
	instance->netns_inode = reply->netns_inode;
	return 0;
}

int standby_inspect(
	struct standby *standby, struct instance *instance, bool tolerant, struct err *err)
{
	struct standby_request request;
	struct standby_reply reply;

	memset(&request, 0, sizeof(request));
	request.question = STANDBY_INSPECT;
	request.pid = instance->pid;
	request.tolerant = tolerant;
	memcpy(request.path, instance->netns_path, sizeof(request.path));
	if (ask(standby, &request, err) < 0)
		return -1;
	for (;;) {
		if (receive(standby, &reply, err) < 0)
			return -1;
		if (reply.answer == STANDBY_DONE)
			break;
		if (reply.answer == STANDBY_INTERFACE)
			add_interface(instance, &reply.interface);
		else if (reply.answer == STANDBY_ROOT)
			note_root(instance, &reply);
		else if (reply.answer == STANDBY_FILTERS)
			note_filters(instance, &reply);
		else
			add_address(instance, &reply);
	}
	if (result_of(&reply, err) < 0)
		return -1;
	return take_identity(instance, &reply, err);
}

int standby_recovered(struct standby *standby, size_t *ret_count, struct err *err)
{
	struct standby_request request;
	struct standby_reply reply;

	*ret_count = 0;
	memset(&request, 0, sizeof(request));
	request.question = STANDBY_RECOVERED;
	if (ask(standby, &request, err) < 0 || receive(standby, &reply, err) < 0)
		return -1;
	*ret_count = reply.count;
	return result_of(&reply, err);
}

void standby_abandon(struct standby *standby)
{
	standby->abandoned = true;
}

void standby_free(struct standby *standby)
{
	if (standby == NULL)
		return;
	close(standby->socket);
	if (!standby->abandoned)
		stand_alone_reap(standby->pid);
	free(standby);
}
