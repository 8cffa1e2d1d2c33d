/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/exec_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reports/mem.h"

#define PATIENCE_NS INT64_C(3000000000)
#define READ_SIZE   ((size_t)16 * 1024)

struct exec_process {
	struct exec_processes *all;
	struct exec_process *previous;
	struct exec_process *next;
	struct exec_watcher *watcher; /* NULL: it has ended, or is being ended */
	int keeper;		      /* pidfd */
	int control;		      /* closed to end it */
	int report;
	int output;
	char *text;
	size_t length; /* above EXEC_OUTPUT_MAX: it was too much */
};

static void close_watched(struct exec_process *process, int *fd)
{
	if (*fd < 0)
		return;
	loop_forget(process->all->loop, *fd);
	close(steal_fd(fd));
}

/* Its keeper ends it, if it has not ended, and whatever it left. */
static void let_go(struct exec_process *process)
{
	process->watcher = NULL;
	close_watched(process, &process->output);
	close_watched(process, &process->report);
	if (process->control >= 0)
		close(steal_fd(&process->control));
	free(steal_pointer(&process->text));
}

static void process_free(struct exec_process *process)
{
	if (process->previous != NULL)
		process->previous->next = process->next;
	else
		process->all->first = process->next;
	if (process->next != NULL)
		process->next->previous = process->previous;
	let_go(process);
	close_watched(process, &process->keeper);
	free(process);
}

static void end(struct exec_process *process, const struct exec_report *report)
{
	struct exec_watcher *watcher = process->watcher;
	cleanup_free char *text = steal_pointer(&process->text);
	const size_t length = process->length;

	let_go(process);
	watcher->ended(watcher, report, text != NULL ? text : "", length);
}

/* False: there is nothing to be read now, or no room for it. */
static bool read_some(struct exec_process *process, bool *ret_over)
{
	ssize_t got;

	if (process->text == NULL)
		process->text = xcalloc(1, EXEC_OUTPUT_MAX + 1);
	got = read(process->output, process->text + process->length,
		EXEC_OUTPUT_MAX + 1 - process->length);
	*ret_over = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
	if (got <= 0)
		return false;
	if (process->length == 0)
		process->watcher->began(process->watcher);
	process->length += (size_t)got;
	return process->length <= EXEC_OUTPUT_MAX;
}

static void on_output(void *data, uint32_t events)
{
	struct exec_process *process = data;
	bool over;

	(void)events;
	(void)read_some(process, &over);
	if (process->length > EXEC_OUTPUT_MAX)
		end(process, NULL);
	else if (over)
		close_watched(process, &process->output);
}

/* What the program wrote before its end is in the pipe by now; what its children may still write is
 * not waited for. */
static void on_report(void *data, uint32_t events)
{
	struct exec_process *process = data;
	struct exec_report report;
	const ssize_t got = read(process->report, &report, sizeof(report));
	bool over;

	(void)events;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	while (process->output >= 0 && process->length <= EXEC_OUTPUT_MAX &&
		read_some(process, &over))
		;
	end(process, got == (ssize_t)sizeof(report) && process->length <= EXEC_OUTPUT_MAX ? &report
											  : NULL);
}

/* Only this one: the custodian and others are children of this process, too. */
static void reap(const struct exec_process *process)
{
	siginfo_t ended;

	while (waitid(P_PIDFD, (id_t)process->keeper, &ended, WEXITED | WNOHANG) < 0 &&
		errno == EINTR)
		;
}

static void on_keeper(void *data, uint32_t events)
{
	struct exec_process *process = data;

	(void)events;
	reap(process);
	/* A report may be waiting that nobody has seen yet. */
	if (process->watcher != NULL)
		on_report(process, EPOLLIN);
	if (process->watcher != NULL)
		end(process, NULL);
	process_free(process);
}

struct channels {
	int output[2];
	int control[2];
	int report[2];
};

static void close_pair(const int *pair)
{
	for (int i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
}

static bool open_channels(struct channels *channels)
{
	*channels = (struct channels){{-1, -1}, {-1, -1}, {-1, -1}};
	return pipe2(channels->output, O_CLOEXEC) == 0 &&
	       pipe2(channels->control, O_CLOEXEC) == 0 &&
	       pipe2(channels->report, O_CLOEXEC) == 0 &&
	       fcntl(channels->output[0], F_SETFL, O_NONBLOCK) == 0 &&
	       fcntl(channels->report[0], F_SETFL, O_NONBLOCK) == 0;
}

/* Only what was taken over is out of the pairs. */
static void close_channels(const struct channels *channels)
{
	close_pair(channels->output);
	close_pair(channels->control);
	close_pair(channels->report);
}

static int fork_keeper(const struct exec_program *program, struct channels *channels)
{
	const pid_t pid = fork();
	int keeper;

	if (pid == 0)
		exec_keep(program, channels->output[1], channels->control[0], channels->report[1]);
	if (pid < 0)
		return -1;
	keeper = (int)syscall(SYS_pidfd_open, pid, 0);
	if (keeper < 0) {
		/* It ends by itself: nobody holds its control. */
		close(steal_fd(&channels->control[1]));
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return keeper;
}

static bool watch(struct exec_process *process)
{
	struct loop *loop = process->all->loop;

	return loop_watch(loop, process->output, EPOLLIN, on_output, process, NULL) == 0 &&
	       loop_watch(loop, process->report, EPOLLIN, on_report, process, NULL) == 0 &&
	       loop_watch(loop, process->keeper, EPOLLIN, on_keeper, process, NULL) == 0;
}

static struct exec_process *process_new(
	struct exec_processes *processes, struct channels *channels, int keeper)
{
	struct exec_process *process = xcalloc(1, sizeof(*process));

	process->all = processes;
	process->next = processes->first;
	if (process->next != NULL)
		process->next->previous = process;
	processes->first = process;
	process->keeper = keeper;
	process->output = steal_fd(&channels->output[0]);
	process->report = steal_fd(&channels->report[0]);
	process->control = steal_fd(&channels->control[1]);
	return process;
}

struct exec_process *exec_process_start(struct exec_processes *processes,
	const struct exec_program *program, struct exec_watcher *watcher)
{
	struct exec_process *process = NULL;
	struct channels channels;
	int keeper = -1;

	if (open_channels(&channels))
		keeper = fork_keeper(program, &channels);
	if (keeper >= 0)
		process = process_new(processes, &channels, keeper);
	close_channels(&channels);
	if (process == NULL)
		return NULL;
	process->watcher = watcher;
	if (watch(process))
		return process;
	let_go(process); /* exec_processes_end waits for it */
	return NULL;
}

void exec_process_stop(struct exec_process *process)
{
	let_go(process);
}

/* Not for ever: what is stuck in the kernel is left to its keeper. */
static void await_keeper(const struct exec_process *process, int64_t end_ns)
{
	struct pollfd waited = {.fd = process->keeper, .events = POLLIN};
	int64_t left_ms;

	do {
		left_ms = (end_ns - clock_now()) / 1000000;
	} while (poll(&waited, 1, left_ms > 0 ? (int)left_ms : 0) < 0 && errno == EINTR);
	reap(process);
}

void exec_processes_end(struct exec_processes *processes)
{
	const int64_t end_ns = clock_now() + PATIENCE_NS;
	struct exec_process *next;

	for (struct exec_process *process = processes->first; process != NULL; process = next) {
		next = process->next;
		let_go(process);
		await_keeper(process, end_ns);
		process_free(process);
	}
}
