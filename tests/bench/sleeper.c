/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sleeper - how late this machine wakes a thread that sleeps until a moment: what no program that
 * waits can be better than.
 *
 *     sleeper COUNT INTERVAL_US      prints the lateness of each wake-up, in microseconds
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
	int64_t interval_ns = argc == 3 ? strtol(argv[2], NULL, 10) * 1000 : 0;
	int64_t due_ns = now_ns();

	if (count <= 0 || interval_ns <= 0) {
		fputs("usage: sleeper COUNT INTERVAL_US\n", stderr);
		return 2;
	}
	for (long i = 0; i < count; i++) {
		struct timespec due;

		due_ns += interval_ns;
		due = (struct timespec){
			.tv_sec = due_ns / 1000000000, .tv_nsec = due_ns % 1000000000};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
		printf("%.3f\n", (double)(now_ns() - due_ns) / 1000);
	}
	return 0;
}
