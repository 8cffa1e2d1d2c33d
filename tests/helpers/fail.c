/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fail - preloaded into perturb: lets the Nth call of one class of functions fail, once or several
 * times in a row, counted over all of its processes.
 *
 *     FAIL_CLASS    memory     malloc, calloc, realloc: ENOMEM
 *                   files      open, openat, mkdir, read, write, fsync, fdatasync, flock, renaming
 *                              and removing: ENOSPC, EIO, EROFS
 *                   processes  fork, sockets, epoll and the like, setns, ioctl, kill: EAGAIN,
 *                              EMFILE, EPERM, EBUSY
 *                   messages   send and recv and their relatives: ENOBUFS
 *                   answers    a netlink request is not carried out, and the answer is ENOMEM
 *     FAIL_AT       N; 0 only counts
 *     FAIL_COUNT    how many calls fail in a row; 1 if it is not given
 *     FAIL_RECORD   a file: the number of calls (8 bytes), then what failed, as text
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RECORD_SIZE 4096

enum class {
	CLASS_NONE,
	CLASS_MEMORY,
	CLASS_FILES,
	CLASS_PROCESSES,
	CLASS_MESSAGES,
	CLASS_ANSWERS
};

/* In the file, and so common to all processes. */
struct record {
	_Atomic uint64_t calls;
	char failed[RECORD_SIZE - sizeof(uint64_t)];
};

/* The request that was not carried out, and waits for its answer. */
struct unanswered {
	bool waits;
	int fd;
	struct nlmsghdr request;
};

static struct record *record;
static enum class chosen;
static uint64_t fail_at;
static uint64_t fail_count = 1;
static struct unanswered unanswered;
static pid_t (*real_fork)(void);
static char process_name[16] = "perturb";

/* Other names in C than for the linker: those of the C library are declared already. */
#define REPLACES(name) __asm__(#name)

void *fail_malloc(size_t size) REPLACES(malloc);
void *fail_calloc(size_t count, size_t size) REPLACES(calloc);
void *fail_realloc(void *memory, size_t size) REPLACES(realloc);
int fail_open(const char *path, int flags, ...) REPLACES(open);
int fail_openat(int directory, const char *path, int flags, ...) REPLACES(openat);
int fail_mkdir(const char *path, mode_t mode) REPLACES(mkdir);
ssize_t fail_read(int fd, void *buffer, size_t length) REPLACES(read);
ssize_t fail_read_chk(int fd, void *buffer, size_t length, size_t size) REPLACES(__read_chk);
ssize_t fail_write(int fd, const void *buffer, size_t length) REPLACES(write);
int fail_fsync(int fd) REPLACES(fsync);
int fail_fdatasync(int fd) REPLACES(fdatasync);
int fail_flock(int fd, int operation) REPLACES(flock);
int fail_unlinkat(int directory, const char *path, int flags) REPLACES(unlinkat);
int fail_renameat2(int from_directory, const char *from, int to_directory, const char *to,
	unsigned int flags) REPLACES(renameat2);
pid_t fail_fork(void) REPLACES(fork);
int fail_prctl(int option, ...) REPLACES(prctl);
int fail_socket(int domain, int type, int protocol) REPLACES(socket);
int fail_socketpair(int domain, int type, int protocol, int pair[2]) REPLACES(socketpair);
int fail_pipe2(int pair[2], int flags) REPLACES(pipe2);
int fail_epoll_create1(int flags) REPLACES(epoll_create1);
int fail_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event) REPLACES(epoll_ctl);
int fail_timerfd_create(clockid_t clock, int flags) REPLACES(timerfd_create);
int fail_signalfd(int fd, const sigset_t *mask, int flags) REPLACES(signalfd);
int fail_setns(int fd, int type) REPLACES(setns);
int fail_kill(pid_t pid, int signal) REPLACES(kill);
int fail_ioctl(int fd, unsigned long request, ...) REPLACES(ioctl);
ssize_t fail_sendto(int fd, const void *buffer, size_t length, int flags, const void *address,
	socklen_t size) REPLACES(sendto);
