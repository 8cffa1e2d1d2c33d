/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/mem.h"

/* PF_KTHREAD of the kernel's include/linux/sched.h, in the flags of /proc/PID/stat. */
#define FLAG_KERNEL_THREAD 0x00200000U

/* Deeper families are cut off. */
#define GENERATIONS_MAX 64

/* Reads a small file of /proc/PID; returns the length or -1. */
static ssize_t read_file(pid_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	cleanup_close int fd = -1;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	do {
		length = read(fd, buffer, size - 1);
	} while (length < 0 && errno == EINTR);
	if (length >= 0)
		buffer[length] = '\0';
	return length;
}

int proc_stat(pid_t pid, struct proc_stat *ret_stat, struct err *err)
{
	char text[1024];
	struct proc_stat stat = {0};
	unsigned int flags;
	const char *open;
	const char *close;
	int parent;

	if (read_file(pid, "stat", text, sizeof(text)) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno == ESRCH ? ENOENT : errno,
			"no process %d", (int)pid);
	/* The command may hold anything, also ") (": the last parenthesis ends it. */
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (open == NULL || close == NULL || close < open ||
		sscanf(close + 1,
			" %c %d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d "
			"%" SCNu64,
			&stat.state, &parent, &flags, &stat.start_time) != 4)
		return err_set(err, ERR_SYSTEM, 0, "cannot understand /proc/%d/stat", (int)pid);
	snprintf(stat.comm, sizeof(stat.comm), "%.*s", (int)(close - open - 1), open + 1);
	stat.parent = parent;
	stat.kernel_thread = (flags & FLAG_KERNEL_THREAD) != 0;
	*ret_stat = stat;
	return 0;
}

int proc_start_time(pid_t pid, uint64_t *ret_start_time, struct err *err)
{
	struct proc_stat stat;

	if (proc_stat(pid, &stat, err) < 0)
		return -1;
	*ret_start_time = stat.start_time;
	return 0;
}

int proc_netns(pid_t pid, uint64_t *ret_device, uint64_t *ret_inode, struct err *err)
{
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (stat(path, &status) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno,
			"cannot see the network namespace of process %d", (int)pid);
	*ret_device = status.st_dev;
	*ret_inode = status.st_ino;
	return 0;
}

bool proc_is_perturb(pid_t pid)
{
	struct stat own;
	struct stat other;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return stat("/proc/self/exe", &own) == 0 && stat(path, &other) == 0 &&
	       own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

bool proc_alive(pid_t pid, uint64_t start_time)
{
	struct proc_stat stat;

	return proc_stat(pid, &stat, NULL) == 0 && stat.start_time == start_time &&
	       stat.state != 'Z' && stat.state != 'X';
}

bool proc_is_nested(pid_t pid)
{
	char text[4096];
	const char *line;
	int count = 0;

	/* One number for each namespace that it has a pid in (proc(5)). */
	if (read_file(pid, "status", text, sizeof(text)) < 0)
		return false;
	line = strstr(text, "\nNSpid:");
	if (line == NULL)
		return false;
	for (line++; *line != '\0' && *line != '\n'; line++)
		count += isdigit((unsigned char)line[0]) != 0 &&
			 isdigit((unsigned char)line[-1]) == 0;
	return count > 1;
}

bool proc_descends(pid_t pid, pid_t ancestor)
{
	struct proc_stat stat;

	for (int i = 0; i < GENERATIONS_MAX && pid > 0; i++) {
		if (pid == ancestor)
			return true;
		if (proc_stat(pid, &stat, NULL) < 0)
			return false;
		pid = stat.parent;
	}
	return false;
}

int proc_executable(pid_t pid, char *name, size_t size)
{
	static const char deleted[] = " (deleted)";
	char path[64];
	char target[PATH_MAX];
	const char *slash;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return -1;
	target[length] = '\0';
	if (length > (ssize_t)strlen(deleted) &&
		strcmp(target + length - strlen(deleted), deleted) == 0)
		target[length - (ssize_t)strlen(deleted)] = '\0';
	slash = strrchr(target, '/');
	snprintf(name, size, "%s", slash != NULL ? slash + 1 : target);
	return 0;
}

void proc_command(pid_t pid, struct proc_command *ret_command)
{
	struct proc_command *command = ret_command;
	struct proc_stat stat;
	const char *slash;
	ssize_t length;

	memset(command, 0, sizeof(*command));
	if (proc_stat(pid, &stat, NULL) == 0)
		memcpy(command->name, stat.comm, sizeof(command->name));
	/* A kernel thread or a zombie has no arguments. */
	length = read_file(pid, "cmdline", command->line, sizeof(command->line));
	if (length <= 0) {
		command->line[0] = '\0';
		return;
	}
	slash = strrchr(command->line, '/'); /* the first argument ends at its NUL */
	snprintf(command->program, sizeof(command->program), "%.*s",
		(int)sizeof(command->program) - 1, slash != NULL ? slash + 1 : command->line);
	/* Arguments end with NUL bytes, the last one too. */
	for (ssize_t i = 0; i + 1 < length; i++)
		if (command->line[i] == '\0')
			command->line[i] = ' ';
}

bool proc_command_matches(pid_t pid, const char *pattern)
{
	struct proc_command command;

	proc_command(pid, &command);
	return fnmatch(pattern, command.name, 0) == 0 ||
	       (command.line[0] != '\0' && (fnmatch(pattern, command.program, 0) == 0 ||
						   fnmatch(pattern, command.line, 0) == 0));
}

int proc_each(bool (*function)(pid_t pid, void *data), void *data, struct err *err)
{
	DIR *directory = opendir("/proc");
	const struct dirent *entry;
	bool more = true;

	if (directory == NULL)
		return err_set(err, ERR_SYSTEM, errno, "cannot read /proc");
	while (more && (entry = readdir(directory)) != NULL) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		if (*end == '\0' && pid > 0 && pid <= INT_MAX)
			more = function((pid_t)pid, data);
	}
	closedir(directory);
	return 0;
}

/* "socket:[4711]" */
static bool is_socket(int directory, const char *name, uint32_t *ret_inode)
{
	char link[64];
	ssize_t length = readlinkat(directory, name, link, sizeof(link) - 1);
	unsigned int inode;

	if (length <= 0)
		return false;
	link[length] = '\0';
	if (sscanf(link, "socket:[%u]", &inode) != 1)
		return false;
	*ret_inode = inode;
	return true;
}

int proc_each_socket(
	pid_t pid, int (*function)(uint32_t inode, void *data), void *data, struct err *err)
{
	const struct dirent *entry;
	char path[64];
	DIR *directory;
	int result = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	directory = opendir(path);
	if (directory == NULL)
		return err_set(
			err, ERR_SYSTEM, errno, "cannot see the sockets of process %d", (int)pid);
	errno = 0;
	while (result == 0 && (entry = readdir(directory)) != NULL) {
		uint32_t inode;

		if (is_socket(dirfd(directory), entry->d_name, &inode) && function(inode, data) < 0)
			result =
				err_set(err, ERR_SYSTEM, ENOMEM, "sockets of process %d", (int)pid);
	}
	closedir(directory);
	return result;
}
