/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/system_calls.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "reports/mem.h"

#define LOAD_TIMEOUT_S 2

/* A call that is allowed whatever its arguments are, or by one argument, or by two. */
struct rule {
	int call;
	unsigned int count;
	struct scmp_arg_cmp arguments[2];
};

/* The upper half of a register is not part of an int. */
#define LOW UINT32_MAX
#define ANY(name)                                                                                  \
	{                                                                                          \
		.call = SCMP_SYS(name)                                                             \
	}
#define WITH(name, at, mask, value)                                                                \
	{                                                                                          \
		.call = SCMP_SYS(name), .count = 1, .arguments = {                                 \
			{at, SCMP_CMP_MASKED_EQ, mask, value}                                      \
		}                                                                                  \
	}
#define IS(name, at, value) WITH(name, at, LOW, value)
#define SOCKET(family, protocol)                                                                   \
	{                                                                                          \
		.call = SCMP_SYS(socket), .count = 2, .arguments = {                               \
			{0, SCMP_CMP_MASKED_EQ, LOW, family},                                      \
			{2, SCMP_CMP_MASKED_EQ, LOW, protocol}                                     \
		}                                                                                  \
	}

/* What a C library does for any process, the memory of a sanitizer included. No memory becomes
 * code. */
static const struct rule basic_rules[] = {
	ANY(brk),
	WITH(mmap, 2, PROT_EXEC, 0),
	WITH(mmap2, 2, PROT_EXEC, 0),
	WITH(mprotect, 2, PROT_EXEC, 0),
	ANY(mremap),
	ANY(munmap),
	ANY(madvise),
	ANY(futex),
	ANY(futex_time64),
	ANY(getrandom),
	ANY(sched_yield),
	ANY(sched_getaffinity),
	ANY(sysinfo),
	ANY(uname),
	ANY(getpid),
	ANY(gettid),
	ANY(rt_sigaction),
	ANY(rt_sigprocmask),
	ANY(setitimer), /* ends the patience of load() */
	ANY(rt_sigreturn),
	ANY(sigreturn),
	ANY(sigaltstack),
	ANY(restart_syscall),
	ANY(exit),
	ANY(exit_group),
};

/* Time, and waiting for it or for a descriptor. */
static const struct rule waiting_rules[] = {
	ANY(clock_gettime),
	ANY(clock_gettime64),
	ANY(clock_getres),
	ANY(gettimeofday),
	ANY(time),
	ANY(nanosleep),
	ANY(clock_nanosleep),
	ANY(clock_nanosleep_time64),
	ANY(poll),
	ANY(ppoll),
	ANY(ppoll_time64),
	ANY(epoll_ctl),
	ANY(epoll_wait),
	ANY(epoll_pwait),
};

/* What is done to open descriptors. */
static const struct rule descriptor_rules[] = {
	ANY(read),
	ANY(readv),
	ANY(write),
	ANY(writev),
	ANY(close),
	ANY(sendto),
	ANY(sendmsg),
	ANY(sendmmsg),
	ANY(send),
	ANY(recvfrom),
	ANY(recvmsg),
	ANY(recvmmsg),
	ANY(recvmmsg_time64),
	ANY(recv),
	ANY(getsockname),
};

/* The relay takes the priority of its process up and down. */
static const struct rule relay_rules[] = {
	IS(ioctl, 1, TUNGETIFF),
	IS(sched_setscheduler, 0, 0),
};

/* Connections of clients, and to servers, by sockets that are there already. */
static const struct rule resolver_rules[] = {
	ANY(accept4),
	ANY(connect),
	ANY(shutdown),
	ANY(getsockopt),
};

