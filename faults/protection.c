/* SPDX-License-Identifier: Apache-2.0 */
/* The rules as data: filled in, combined, and the limits that are kept by counting. */
#include "faults/protection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults/proc.h"
#include "faults/protection_parts.h"
#include "reports/mem.h"

static const struct {
	const char *option;
	const char *meaning;
} things[PROTECTED_COUNT] = {
#define PROTECTED_ROW(thing, option, meaning) [thing] = {option, meaning},
	PROTECTED_THINGS(PROTECTED_ROW)
#undef PROTECTED_ROW
};

const char *protected_option(enum protected_thing thing)
{
	return things[thing].option;
}

const char *protected_meaning(enum protected_thing thing)
{
	return things[thing].meaning;
}

void protection_init(struct protection *protection)
{
	struct proc_stat stat;

	memset(protection, 0, sizeof(*protection));
	protected_process_read(1, &protection->init);
	protected_process_read(getpid(), &protection->ancestors[protection->ancestor_count++]);
	for (pid_t pid = getppid(); pid > 1 && proc_stat(pid, &stat, NULL) == 0;
		pid = stat.parent) {
		struct protected_process *ancestor;

		if (protection->ancestor_count == PROTECTION_ANCESTORS_MAX)
			break;
		ancestor = &protection->ancestors[protection->ancestor_count++];
		ancestor->pid = pid;
		ancestor->start_time = stat.start_time;
	}
}

void protection_add_engine(
	struct protection *protection, pid_t pid, uint64_t netns_device, uint64_t netns_inode)
{
	struct protected_process *engine = &protection->engines[protection->engine_count];

	for (uint32_t i = 0; i < protection->engine_count; i++)
		if (protection->engines[i].pid == pid)
			return;
	if (protection->engine_count == PROTECTION_ENGINES_MAX)
		return;
	protected_process_read(pid, engine);
	if (netns_inode != 0) {
		engine->netns_device = netns_device;
		engine->netns_inode = netns_inode;
	}
	protection->engine_count++;
}

int protection_add_rule(struct protection *protection, enum protection_rule_type type,
	enum instance_kind kind, const char *pattern, uint32_t line, struct err *err)
{
	struct protection_rule *rule;

	if (protection->rule_count == PROTECTION_RULES_MAX)
		return err_set(err, ERR_USAGE, 0,
			"more than %d patterns of what is protected or may be targeted",
			PROTECTION_RULES_MAX);
	if (strlen(pattern) >= PROTECTION_PATTERN_MAX)
		return err_set(err, ERR_USAGE, 0, "the pattern is longer than %d bytes",
			PROTECTION_PATTERN_MAX - 1);
	rule = &protection->rules[protection->rule_count++];
	memset(rule, 0, sizeof(*rule));
	rule->type = type;
	rule->kind = kind;
	rule->line = line;
	memcpy(rule->pattern, pattern, strlen(pattern) + 1);
	return 0;
}

/* A policy's part, which only the first one has. */
static void take_permissions(struct protection *protection, const struct protection *policy)
{
	memcpy(protection->policy, policy->policy, sizeof(protection->policy));
	protection->policy[sizeof(protection->policy) - 1] = '\0';
	protection->kinds = policy->kinds;
	protection->kinds_line = policy->kinds_line;
	protection->targets_line = policy->targets_line;
}

static int take_rules(
	struct protection *protection, const struct protection *more, bool first, struct err *err)
{
	for (uint32_t i = 0; i < more->rule_count && i < PROTECTION_RULES_MAX; i++) {
		struct protection_rule rule = more->rules[i];

		rule.pattern[sizeof(rule.pattern) - 1] = '\0';
		if ((rule.type == RULE_PROTECT || first) &&
			protection_add_rule(
				protection, rule.type, rule.kind, rule.pattern, rule.line, err) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < more->engine_count && i < PROTECTION_ENGINES_MAX; i++)
		if (protection->engine_count < PROTECTION_ENGINES_MAX)
			protection->engines[protection->engine_count++] = more->engines[i];
	return 0;
}

int protection_narrow(struct protection *protection, const struct protection *more, struct err *err)
{
	const bool first = protection->policy[0] == '\0' && more->policy[0] != '\0';

	if (first)
		take_permissions(protection, more);
	if (take_rules(protection, more, first, err) < 0)
		return -1;
	if (more->max_instances != 0 && (protection->max_instances == 0 ||
						more->max_instances < protection->max_instances)) {
		protection->max_instances = more->max_instances;
		protection->max_instances_line = more->max_instances_line;
	}
	if (more->max_percent > 0 &&
		(protection->max_percent <= 0 || more->max_percent < protection->max_percent)) {
		protection->max_percent = more->max_percent;
		protection->max_percent_line = more->max_percent_line;
	}
	if (more->max_duration_ns != 0 &&
		(protection->max_duration_ns == 0 ||
			more->max_duration_ns < protection->max_duration_ns)) {
		protection->max_duration_ns = more->max_duration_ns;
		protection->max_duration_line = more->max_duration_line;
	}
	return 0;
}

static uint32_t kind_number(const struct fault_kind *kind)
{
	for (uint32_t i = 0; fault_kinds[i] != NULL; i++)
		if (fault_kinds[i] == kind)
			return i + 1;
	return 0;
}

int protection_subject(struct operation_subject *ret_subject, const struct fault_kind *kind,
	const struct instance *instance, uint32_t target, size_t matched, struct err *err)
{
	struct operation_subject subject = {
		.kind = kind_number(kind),
		.instance = instance->kind,
		.target = target,
		.matched = (uint32_t)matched,
	};

	if (strlen(instance->name) >= sizeof(subject.name))
		return err_set(err, ERR_UNAVAILABLE, 0,
			"its name is longer than %zu bytes: nobody could protect it",
			sizeof(subject.name) - 1);
	memcpy(subject.name, instance->name, strlen(instance->name) + 1);
	*ret_subject = subject;
	return 0;
}

struct protection_place protection_place(const struct protection *protection, uint32_t line)
{
	struct protection_place place = {""};

