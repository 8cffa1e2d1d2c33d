/* SPDX-License-Identifier: Apache-2.0 */
/* Which names may be touched. Whoever has several names is protected by each of them. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "faults/pattern.h"
#include "faults/proc.h"
#include "faults/protection_parts.h"

#define NETNS_DIRECTORY "/run/netns"

/* Whom the rules are applied to. */
struct who {
	enum instance_kind kind;
	const char *name;
	pid_t pid;
	uint64_t netns_device;
	uint64_t netns_inode;
};

static const char *kind_name(enum instance_kind kind)
{
	switch (kind) {
	case INSTANCE_CONTAINER:
		return "container";
	case INSTANCE_PROCESS:
		return "process";
	case INSTANCE_NETNS:
		break;
	}
	return "network namespace";
}

/* The name that a path means, or NULL. */
static const char *name_in_directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : NULL;
}

/* 1, 0 or -1, as pattern_compare: does one of its own names match? */
static int own_name_matches(const char *pattern, const struct who *who)
{
	const char *last = name_in_directory(who->name);
	struct proc_command command;
	int result = pattern_compare(pattern, who->name);

	if (result == 0 && who->kind == INSTANCE_NETNS && last != NULL)
		result = pattern_compare(pattern, last);
	if (result != 0 || who->kind != INSTANCE_PROCESS)
		return result;
	proc_command(who->pid, &command);
	result = pattern_compare(pattern, command.name);
	if (result == 0 && command.line[0] != '\0')
		result = pattern_compare(pattern, command.program);
	if (result == 0 && command.line[0] != '\0')
		result = pattern_compare(pattern, command.line);
	return result;
}

/* Is the namespace, however it was chosen, also one that ip-netns(8) calls by such a name? */
static bool namespace_matches(const char *pattern, const struct who *who)
{
	DIR *directory = opendir(NETNS_DIRECTORY);
	const struct dirent *entry;
	bool found = false;

	if (directory == NULL)
		return false;
	while (!found && (entry = readdir(directory)) != NULL) {
		struct stat status;

		if (entry->d_name[0] == '.' || pattern_compare(pattern, entry->d_name) == 0)
			continue;
		found = fstatat(dirfd(directory), entry->d_name, &status, 0) == 0 &&
			status.st_dev == who->netns_device && status.st_ino == who->netns_inode;
	}
	closedir(directory);
	return found;
}

static int refuse_protected(const struct protection *protection, const struct protection_rule *rule,
	const struct who *who, struct err *err)
{
	return err_set(err, ERR_UNAVAILABLE, 0,
		"the %s '%s' is protected, limits.protect has '%s'%s: choose targets that leave it "
		"out",
		kind_name(who->kind), who->name, rule->pattern,
		protection_place(protection, rule->line).text);
}

static int check(const struct protection *protection, const struct who *who, struct err *err)
{
	bool allowed = protection->targets_line == 0;

	for (uint32_t i = 0; i < protection->rule_count; i++) {
		const struct protection_rule *rule = &protection->rules[i];

		if (rule->type == RULE_ALLOW) {
			allowed = allowed || (rule->kind == who->kind &&
						     own_name_matches(rule->pattern, who) == 1);
			continue;
		}
		/* What cannot be compared is taken for protected. */
		if (own_name_matches(rule->pattern, who) != 0 ||
			(who->netns_inode != 0 && namespace_matches(rule->pattern, who)))
			return refuse_protected(protection, rule, who, err);
	}
	if (!allowed)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"the %s '%s' is not among the targets that this machine's policy allows%s",
			kind_name(who->kind), who->name,
			protection_place(protection, protection->targets_line).text);
	return 0;
}

int protection_check_name(
	const struct protection *protection, const struct instance *instance, struct err *err)
{
	const struct who who = {
		.kind = instance->kind,
		.name = instance->name,
		.pid = instance->pid,
		/* That of a process matters only to faults of the network. */
		.netns_device = instance->kind == INSTANCE_NETNS ? instance->netns_device : 0,
		.netns_inode = instance->kind == INSTANCE_NETNS ? instance->netns_inode : 0,
	};

	return check(protection, &who, err);
}

int protection_check_subject(
	const struct protection *protection, const struct operation *operation, struct err *err)
{
	const struct who who = {
		.kind = operation->subject.instance,
		.name = operation->subject.name,
		.pid = operation->pid,
		.netns_device = operation->netns_device,
		.netns_inode = operation->netns_inode,
	};

	return check(protection, &who, err);
}