/* Journal, cgroup files, /proc and namespaces. */
static const struct rule file_rules[] = {
	ANY(open),
	ANY(openat),
	ANY(openat2), /* below the root of a container */
	ANY(close_range),
	ANY(pread64),
	ANY(pwrite64),
	ANY(lseek),
	ANY(_llseek),
	ANY(stat),
	ANY(stat64),
	ANY(lstat),
	ANY(lstat64),
	ANY(fstat),
	ANY(fstat64),
	ANY(newfstatat),
	ANY(fstatat64),
	ANY(statx),
	ANY(statfs),
	ANY(statfs64),
	ANY(fstatfs),
	ANY(fstatfs64),
	ANY(access),
	ANY(faccessat),
	ANY(faccessat2),
	ANY(readlink),
	ANY(readlinkat),
	ANY(getdents),
	ANY(getdents64),
	ANY(getcwd),
	ANY(chdir),
	ANY(umask),
	ANY(fcntl),
	ANY(fcntl64),
	ANY(flock),
	ANY(fsync),
	ANY(fdatasync),
	ANY(ftruncate),
	ANY(ftruncate64),
	ANY(mkdir),
	ANY(mkdirat), /* where there is no mkdir, as on arm64 */
	ANY(unlink),
	ANY(unlinkat),
	ANY(dup),
	ANY(dup2),
	ANY(dup3),
};

/* Into network namespaces, and nowhere else; what the main process, the relay, the kernel's network
 * and the system's log are spoken to by. */
static const struct rule network_rules[] = {
	IS(setns, 1, CLONE_NEWNET),
	IS(ioctl, 1, NS_GET_NSTYPE),
	SOCKET(AF_NETLINK, NETLINK_ROUTE),
	SOCKET(AF_NETLINK, NETLINK_NETFILTER),
	SOCKET(AF_NETLINK, NETLINK_SOCK_DIAG),
	SOCKET(AF_PACKET, 0),	      /* one that only sends */
	SOCKET(AF_INET, IPPROTO_UDP), /* for the resolver */
	SOCKET(AF_INET, IPPROTO_TCP),
	SOCKET(AF_INET6, IPPROTO_UDP),
	SOCKET(AF_INET6, IPPROTO_TCP),
	IS(socket, 0, AF_UNIX),
	IS(socketpair, 0, AF_UNIX),
	ANY(bind),
	ANY(connect),
	ANY(listen),
	ANY(getsockopt),
	ANY(setsockopt),
	IS(ioctl, 1, TUNSETIFF),
	IS(ioctl, 1, TUNSETOFFLOAD),
	IS(ioctl, 1, SIOCGIFNAME),
	IS(ioctl, 1, SIOCGIFINDEX),
	IS(ioctl, 1, SIOCGIFHWADDR),
	IS(ioctl, 1, SIOCSIFHWADDR),
	IS(ioctl, 1, SIOCSIFFLAGS),
	IS(ioctl, 1, SIOCGIFMTU),
	IS(ioctl, 1, SIOCSIFMTU),
	IS(ioctl, 1, SIOCSIFTXQLEN),
};

/* fork(2), and the threads that close the relay's devices: no new namespace, and never another
 * program. */
#define THREAD_FLAGS                                                                               \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |        \
		CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)
#define FORK_FLAGS (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID | CSIGNAL)
#ifdef __s390__
#define CLONE_FLAGS_AT 1
#else
#define CLONE_FLAGS_AT 0
#endif

/* The faults that are done to processes, and the custodian's own: what it starts, and what that
 * gives up at its start. */
static const struct rule process_rules[] = {
	ANY(kill),
	ANY(tgkill),
	ANY(pidfd_open),
	ANY(pidfd_send_signal),
	ANY(signalfd4),
	ANY(epoll_create1),
	WITH(clone, CLONE_FLAGS_AT, ~(uint64_t)FORK_FLAGS, 0),
	IS(clone, CLONE_FLAGS_AT, THREAD_FLAGS),
	ANY(fork),
	ANY(set_robust_list),
	ANY(rseq),
	ANY(wait4),
	ANY(waitid),
	ANY(waitpid),
	ANY(getppid),
	ANY(setsid),
	ANY(getuid),
	ANY(getuid32),
	ANY(geteuid),
	ANY(geteuid32),
	ANY(getgid),
	ANY(getgid32),
	ANY(getegid),
	ANY(getegid32),
	ANY(getresuid),
	ANY(getresuid32),
	ANY(getresgid),
	ANY(getresgid32),
	ANY(setgroups),
	ANY(setgroups32),
	ANY(setresgid),
	ANY(setresgid32),
	ANY(setresuid),
	ANY(setresuid32),
	ANY(capget),
	ANY(capset),
	ANY(seccomp),
	IS(prctl, 0, PR_SET_NAME),
	IS(prctl, 0, PR_SET_DUMPABLE),
	IS(prctl, 0, PR_SET_NO_NEW_PRIVS),
	IS(prctl, 0, PR_SET_TIMERSLACK),
	IS(prctl, 0, PR_SET_SECCOMP),
	IS(prctl, 0, PR_CAPBSET_READ),
	IS(prctl, 0, PR_CAPBSET_DROP),
	IS(prctl, 0, PR_CAP_AMBIENT),
	IS(prlimit64, 0, 0), /* its own */
	ANY(getrlimit),
	ANY(setrlimit),
	ANY(getrusage),
	ANY(setpriority),
	IS(sched_setscheduler, 0, 0),
};