	if (line != 0)
		snprintf(place.text, sizeof(place.text), " (%s:%u)", protection->policy, line);
	return place;
}

static int check_kind(const struct protection *protection, uint32_t number, struct err *err)
{
	char allowed[256] = "";
	size_t used = 0;

	if (protection->kinds == 0 ||
		(number >= 1 && number <= 64 && (protection->kinds >> (number - 1) & 1) != 0))
		return 0;
	for (uint32_t i = 0; fault_kinds[i] != NULL && used < sizeof(allowed); i++)
		if ((protection->kinds >> i & 1) != 0)
			used += (size_t)snprintf(allowed + used, sizeof(allowed) - used, "%s%s",
				used == 0 ? "" : ", ", fault_kinds[i]->name);
	return err_set(err, ERR_UNAVAILABLE, 0,
		"this machine's policy allows only faults of the kinds %s%s", allowed,
		protection_place(protection, protection->kinds_line).text);
}

int protection_check_kind(
	const struct protection *protection, const struct fault_kind *kind, struct err *err)
{
	return check_kind(protection, kind_number(kind), err);
}

static int check_duration(const struct protection *protection, struct protection_use *use,
	int64_t end_ns, int64_t now_ns, struct err *err)
{
	if (!use->begun) {
		use->begun = true;
		use->begin_ns = now_ns;
	}
	if (protection->max_duration_ns == 0 ||
		end_ns - use->begin_ns <= protection->max_duration_ns)
		return 0;
	return err_set(err, ERR_UNAVAILABLE, 0,
		"it would end %.1f s after the first fault, limits.max_duration is %.1f s%s: make "
		"it shorter",
		(double)(end_ns - use->begin_ns) / 1e9, (double)protection->max_duration_ns / 1e9,
		protection_place(protection, protection->max_duration_line).text);
}

/* FNV-1a over what tells instances apart; a container keeps its name when it restarts. */
static uint64_t hash_of(const struct operation_subject *subject)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ (uint64_t)subject->instance;

	for (const char *at = subject->name; *at != '\0'; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
	return hash;
}

static int add_hit(struct protection_use *use, struct protection_hit hit, struct err *err)
{
	if (use->hit_count == use->hit_capacity) {
		size_t capacity = use->hit_capacity == 0 ? 64 : use->hit_capacity * 2;
		struct protection_hit *hits = realloc(use->hits, capacity * sizeof(*hits));

		if (hits == NULL)
			return err_set(err, ERR_SYSTEM, ENOMEM, "cannot count the instances");
		use->hits = hits;
		use->hit_capacity = capacity;
	}
	use->hits[use->hit_count++] = hit;
	return 0;
}

/* Refuses the instance that would be one too many, and counts the others. */
static int check_count(const struct protection *protection, struct protection_use *use,
	const struct operation_subject *subject, struct err *err)
{
	const struct protection_hit hit = {subject->target, hash_of(subject)};
	const uint32_t matched = subject->matched == 0 ? 1 : subject->matched;
	size_t of_target = 1;
	size_t all = 1;
	double percent;

	for (size_t i = 0; i < use->hit_count; i++) {
		const struct protection_hit *other = &use->hits[i];

		if (other->target == hit.target && other->instance == hit.instance)
			return 0;
		of_target += other->target == hit.target;
		all++;
	}
	percent = 100.0 * (double)of_target / matched;
	if (protection->max_instances != 0 && all > protection->max_instances)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"it would be instance %zu of this run, limits.max_instances is %u%s: pick "
			"fewer",
			all, protection->max_instances,
			protection_place(protection, protection->max_instances_line).text);
	if (protection->max_percent > 0 && percent > protection->max_percent)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"it would be instance %zu of the %u of its target, limits.max_percent is "
			"%g%%%s: pick fewer",
			of_target, matched, protection->max_percent,
			protection_place(protection, protection->max_percent_line).text);
	return add_hit(use, hit, err);
}

static bool is_network(const struct operation *operation)
{
	switch (operation->type) {
	case OPERATION_SIGNAL:
	case OPERATION_FREEZE:
	case OPERATION_STOP:
		return false;
	case OPERATION_NETEM:
	case OPERATION_TBF:
	case OPERATION_RELAY:
	case OPERATION_IFB:
	case OPERATION_DNS:
	case OPERATION_NFT:
	case OPERATION_RESET:
		break;
	}
	return true;
}

int protection_check(const struct protection *protection, struct protection_use *use,
	const struct operation *operation, int64_t deadline_ns, int64_t now_ns, struct err *err)
{
	const bool network = is_network(operation);

	if (check_kind(protection, operation->subject.kind, err) < 0 ||
		check_duration(protection, use, deadline_ns == 0 ? now_ns : deadline_ns, now_ns,
			err) < 0 ||
		protection_check_subject(protection, operation, err) < 0)
		return -1;
	if (network && protection_check_network(protection, operation, err) < 0)
		return -1;
	if (!network && protection_check_processes(protection, operation, err) < 0)
		return -1;
	if (protection->max_instances == 0 && protection->max_percent <= 0)
		return 0;
	return check_count(protection, use, &operation->subject, err);
}

void protection_use_release(struct protection_use *use)
{
	free(use->hits);
	memset(use, 0, sizeof(*use));
}
