/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc - what /proc says about a process. A process is known by its pid and its start time: a pid
 * alone may be another process's a moment later.
 */
#ifndef FAULTS_PROC_H
#define FAULTS_PROC_H

#include <stdbool.h>
#include <stddef.h>
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

/* Is the process, as far as can be told, in a pid namespace below the one that /proc shows? */
bool proc_is_nested(pid_t pid);

/* Is ancestor the process itself, its parent, and so on? */
bool proc_descends(pid_t pid, pid_t ancestor);

/* The file name of its executable, also of one that has been replaced since. */
int proc_executable(pid_t pid, char *name, size_t size);

/* Does it execute the same file as this process? */
bool proc_is_perturb(pid_t pid);

/* The names under which a process can be meant; "" where there is none. */
struct proc_command {
	char name[PROC_COMM_MAX]; /* comm: what ps and pkill show, 15 characters at most */
	char program[256];	  /* the file name of its first argument */
	char line[4096];	  /* its arguments, separated by spaces; cut if it is longer */
};

void proc_command(pid_t pid, struct proc_command *ret_command);

/* Does a glob (fnmatch(3)) match one of the three? */
bool proc_command_matches(pid_t pid, const char *pattern);

/* Calls function for every socket that the process has open, by its inode, until it returns -1. -1
 * also when they cannot be listed; sys is ENOENT or ESRCH when the process is gone. */
int proc_each_socket(
	pid_t pid, int (*function)(uint32_t inode, void *data), void *data, struct err *err);

/* Calls function for every process, until it returns false. */
int proc_each(bool (*function)(pid_t pid, void *data), void *data, struct err *err);

#endif