struct rule_set {
	const struct rule *rules;
	size_t count;
};

#define SET(rules)                                                                                 \
	{                                                                                          \
		rules, ARRAY_SIZE(rules)                                                           \
	}

bool system_calls_can_limit(void)
{
	/* No filter at all is a bad address, to a kernel that wants one. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) < 0 && errno == EFAULT;
}

/* Calls that this architecture does not have are none that could be made. */
static int add_rules(scmp_filter_ctx filter, const struct rule_set *set)
{
	int result = 0;

	for (size_t i = 0; i < set->count && (result == 0 || result == -EDOM); i++)
		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, set->rules[i].call,
			set->rules[i].count, set->rules[i].arguments);
	return result == -EDOM ? 0 : result;
}

static int fill(scmp_filter_ctx filter, const struct rule_set *sets, size_t count)
{
	/* Calls by another architecture's numbers, as of 32-bit programs: not known either. */
	int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));

	for (size_t i = 0; i < count && result == 0; i++)
		result = add_rules(filter, &sets[i]);
	return result;
}

/* When it gets no memory, libseccomp (2.5) may go round in circles for ever; then this process
 * ends, which is noticed. */
static int load(scmp_filter_ctx filter)
{
	const struct itimerval limit = {.it_value = {.tv_sec = LOAD_TIMEOUT_S}};
	const struct itimerval none = {.it_value = {.tv_sec = 0}};
	sigset_t alarm_only;
	sigset_t before;
	int result;

	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	if (setitimer(ITIMER_REAL, &limit, NULL) < 0 ||
		sigprocmask(SIG_UNBLOCK, &alarm_only, &before) < 0)
		return -errno;
	result = seccomp_load(filter);
	if (setitimer(ITIMER_REAL, &none, NULL) < 0 || sigprocmask(SIG_SETMASK, &before, NULL) < 0)
		return -errno;
	return result;
}

static int limit(const struct rule_set *sets, size_t count, struct err *err)
{
	scmp_filter_ctx filter;
	int result;

	if (!system_calls_can_limit())
		return 0;
	filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (filter == NULL)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot limit the system calls");
	result = fill(filter, sets, count);
	if (result == 0)
		result = load(filter);
	seccomp_release(filter);
	if (result < 0)
		return err_set(err, ERR_SYSTEM, -result, "cannot limit the system calls");
	return 0;
}

int system_calls_limit_custodian(struct err *err)
{
	static const struct rule_set sets[] = {
		SET(basic_rules),
		SET(waiting_rules),
		SET(descriptor_rules),
		SET(relay_rules),
		SET(resolver_rules),
		SET(file_rules),
		SET(network_rules),
		SET(process_rules),
	};

	return limit(sets, ARRAY_SIZE(sets), err);
}

int system_calls_limit_relay(struct err *err)
{
	static const struct rule_set sets[] = {
		SET(basic_rules),
		SET(waiting_rules),
		SET(descriptor_rules),
		SET(relay_rules),
	};

	return limit(sets, ARRAY_SIZE(sets), err);
}

int system_calls_limit_resolver(struct err *err)
{
	static const struct rule_set sets[] = {
		SET(basic_rules),
		SET(waiting_rules),
		SET(descriptor_rules),
		SET(resolver_rules),
	};

	return limit(sets, ARRAY_SIZE(sets), err);
}
