/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/targets/engine_processes.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "experiments/targets/docker_api.h"
#include "reports/mem.h"

/* Who listens there: whoever called listen(2), see unix(7). 0: nobody that can be seen from here.
 */
static pid_t listener(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred peer = {0};
	socklen_t length = sizeof(peer);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return 0;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		return 0;
	return peer.pid;
}

/* The standby can see where a process with privileges is. */
static void protect(struct standby *standby, struct protection *protection, pid_t pid)
{
	struct instance engine = {.kind = INSTANCE_PROCESS, .pid = pid};

	(void)standby_inspect(standby, &engine, true, NULL);
	protection_add_engine(protection, pid, engine.netns_device, engine.netns_inode);
	instance_release(&engine);
}

void engine_processes_protect(struct standby *standby, struct protection *protection)
{
	static const char scheme[] = "unix://";
	struct docker_endpoint endpoints[DOCKER_ENDPOINTS_MAX];
	size_t count = docker_endpoints(NULL, endpoints);

	for (size_t i = 0; i < count; i++) {
		pid_t pid;

		if (strncmp(endpoints[i].address, scheme, strlen(scheme)) != 0)
			continue;
		pid = listener(endpoints[i].address + strlen(scheme));
		if (pid > 0)
			protect(standby, protection, pid);
	}
}
