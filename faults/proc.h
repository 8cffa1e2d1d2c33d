/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc - what /proc says about a process. A process is known by its pid and its start time: a pid
 * alone may be another process's a moment later.
 */
#ifndef FAULTS_PROC_H
#define FAULTS_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "reports/err.h"

#define PROC_COMM_MAX 64

struct proc_stat {
	char comm[PROC_COMM_MAX];
	char state; /* R, S, D, T, Z, … */
	pid_t parent;
	uint64_t start_time; /* clock ticks since boot */
	bool kernel_thread;
};

/* Reads /proc/PID/stat (proc(5)). ERR_UNAVAILABLE with sys ENOENT when there is no such process. */
int proc_stat(pid_t pid, struct proc_stat *ret_stat, struct err *err);

int proc_start_time(pid_t pid, uint64_t *ret_start_time, struct err *err);

/* The network namespace of a process, as stat(2) sees /proc/PID/ns/net. */
int proc_netns(pid_t pid, uint64_t *ret_device, uint64_t *ret_inode, struct err *err);

/* Is it still the same process, and not a zombie? */
bool proc_alive(pid_t pid, uint64_t start_time);

/* The command line, arguments separated by spaces; "" for a kernel thread or a zombie. Cut to
 * size. */
void proc_command_line(pid_t pid, char *buffer, size_t size);

/* Does a glob (fnmatch(3)) match the command's name, the file name of its first argument or its
 * whole command line? */
bool proc_command_matches(pid_t pid, const char *pattern);

#endif
