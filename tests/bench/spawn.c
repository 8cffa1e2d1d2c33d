/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn COUNT COMMAND [ARGUMENT…] - starts a command so many times, one after the other, and prints
 * the median of the times from start to end in microseconds. Its output is thrown away.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const int64_t *first = a;
	const int64_t *second = b;

	return (*first > *second) - (*first < *second);
}

/* Nanoseconds, or -1 when the command could not be started or failed. */
static int64_t run_once(char **arguments, const posix_spawn_file_actions_t *actions)
{
	int64_t begin = now_ns();
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, arguments[0], actions, NULL, arguments, environ) != 0 ||
		waitpid(pid, &status, 0) != pid || status != 0)
		return -1;
	return now_ns() - begin;
}

int main(int argc, char **argv)
{
	size_t count = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	posix_spawn_file_actions_t actions;
	int64_t *times;
	int64_t median;

	if (count == 0 || posix_spawn_file_actions_init(&actions) != 0 ||
		posix_spawn_file_actions_addopen(
			&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0) {
		fputs("usage: spawn COUNT COMMAND [ARGUMENT…]\n", stderr);
		return 2;
	}
	times = calloc(count, sizeof(*times));
	if (times == NULL)
		return 1;
	for (size_t i = 0; i < count; i++) {
		times[i] = run_once(argv + 2, &actions);
		if (times[i] < 0) {
			fprintf(stderr, "spawn: %s failed\n", argv[2]);
			free(times);
			return 1;
		}
	}
	qsort(times, count, sizeof(*times), compare);
	median = times[count / 2];
	free(times);
	posix_spawn_file_actions_destroy(&actions);
	printf("%.1f\n", (double)median / 1000);
	return 0;
}
