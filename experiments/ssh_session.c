/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/ssh_session.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiments/aim_text.h"
#include "experiments/ssh_socket.h"
#include "reports/mem.h"

/* Nobody starts perturb from deeper. */
#define ANCESTORS_MAX 64

/* As much of an environment as is looked at. */
#define ENVIRONMENT_MAX ((size_t)1024 * 1024)

static const char variable[] = "SSH_CONNECTION=";

bool ssh_session_parse(const char *text, struct ssh_session *ret_session)
{
	char client[64];
	char server[64];
	unsigned int client_port;
	unsigned int server_port;
	struct ssh_session session = {.client_port = 0};
	struct err ignored;

	if (sscanf(text, "%63s %5u %63s %5u", client, &client_port, server, &server_port) != 4 ||
		client_port == 0 || client_port > UINT16_MAX || server_port == 0 ||
		server_port > UINT16_MAX || network_parse(client, &session.client, &ignored) < 0 ||
		network_parse(server, &session.server, &ignored) < 0)
		return false;
	session.client_port = (uint16_t)client_port;
	session.server_port = (uint16_t)server_port;
	*ret_session = session;
	return true;
}

/* The start of a file of /proc, terminated; its length. */
static size_t read_start(pid_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	size_t used = 0;
	ssize_t got = 1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && got > 0 && used < size - 1) {
		got = read(fd, buffer + used, size - 1 - used);
		if (got > 0)
			used += (size_t)got;
	}
	if (fd >= 0)
		close(fd);
	buffer[used] = '\0';
	return used;
}

/* The parent, from the fourth field of stat: the second may have anything in it. */
static pid_t parent_of(pid_t pid)
{
	char stat[512];
	const char *end;
	int parent = 0;

	read_start(pid, "stat", stat, sizeof(stat));
	end = strrchr(stat, ')');
	if (end == NULL || sscanf(end, ") %*c %d", &parent) != 1)
		return 0;
	return (pid_t)parent;
}

static bool find_in_environment(pid_t pid, char *buffer, struct ssh_session *ret_session)
{
	const size_t length = read_start(pid, "environ", buffer, ENVIRONMENT_MAX);

	for (size_t at = 0; at < length; at += strlen(buffer + at) + 1)
		if (strncmp(buffer + at, variable, sizeof(variable) - 1) == 0)
			return ssh_session_parse(buffer + at + sizeof(variable) - 1, ret_session);
	return false;
}

bool ssh_session_find(struct ssh_session *ret_session)
{
	const char *own = getenv("SSH_CONNECTION");
	cleanup_free char *buffer = NULL;
	pid_t pid = getppid();

	if (own != NULL)
		return ssh_session_parse(own, ret_session);
	buffer = xcalloc(1, ENVIRONMENT_MAX);
	for (int i = 0; i < ANCESTORS_MAX && pid > 0; i++, pid = parent_of(pid))
		if (find_in_environment(pid, buffer, ret_session) ||
			ssh_socket_find(pid, ret_session))
			return true;
	return false;
}
