/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_services.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/demo_network.h"
#include "cli/paths.h"
#include "reports/mem.h"

#define PROGRAM	       "perturb-demo-services"
#define PORT	       "8080"
#define READY_LIMIT_MS 10000

/* Beside perturb itself, as in a build tree, or where it was installed. */
int demo_services_find(struct demo_processes *processes, struct err *err)
{
	char *path = processes->program;
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof(PROGRAM));

	if (length > 0) {
		char *slash = memrchr(path, '/', (size_t)length);

		if (slash != NULL) {
			memcpy(slash + 1, PROGRAM, sizeof(PROGRAM));
			if (access(path, X_OK) == 0)
				return 0;
		}
	}
	if (snprintf(path, PATH_MAX, "%s/%s", LIBEXEC_DIRECTORY, PROGRAM) < PATH_MAX &&
		access(path, X_OK) == 0)
		return 0;
	return err_set(err, ERR_UNAVAILABLE, 0,
		"the demo's services are not installed: no %s in %s", PROGRAM, LIBEXEC_DIRECTORY);
}

/* In the child: becomes the service. */
static int become_service(const char *program, const struct demo_service *service, pid_t parent,
	int ready, struct err *err)
{
	/* In this order: the parent may have died in between. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		return err_set(err, ERR_SYSTEM, errno, "%s", service->name);
	if (demo_network_join(service->name, err) < 0)
		return -1;
	if (dup2(ready, STDOUT_FILENO) < 0)
		return err_set(err, ERR_SYSTEM, errno, "%s", service->name);
	execl(program, PROGRAM, service->name, service->address, PORT, service->upstream[0],
		service->upstream[1], (char *)NULL);
	return err_set(err, ERR_SYSTEM, errno, "start %s", program);
}

/* The service says a word when it listens; the pipe's end without one means that it died. */
static int await_ready(int fd, const char *name, struct err *err)
{
	struct pollfd waiting = {.fd = fd, .events = POLLIN};
	char word[16];

	if (poll(&waiting, 1, READY_LIMIT_MS) != 1)
		return err_set(err, ERR_SYSTEM, ETIMEDOUT, "the demo's %s service", name);
	if (read(fd, word, sizeof(word)) <= 0)
		return err_set(err, ERR_SYSTEM, 0, "the demo's %s service did not start", name);
	return 0;
}

int demo_services_start(
	struct demo_processes *processes, const struct demo_service *service, struct err *err)
{
	cleanup_close int ready = -1;
	pid_t parent = getpid();
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_set(err, ERR_SYSTEM, errno, "pipe");
	ready = pipe_fds[0];
	pid = fork();
	if (pid == 0) {
		become_service(processes->program, service, parent, pipe_fds[1], err);
		fprintf(stderr, "perturb: %s\n", err->message);
		_exit(3);
	}
	close(pipe_fds[1]);
	if (pid < 0)
		return err_set(err, ERR_SYSTEM, errno, "fork");
	processes->pids[processes->count++] = pid;
	return await_ready(ready, service->name, err);
}

void demo_services_stop(struct demo_processes *processes)
{
	for (size_t i = 0; i < processes->count; i++)
		kill(processes->pids[i], SIGKILL);
	for (size_t i = 0; i < processes->count; i++)
		while (waitpid(processes->pids[i], NULL, 0) < 0 && errno == EINTR)
			;
	processes->count = 0;
}
