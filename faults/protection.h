/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protection - what must not be touched: by default, by the machine's policy, by an experiment's
 * limits. The plan asks it about every operation, and the custodian once more about what it is
 * asked to apply.
 *
 *     protection_init(&protection);                      what is protected by default
 *     …                                                  the policy and the limits are filled in
 *     protection_check(&protection, &use, &operation, deadline_ns, now_ns, &err)
 *
 * The structure is plain data without pointers: a forked process has it, shared memory carries it.
 */
#ifndef FAULTS_PROTECTION_H
#define FAULTS_PROTECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "faults/cgroup.h"
#include "faults/kind.h"
#include "reports/err.h"

/* What is protected by default, the option that permits it, and what that does: the network of
 * process 1 and of perturb itself; init systems; perturb's processes, what they run under and their
 * container; Docker, containerd, Podman, CRI-O. */
#define PROTECTED_THINGS(X)                                                                        \
	X(PROTECTED_HOST, "allow-host", "faults on the network of the host itself")                \
	X(PROTECTED_INIT, "allow-init", "faults on process 1 and init systems")                    \
	X(PROTECTED_SELF, "allow-self", "faults on perturb and what it runs in")                   \
	X(PROTECTED_ENGINE, "allow-engine", "faults on container engines")

#define PROTECTED_ENUM(thing, option, meaning) thing,
enum protected_thing { PROTECTED_THINGS(PROTECTED_ENUM) PROTECTED_COUNT };
#undef PROTECTED_ENUM

const char *protected_option(enum protected_thing thing);
const char *protected_meaning(enum protected_thing thing);

#define PROTECTION_RULES_MAX	 128
#define PROTECTION_PATTERN_MAX	 256
#define PROTECTION_ENGINES_MAX	 8
#define PROTECTION_ANCESTORS_MAX 32

enum protection_rule_type {
	RULE_PROTECT, /* whatever has such a name is never touched */
	RULE_ALLOW,   /* instances of the kind may be touched if they have such a name */
};

struct protection_rule {
	enum protection_rule_type type;
	enum instance_kind kind;	      /* RULE_ALLOW */
	uint32_t line;			      /* in the policy; 0: from the experiment */
	char pattern[PROTECTION_PATTERN_MAX]; /* pattern.h */
};

/* A process, pinned down, and where it runs; zero what is not known. */
struct protected_process {
	pid_t pid;
	uint64_t start_time;
	uint64_t netns_device;
	uint64_t netns_inode;
	struct cgroup cgroup;
};

/* Of each limit also the line of the policy that it comes from; 0: it is the experiment's. */
struct protection {
	char policy[128]; /* the policy's path; "": there is none */

	bool permitted[PROTECTED_COUNT]; /* by an option */
	bool blind; /* asked without privileges: what cannot be seen, the custodian will see */
	struct protected_process init;
	struct protected_process
		ancestors[PROTECTION_ANCESTORS_MAX]; /* the first is perturb itself */
	uint32_t ancestor_count;
	struct protected_process engines[PROTECTION_ENGINES_MAX];
	uint32_t engine_count;

	uint64_t kinds; /* bit N: the fault kind number N is allowed; 0: all are */
	uint32_t kinds_line;
	uint32_t targets_line;	/* not 0: only what a RULE_ALLOW matches may be touched */
	uint32_t max_instances; /* 0: no limit */
	uint32_t max_instances_line;
	double max_percent; /* of the matches of a target; 0: no limit */
	uint32_t max_percent_line;
	int64_t max_duration_ns; /* of the faults of a run, from the first one on; 0: no limit */
	uint32_t max_duration_line;

	uint32_t rule_count;
	struct protection_rule rules[PROTECTION_RULES_MAX];
};

/* One instance of one target that was hit; names are kept as hashes. */
struct protection_hit {
	uint32_t target;
	uint64_t instance;
};

/* What a run has used up of its limits so far. Zero-initialise for each run. */
struct protection_use {
	bool begun;
	int64_t begin_ns; /* of the first fault */
	struct protection_hit *hits;
	size_t hit_count;
	size_t hit_capacity;
};

/* Nothing but the defaults. Called by the main process, while it may still look at process 1. */
void protection_init(struct protection *protection);

/* Protects a process as a container engine, and the network that it is in (0: if that can be seen
 * from here). */
void protection_add_engine(
	struct protection *protection, pid_t pid, uint64_t netns_device, uint64_t netns_inode);

/* Adds a rule; ERR_USAGE when it is one too many or its pattern is too long. */
int protection_add_rule(struct protection *protection, enum protection_rule_type type,
	enum instance_kind kind, const char *pattern, uint32_t line, struct err *err);

/* Adds what another one limits and protects: of each limit the stricter counts. The first one that
 * is a policy also says which kinds and targets are allowed; what options permit stays as it is. */
int protection_narrow(
	struct protection *protection, const struct protection *more, struct err *err);

/* Whose operation it is, for the check. ERR_UNAVAILABLE when the name is longer than anybody's. */
int protection_subject(struct operation_subject *ret_subject, const struct fault_kind *kind,
	const struct instance *instance, uint32_t target, size_t matched, struct err *err);

/* May faults of that kind be injected at all? */
int protection_check_kind(
	const struct protection *protection, const struct fault_kind *kind, struct err *err);

/* May the instance be touched, as far as names go? */
int protection_check_name(
	const struct protection *protection, const struct instance *instance, struct err *err);

/* May the operation be applied at now_ns, to be undone at deadline_ns (0: instant)? ERR_UNAVAILABLE
 * says what forbids it and what to do. Reads /proc, changes nothing but the use. */
int protection_check(const struct protection *protection, struct protection_use *use,
	const struct operation *operation, int64_t deadline_ns, int64_t now_ns, struct err *err);

/* Is the process one whose connections are spared, even in a network that may be touched: perturb,
 * what it runs under, a container engine, init, or one that lets people log in (sshd)? */
bool protection_spares(const struct protection *protection, pid_t pid);

void protection_use_release(struct protection_use *use);

/* Where a limit comes from, for messages: " (/etc/perturb/policy.yaml:7)", or "" when it is the
 * experiment's own. */
struct protection_place {
	char text[160];
};
struct protection_place protection_place(const struct protection *protection, uint32_t line);

#endif
