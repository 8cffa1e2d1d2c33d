/* SPDX-License-Identifier: Apache-2.0 */
/* Network namespaces by name, as ip-netns(8) keeps them, or by path. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "experiments/nearest.h"
#include "experiments/pattern.h"
#include "experiments/targets/sources.h"
#include "reports/mem.h"

#define NETNS_DIRECTORY "/run/netns"

/* NSFS_MAGIC of linux/magic.h: what a namespace file is on. */
#define NAMESPACE_FILE_SYSTEM 0x6e736673

static int add_path(struct instance_list *list, const char *path, const char *name, struct err *err)
{
	struct instance *instance;
	struct statfs system;
	struct stat status;

	if (stat(path, &status) < 0 || statfs(path, &system) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "no network namespace %s", path);
	if ((unsigned long)system.f_type != NAMESPACE_FILE_SYSTEM)
		return err_set(err, ERR_UNAVAILABLE, 0, "%s is not a network namespace", path);
	if (strlen(path) >= sizeof(instance->netns_path))
		return err_set(err, ERR_UNAVAILABLE, 0, "the path %s is too long", path);
	instance = instance_list_add(list);
	instance->kind = INSTANCE_NETNS;
	instance->id = xstrdup(path);
	instance->name = xstrdup(name);
	memcpy(instance->netns_path, path, strlen(path) + 1);
	instance->netns_device = status.st_dev;
	instance->netns_inode = status.st_ino;
	return 0;
}

static bool is_listed(const struct instance_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].id, path) == 0)
			return true;
	return false;
}

/* Adds every name that the pattern matches (NULL: all), offering the others as near misses. Names
 * without a namespace, which a dying namespace leaves for a moment, are passed over. */
static int add_matching(
	struct instance_list *list, const char *pattern, struct nearest *near, char **ret_near)
{
	DIR *directory = opendir(NETNS_DIRECTORY);
	const struct dirent *entry;
	int found = 0;

	if (directory == NULL)
		return 0;
	while ((entry = readdir(directory)) != NULL) {
		char path[sizeof(NETNS_DIRECTORY) + 1 + sizeof(entry->d_name)];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), NETNS_DIRECTORY "/%s", entry->d_name);
		if (pattern != NULL && !pattern_match(pattern, entry->d_name)) {
			const char *before = near->best;
			char *name = xstrdup(entry->d_name);

			nearest_offer(near, name);
			if (near->best != before) {
				free(*ret_near);
				*ret_near = name;
			} else {
				free(name);
			}
			continue;
		}
		found++;
		if (!is_listed(list, path))
			(void)add_path(list, path, entry->d_name, NULL);
	}
	closedir(directory);
	return found;
}

static int resolve_one(struct instance_list *list, const char *pattern, struct err *err)
{
	struct nearest near = nearest_begin(pattern, strlen(pattern));
	cleanup_free char *near_name = NULL;
	size_t before = list->count;

	/* "/run/netns/shop" is a path, "/^shop/" an expression: only the latter ends with one. */
	if (pattern[0] == '/' && pattern[strlen(pattern) - 1] != '/') {
		if (is_listed(list, pattern))
			return 0;
		return add_path(list, pattern, pattern, err);
	}
	if (add_matching(list, pattern, &near, &near_name) != 0 && list->count >= before)
		return 0;
	if (near_name != NULL)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"no network namespace matches '%s' (did you mean '%s'?)", pattern,
			near_name);
	return err_set(err, ERR_UNAVAILABLE, 0,
		"no network namespace in " NETNS_DIRECTORY " matches '%s'; 'perturb targets' shows "
		"what there is",
		pattern);
}

int netns_resolve(const struct selector *selector, struct instance_list *list, struct err *err)
{
	for (size_t i = 0; i < selector->name_count; i++)
		if (resolve_one(list, selector->names[i], err) < 0)
			return -1;
	return 0;
}

int netns_list(struct instance_list *list, struct err *err)
{
	struct nearest unused = nearest_begin("", 0);
	char *near_name = NULL;

	(void)err;
	(void)add_matching(list, NULL, &unused, &near_name);
	free(near_name);
	return 0;
}