ssize_t fail_send(int fd, const void *buffer, size_t length, int flags) REPLACES(send);
ssize_t fail_sendmsg(int fd, const struct msghdr *message, int flags) REPLACES(sendmsg);
ssize_t fail_recv(int fd, void *buffer, size_t length, int flags) REPLACES(recv);
ssize_t fail_recv_chk(int fd, void *buffer, size_t length, size_t size, int flags)
	REPLACES(__recv_chk);
ssize_t fail_recvmsg(int fd, struct msghdr *message, int flags) REPLACES(recvmsg);
int fail_sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
	REPLACES(sendmmsg);
int fail_recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
	struct timespec *timeout) REPLACES(recvmmsg);

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

__attribute__((constructor)) static void begin(void)
{
	static const char *const names[] = {
		"", "memory", "files", "processes", "messages", "answers"};
	const char *class = getenv("FAIL_CLASS");
	const char *at = getenv("FAIL_AT");
	const char *path = getenv("FAIL_RECORD");
	const char *count = getenv("FAIL_COUNT");
	void *mapped;
	int fd;

	/* ISO C knows no conversion to a function. */
	mapped = dlsym(RTLD_NEXT, "fork");
	memcpy(&real_fork, &mapped, sizeof(real_fork));
	if (class == NULL || at == NULL || path == NULL || real_fork == NULL)
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, RECORD_SIZE) < 0)
		_exit(126);
	mapped = mmap(NULL, RECORD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)syscall(SYS_close, fd);
	if (mapped == MAP_FAILED)
		_exit(126);
	fail_at = strtoull(at, NULL, 10);
	if (count != NULL)
		fail_count = strtoull(count, NULL, 10);
	for (int i = CLASS_MEMORY; i <= CLASS_ANSWERS; i++)
		if (strcmp(class, names[i]) == 0)
			chosen = (enum class)i;
	record = mapped;
}

/* Without memory, because it may be malloc that is to fail. */
static void describe(const char *function)
{
	size_t length = strlen(function);

	memcpy(record->failed, function, length);
	memcpy(record->failed + length, " of ", 4);
	memcpy(record->failed + length + 4, process_name, strlen(process_name));
}

static bool fails(enum class class, const char *function, int error)
{
	uint64_t number;

	if (record == NULL || class != chosen)
		return false;
	number = atomic_fetch_add(&record->calls, 1) + 1;
	if (fail_at == 0 || number < fail_at || number - fail_at >= fail_count)
		return false;
	describe(function);
	errno = error;
	return true;
}

/* --- memory --- */

void *fail_malloc(size_t size)
{
	return fails(CLASS_MEMORY, "malloc", ENOMEM) ? NULL : __libc_malloc(size);
}

void *fail_calloc(size_t count, size_t size)
{
	return fails(CLASS_MEMORY, "calloc", ENOMEM) ? NULL : __libc_calloc(count, size);
}

void *fail_realloc(void *memory, size_t size)
{
	return size != 0 && fails(CLASS_MEMORY, "realloc", ENOMEM) ? NULL
								   : __libc_realloc(memory, size);
}

/* --- files --- */

