/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo - the quickstart experiment on services that come with perturb. It is run by "perturb run"
 * itself, in a process of its own, as a reader would run it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/demo_network.h"
#include "cli/demo_services.h"
#include "cli/message.h"
#include "cli/runner.h"
#include "reports/mem.h"

#define EXPERIMENT "/run/quickstart.yaml"

static const char quickstart[] =
#include "cli/quickstart.inc"
	;

static const char picture[] =
	"A small shop, each service in a network namespace of its own. Nothing outside of them is\n"
	"touched, and they are gone when the demo ends.\n"
	"\n"
	"    probes --> gateway 10.77.0.1 --+--> users  10.77.0.2  (will be slow)\n"
	"                                   +--> orders 10.77.0.3\n"
	"\n"
	"The experiment:\n"
	"\n";

static const char next_steps[] =
	"\n"
	"Next:\n"
	"    perturb demo --out DIR           keep the report somewhere else\n"
	"    perturb targets                  what can be targeted on this machine\n"
	"    perturb faults                   what can be broken, and how\n"
	"    man perturb-experiment           how to write an experiment of your own\n";

static int write_experiment(struct err *err)
{
	cleanup_fclose FILE *file = fopen(EXPERIMENT, "we");

	/* Everybody may read it: under sudo, it is read as the user. */
	if (file == NULL || fputs(quickstart, file) == EOF || fflush(file) != 0 ||
		fchmod(fileno(file), 0644) < 0)
		return err_set(err, ERR_SYSTEM, errno, "write %s", EXPERIMENT);
	return 0;
}

static void print_introduction(void)
{
	const char *line = quickstart;

	fputs(picture, stdout);
	while (*line != '\0') {
		size_t length = strcspn(line, "\n");

		printf("    %.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
	fputs("\n$ perturb run quickstart.yaml\n\n", stdout);
	fflush(stdout);
}

/* "run FILE" and what was given to demo; the array is the caller's. */
static char **run_arguments(const struct invocation *invocation)
{
	char **arguments = xcalloc(2 * invocation->given_count + 4, sizeof(*arguments));
	size_t count = 0;

	arguments[count++] = xstrdup("perturb");
	arguments[count++] = xstrdup("run");
	arguments[count++] = xstrdup(EXPERIMENT);
	for (size_t i = 0; i < invocation->given_count; i++) {
		const struct cli_given *given = &invocation->given[i];

		arguments[count++] =
			given->value != NULL
				? xasprintf("--%s=%s", given->option->name, given->value)
				: xasprintf("--%s", given->option->name);
	}
	return arguments;
}

static void free_arguments(char **arguments)
{
	for (char **argument = arguments; *argument != NULL; argument++)
		free(*argument);
	free(arguments);
}

/* The exit status of a run that was started as pid, once it ends. Signals are left to it: from a
 * terminal it has them anyway, others are passed on. */
static int await_run(pid_t pid, const sigset_t *signals)
{
	int status;

	for (;;) {
		siginfo_t info;
		int number = sigwaitinfo(signals, &info);

		if ((number == SIGINT || number == SIGTERM) && info.si_code != SI_KERNEL)
			kill(pid, number);
		if (number == SIGCHLD && waitpid(pid, &status, WNOHANG) == pid)
			break;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}

static int run_experiment(const struct invocation *invocation)
{
	char **arguments = run_arguments(invocation);
	sigset_t signals;
	sigset_t before;
	pid_t parent = getpid();
	pid_t pid;
	int status = 3;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, &before);
	pid = fork();
	if (pid == 0) {
		/* It outlives the demo only long enough to put everything back. */
		if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
			_exit(3);
		sigprocmask(SIG_SETMASK, &before, NULL);
		execv("/proc/self/exe", arguments);
		_exit(3);
	}
	if (pid > 0)
		status = await_run(pid, &signals);
	else
		perror("perturb: fork");
	sigprocmask(SIG_SETMASK, &before, NULL);
	free_arguments(arguments);
	return status;
}

static const struct demo_service services[] = {
	{"users", "10.77.0.2", {NULL}},
	{"orders", "10.77.0.3", {NULL}},
	{"gateway", "10.77.0.1", {"http://10.77.0.2:8080/", "http://10.77.0.3:8080/"}},
};

static int prepare(struct demo_processes *processes, struct err *err)
{
	if (geteuid() != 0)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"the demo makes network namespaces and therefore needs root: sudo perturb "
			"demo");
	if (demo_services_find(processes, err) < 0)
		return -1;
	if (demo_network_enter("10.77.0.254/24", err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		cleanup_free char *address = xasprintf("%s/24", services[i].address);

		if (demo_network_add(services[i].name, address, err) < 0 ||
			demo_services_start(processes, &services[i], err) < 0)
			return -1;
	}
	return write_experiment(err);
}

static int run(const struct invocation *invocation)
{
	struct demo_processes processes = {0};
	struct err err = {0};
	int status;

	/* What the run would say later is said before anything is started. */
	if (runner_protect(invocation) < 0)
		return 3;
	if (prepare(&processes, &err) < 0) {
		status = message_error(&err);
	} else {
		bool quiet = invocation_has(invocation, "quiet");

		if (!quiet)
			print_introduction();
		status = run_experiment(invocation);
		if (!quiet && status == 0)
			fputs(next_steps, stdout);
	}
	demo_services_stop(&processes);
	return status;
}

static const struct cli_option options_table[] = {
	{"out", "DIR", "directory for the report (default: the current one)", false},
	{"seed", "N", "repeat the random choices of an earlier run", false},
	{"engine", "auto|netem|relay", "what carries network faults out", false},
	{"quiet", NULL, "say nothing but errors", false},
	{"no-color", NULL, "no colors, whatever the terminal can do", false},
	{NULL, NULL, NULL, false},
};

const struct command command_demo = {
	.name = "demo",
	.summary = "run the quickstart experiment on built-in services",
	.arguments = "",
	.details =
		"Starts a gateway and the two services that it calls, each in a network namespace\n"
		"of its own, makes one of them slow, and shows what that does to the gateway.\n"
		"Takes about 15 seconds, needs root but no container runtime, and touches nothing\n"
		"outside of those namespaces.",
	.minimum_arguments = 0,
	.maximum_arguments = 0,
	.options = options_table,
	.needs = NEEDS_TO_KEEP,
	.run = run,
};
