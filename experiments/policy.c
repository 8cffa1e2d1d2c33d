/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

#include "experiments/bytes.h"
#include "experiments/experiment_parts.h"

/* The file as it is read. */
struct policy {
	struct protection *protection;
	struct limits limits;
};

static int kind_index(const char *name)
{
	for (int i = 0; fault_kinds[i] != NULL; i++)
		if (strcmp(fault_kinds[i]->name, name) == 0)
			return i;
	return -1;
}

static void read_kind(struct decode *decode, const struct node *node, const char *name,
	struct protection *protection)
{
	struct nearest nearest;
	struct scalar scalar;
	int index;

	if (!decode_scalar(decode, node, name, "a fault kind", &scalar))
		return;
	index = kind_index(scalar.text);
	if (index >= 0) {
		protection->kinds |= UINT64_C(1) << index;
		return;
	}
	nearest = decode_nearest(decode, scalar.text);
	for (int i = 0; fault_kinds[i] != NULL; i++)
		nearest_offer(&nearest, fault_kinds[i]->name);
	if (nearest.best != NULL)
		err_list_add(decode->errors, node->loc,
			"%s: unknown fault kind '%s' (did you mean '%s'?)", name,
			scalar_shown(&scalar).text, nearest.best);
	else
		err_list_add(decode->errors, node->loc,
			"%s: unknown fault kind '%s'; 'perturb faults' lists them", name,
			scalar_shown(&scalar).text);
}

static void read_kinds(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct policy *policy = ret_value;

	if (node->type == NODE_LIST && !decode_is(decode, node, NODE_LIST, name))
		return;
	policy->protection->kinds_line = node->loc.line;
	for (size_t i = 0; i < node_count(node); i++)
		read_kind(decode, node_item(node, i), name, policy->protection);
}

static void add_rule(struct decode *decode, struct policy *policy, enum protection_rule_type type,
	enum instance_kind kind, const char *pattern, const struct node *node)
{
	struct err err;

	if (protection_add_rule(policy->protection, type, kind, pattern, node->loc.line, &err) < 0)
		err_list_add(decode->errors, node->loc, "%s", err.message);
}

/* An empty list is good here: nothing of that kind. */
static void read_allowed(struct decode *decode, const struct node *node, const char *name,
	struct policy *policy, enum instance_kind kind)
{
	for (size_t i = 0; i < node_count(node); i++) {
		const struct node *item = node_item(node, i);
		size_t errors_before = decode->errors->total;
		const char *pattern;

		rule_pattern_read(decode, item, name, &pattern);
		if (decode->errors->total == errors_before)
			add_rule(decode, policy, RULE_ALLOW, kind, pattern, item);
	}
}

static void read_containers(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_allowed(decode, node, name, ret_value, INSTANCE_CONTAINER);
}

static void read_namespaces(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_allowed(decode, node, name, ret_value, INSTANCE_NETNS);
}

static void read_processes(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_allowed(decode, node, name, ret_value, INSTANCE_PROCESS);
}

static const struct member target_members[] = {
	{"container", read_containers, 0, false},
	{"netns", read_namespaces, 0, false},
	{"process", read_processes, 0, false},
	{NULL, NULL, 0, false},
};

static void read_targets(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct policy *policy = ret_value;

	if (decode_mapping(decode, node, name, target_members, policy))
		policy->protection->targets_line = node->loc.line;
}

static uint32_t line_of(const struct node *mapping, const char *key)
{
	const struct node *value = node_find(mapping, key);

	return value == NULL ? 0 : value->loc.line;
}

static void read_limits(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	struct policy *policy = ret_value;
	struct protection *protection = policy->protection;
	size_t errors_before = decode->errors->total;
	const struct node *protect;

	limits_read(decode, node, name, &policy->limits);
	if (decode->errors->total != errors_before)
		return;
	protection->max_instances = policy->limits.max_instances;
	protection->max_instances_line = line_of(node, "max_instances");
	protection->max_percent = policy->limits.max_percent;
	protection->max_percent_line = line_of(node, "max_percent");
	protection->max_duration_ns = policy->limits.max_duration_ns;
	protection->max_duration_line = line_of(node, "max_duration");
	protect = node_find(node, "protect");
	for (size_t i = 0; i < policy->limits.protect_count; i++)
		add_rule(decode, policy, RULE_PROTECT, INSTANCE_CONTAINER,
			policy->limits.protect[i], node_item(protect, i));
}

static const struct member members[] = {
	{"version", version_read, 0, true},
	{"kinds", read_kinds, 0, false},
	{"targets", read_targets, 0, false},
	{"limits", read_limits, 0, false},
	{NULL, NULL, 0, false},
};

/* Whoever can write it, or put another file in its place, is above it. */
static int check_owner(const char *what, const char *path, const struct stat *status, mode_t type,
	struct err_list *errors)
{
	const struct loc loc = {.file = path};

	if ((status->st_mode & S_IFMT) != type)
		err_list_add(errors, loc, "%s is not what it should be: remove it", what);
	else if (status->st_uid != 0)
		err_list_add(errors, loc,
			"%s belongs to user %u, so it is no policy: \"chown root\" it, or remove "
			"it",
			what, (unsigned int)status->st_uid);
	else if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		err_list_add(errors, loc,
			"%s can be written by others than root, so it is no policy: \"chmod go-w\" "
			"it, or remove it",
			what);
	else
		return 0;
	return -1;
}

static int check_owners(const char *path, int fd, struct err_list *errors)
{
	cleanup_free char *copy = xstrdup(path);
	struct stat status;
	struct stat directory;

	if (fstat(fd, &status) < 0 || stat(dirname(copy), &directory) < 0) {
		err_list_add(errors, (struct loc){.file = path}, "cannot be looked at: %s",
			strerror(errno));
		return -1;
	}
	errors->text_private = (status.st_mode & S_IROTH) == 0;
	if (check_owner("the file", path, &status, S_IFREG, errors) < 0)
		return -1;
	return check_owner("its directory", path, &directory, S_IFDIR, errors);
}

static int parse(const char *path, const char *text, size_t length, struct protection *protection,
	struct err_list *errors)
{
	struct arena arena = {0};
	struct decode decode = {.arena = &arena, .errors = errors};
	struct policy policy = {.protection = protection};
	const struct node *root = NULL;

	if (document_parse(&arena, path, text, length, &root, errors) == 0)
		(void)decode_mapping(&decode, root, "the file", members, &policy);
	arena_release(&arena);
	return errors->total == 0 ? 1 : -1;
}

int policy_read(const char *path, struct protection *protection, struct err_list *errors)
{
	/* Not to wait for the writer of a FIFO. */
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	cleanup_free char *text = NULL;
	size_t length;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0) {
		err_list_add(errors, (struct loc){.file = path}, "cannot be opened: %s",
			strerror(errno));
		return -1;
	}
	if (check_owners(path, fd, errors) < 0)
		return -1;
	if (bytes_read(fd, DOCUMENT_SIZE_MAX + 1, &text, &length) < 0) {
		err_list_add(
			errors, (struct loc){.file = path}, "cannot be read: %s", strerror(errno));
		return -1;
	}
	snprintf(protection->policy, sizeof(protection->policy), "%s", path);
	return parse(path, text, length, protection, errors);
}