static mode_t mode_of(int flags, va_list arguments)
{
	return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

int fail_open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = mode_of(flags, arguments);
	va_end(arguments);
	if (fails(CLASS_FILES, "open", EIO))
		return -1;
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int fail_openat(int directory, const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = mode_of(flags, arguments);
	va_end(arguments);
	if (fails(CLASS_FILES, "openat", (flags & O_CREAT) != 0 ? EROFS : EIO))
		return -1;
	return (int)syscall(SYS_openat, directory, path, flags, mode);
}

int fail_mkdir(const char *path, mode_t mode)
{
	if (fails(CLASS_FILES, "mkdir", EROFS))
		return -1;
		/* As the C library does it: perturb allows itself no other. */
#ifdef SYS_mkdir
	return (int)syscall(SYS_mkdir, path, mode);
#else
	return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
#endif
}

ssize_t fail_read(int fd, void *buffer, size_t length)
{
	return fails(CLASS_FILES, "read", EIO) ? -1 : syscall(SYS_read, fd, buffer, length);
}

ssize_t fail_read_chk(int fd, void *buffer, size_t length, size_t size)
{
	return length > size ? -1 : fail_read(fd, buffer, length);
}

ssize_t fail_write(int fd, const void *buffer, size_t length)
{
	return fails(CLASS_FILES, "write", ENOSPC) ? -1 : syscall(SYS_write, fd, buffer, length);
}

int fail_fsync(int fd)
{
	return fails(CLASS_FILES, "fsync", EIO) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fail_fdatasync(int fd)
{
	return fails(CLASS_FILES, "fdatasync", EIO) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fail_flock(int fd, int operation)
{
	return fails(CLASS_FILES, "flock", ENOLCK) ? -1 : (int)syscall(SYS_flock, fd, operation);
}

int fail_unlinkat(int directory, const char *path, int flags)
{
	return fails(CLASS_FILES, "unlinkat", EROFS)
		       ? -1
		       : (int)syscall(SYS_unlinkat, directory, path, flags);
}

int fail_renameat2(
	int from_directory, const char *from, int to_directory, const char *to, unsigned int flags)
{
	return fails(CLASS_FILES, "renameat2", EROFS)
		       ? -1
		       : (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
}

/* --- processes, descriptors and devices --- */

pid_t fail_fork(void)
{
	return fails(CLASS_PROCESSES, "fork", EAGAIN) ? -1 : real_fork();
}

/* Does not fail; but it tells who is who. */
int fail_prctl(int option, ...)
{
	unsigned long argument[4];
	va_list arguments;

	va_start(arguments, option);
	for (size_t i = 0; i < sizeof(argument) / sizeof(argument[0]); i++)
		argument[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	if (option == PR_SET_NAME)
		snprintf(process_name, sizeof(process_name), "%s", (const char *)argument[0]);
	return (int)syscall(SYS_prctl, option, argument[0], argument[1], argument[2], argument[3]);
}

int fail_socket(int domain, int type, int protocol)
{
	return fails(CLASS_PROCESSES, "socket", EMFILE)
		       ? -1
		       : (int)syscall(SYS_socket, domain, type, protocol);
}

int fail_socketpair(int domain, int type, int protocol, int pair[2])
{
	return fails(CLASS_PROCESSES, "socketpair", EMFILE)
		       ? -1
		       : (int)syscall(SYS_socketpair, domain, type, protocol, pair);
}

int fail_pipe2(int pair[2], int flags)
{
	return fails(CLASS_PROCESSES, "pipe2", ENFILE) ? -1 : (int)syscall(SYS_pipe2, pair, flags);
}

int fail_epoll_create1(int flags)
{
	return fails(CLASS_PROCESSES, "epoll_create1", EMFILE)
		       ? -1
		       : (int)syscall(SYS_epoll_create1, flags);
}

int fail_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	return fails(CLASS_PROCESSES, "epoll_ctl", ENOSPC)
		       ? -1
		       : (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

int fail_timerfd_create(clockid_t clock, int flags)
{
	return fails(CLASS_PROCESSES, "timerfd_create", EMFILE)
		       ? -1
		       : (int)syscall(SYS_timerfd_create, clock, flags);
}

int fail_signalfd(int fd, const sigset_t *mask, int flags)
{
	return fails(CLASS_PROCESSES, "signalfd", EMFILE)
		       ? -1
		       : (int)syscall(SYS_signalfd4, fd, mask, _NSIG / 8, flags);
}

int fail_setns(int fd, int type)
{
	return fails(CLASS_PROCESSES, "setns", EPERM) ? -1 : (int)syscall(SYS_setns, fd, type);
}

int fail_kill(pid_t pid, int signal)
{
	return fails(CLASS_PROCESSES, "kill", EPERM) ? -1 : (int)syscall(SYS_kill, pid, signal);
}

int fail_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return fails(CLASS_PROCESSES, "ioctl", EBUSY)
		       ? -1
		       : (int)syscall(SYS_ioctl, fd, request, argument);
}

/* --- messages --- */

static bool is_netlink(int fd)
{
	struct sockaddr_nl name = {0};
	socklen_t length = sizeof(name);
	int error = errno;
	bool result =
		syscall(SYS_getsockname, fd, &name, &length) == 0 && name.nl_family == AF_NETLINK;

	errno = error;
	return result;
}

/* True when the request is to be swallowed. */
static bool swallows(int fd, const void *request, size_t length)
{
	if (chosen != CLASS_ANSWERS || length < sizeof(struct nlmsghdr) || !is_netlink(fd) ||
		!fails(CLASS_ANSWERS, "a netlink request", 0))
		return false;
	unanswered.waits = true;
	unanswered.fd = fd;
	memcpy(&unanswered.request, request, sizeof(unanswered.request));
	return true;
}

/* The answer to what was swallowed; -1 when nothing was. */
static ssize_t refuse(int fd, void *buffer, size_t size)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} answer = {.header = {.nlmsg_len = sizeof(answer), .nlmsg_type = NLMSG_ERROR},
		.error = {.error = -ENOMEM}};

	if (!unanswered.waits || unanswered.fd != fd || size < sizeof(answer))
		return -1;
	unanswered.waits = false;
	answer.header.nlmsg_seq = unanswered.request.nlmsg_seq;
	answer.header.nlmsg_pid = unanswered.request.nlmsg_pid;
	answer.error.msg = unanswered.request;
	memcpy(buffer, &answer, sizeof(answer));
	return (ssize_t)sizeof(answer);
}

ssize_t fail_sendto(
	int fd, const void *buffer, size_t length, int flags, const void *address, socklen_t size)
{
	if (fails(CLASS_MESSAGES, "send", ENOBUFS))
		return -1;
	if (swallows(fd, buffer, length))
		return (ssize_t)length;
	return syscall(SYS_sendto, fd, buffer, length, flags, address, size);
}

ssize_t fail_send(int fd, const void *buffer, size_t length, int flags)
{
	return fail_sendto(fd, buffer, length, flags, NULL, 0);
}

ssize_t fail_sendmsg(int fd, const struct msghdr *message, int flags)
{
	if (fails(CLASS_MESSAGES, "sendmsg", ENOBUFS))
		return -1;
	if (message->msg_iovlen == 1 &&
		swallows(fd, message->msg_iov->iov_base, message->msg_iov->iov_len))
		return (ssize_t)message->msg_iov->iov_len;
	return syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t fail_recv(int fd, void *buffer, size_t length, int flags)
{
	ssize_t refused = refuse(fd, buffer, length);

	if (refused >= 0)
		return refused;
	if (fails(CLASS_MESSAGES, "recv", ENOBUFS))
		return -1;
	return syscall(SYS_recvfrom, fd, buffer, length, flags, NULL, NULL);
}

ssize_t fail_recv_chk(int fd, void *buffer, size_t length, size_t size, int flags)
{
	return length > size ? -1 : fail_recv(fd, buffer, length, flags);
}

ssize_t fail_recvmsg(int fd, struct msghdr *message, int flags)
{
	/* libnl looks how much waits before it takes it. */
	if ((flags & MSG_PEEK) == 0 && message->msg_iovlen == 1) {
		ssize_t refused = refuse(fd, message->msg_iov->iov_base, message->msg_iov->iov_len);

		if (refused >= 0) {
			message->msg_controllen = 0;
			message->msg_flags = 0;
			return refused;
		}
	}
	if (fails(CLASS_MESSAGES, "recvmsg", ENOBUFS))
		return -1;
	return syscall(SYS_recvmsg, fd, message, flags);
}

/* One after the other, so that each of them can be the one that fails. */
int fail_sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	unsigned int sent = 0;

	while (sent < count) {
		ssize_t length = fail_sendmsg(fd, &messages[sent].msg_hdr, flags);

		if (length < 0)
			return sent != 0 ? (int)sent : -1;
		messages[sent++].msg_len = (unsigned int)length;
	}
	return (int)sent;
}

int fail_recvmmsg(
	int fd, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout)
{
	const struct msghdr *first = &messages->msg_hdr;
	ssize_t refused = refuse(fd, first->msg_iov->iov_base, first->msg_iov->iov_len);

	if (refused >= 0) {
		messages->msg_len = (unsigned int)refused;
		messages->msg_hdr.msg_flags = 0;
		return 1;
	}
	if (fails(CLASS_MESSAGES, "recvmmsg", ENOBUFS))
		return -1;
	return (int)syscall(SYS_recvmmsg, fd, messages, count, flags, timeout);
}
