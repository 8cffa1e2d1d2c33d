/* SPDX-License-Identifier: Apache-2.0 */
/* Network namespaces by name, as ip-netns(8) keeps them, or by path. */
#include <dirent.h>
#include <string.h>

#include "experiments/nearest.h"
#include "experiments/targets/sources.h"
#include "faults/pattern.h"
#include "reports/mem.h"

#define NETNS_DIRECTORY "/run/netns"

static int add_path(struct standby *standby, struct instance_list *list, const char *path,
	const char *name, bool tolerant, struct err *err)
{
	struct instance found = {.kind = INSTANCE_NETNS};

	if (strlen(path) >= sizeof(found.netns_path))
		return err_set(err, ERR_UNAVAILABLE, 0, "the path %s is too long", path);
	memcpy(found.netns_path, path, strlen(path) + 1);
	if (standby_inspect(standby, &found, tolerant, err) < 0) {
		instance_release(&found);
		return -1;
	}
	found.id = xstrdup(path);
	found.name = xstrdup(name);
	*instance_list_add(list) = found;
	return 0;
}

/* Takes the last one off again when an earlier one is the same namespace: it can have several
 * names, and two patterns can match one. */
static void drop_double(struct instance_list *list)
{
	struct instance *last = &list->items[list->count - 1];

	for (size_t i = 0; i + 1 < list->count; i++) {
		if (list->items[i].netns_device != last->netns_device ||
			list->items[i].netns_inode != last->netns_inode)
			continue;
		instance_release(last);
		list->count--;
		return;
	}
}

/* The names in the directory, in the arena; none when there is no directory. */
static size_t read_names(struct arena *arena, const char ***ret_names)
{
	DIR *directory = opendir(NETNS_DIRECTORY);
	const struct dirent *entry;
	const char **names = NULL;
	size_t count = 0;

	if (directory == NULL)
		return 0;
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		names = arena_grow(arena, names, count, sizeof(*names));
		names[count++] = arena_strdup(arena, entry->d_name);
	}
	closedir(directory);
	*ret_names = names;
	return count;
}

static int add_name(struct standby *standby, struct instance_list *list, const char *name,
	bool tolerant, struct err *err)
{
	cleanup_free char *path = xasprintf(NETNS_DIRECTORY "/%s", name);

	return add_path(standby, list, path, name, tolerant, err);
}

static int resolve_name(struct standby *standby, struct instance_list *list, struct arena *arena,
	const char *pattern, struct err *err)
{
	struct nearest near = nearest_begin(pattern, strlen(pattern));
	const char **names = NULL;
	size_t count = read_names(arena, &names);
	struct err unusable = {0};
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		if (!pattern_match(pattern, names[i])) {
			nearest_offer(&near, names[i]);
		} else if (add_name(standby, list, names[i], false, &unusable) == 0) {
			/* Otherwise the name outlived its namespace, or is just being made. */
			drop_double(list);
			found++;
		}
	}
	if (found != 0)
		return 0;
	if (unusable.code != ERR_NONE) {
		*err = unusable;
		return -1;
	}
	if (near.best != NULL)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"no network namespace matches '%s' (did you mean '%s'?)", pattern,
			near.best);
	return err_set(err, ERR_UNAVAILABLE, 0,
		"no network namespace in " NETNS_DIRECTORY " matches '%s'; 'perturb targets' shows "
		"what there is",
		pattern);
}

/* "/run/netns/shop" is a path, "/^shop/" an expression: only the latter ends with a slash. */
static bool is_path(const char *text)
{
	return text[0] == '/' && text[strlen(text) - 1] != '/';
}

int netns_resolve(struct standby *standby, const struct selector *selector,
	struct instance_list *list, struct err *err)
{
	struct arena arena = {0};
	int result = 0;

	for (size_t i = 0; i < selector->name_count && result == 0; i++) {
		const char *name = selector->names[i];

		if (!is_path(name)) {
			result = resolve_name(standby, list, &arena, name, err);
			continue;
		}
		result = add_path(standby, list, name, name, false, err);
		if (result == 0)
			drop_double(list);
	}
	arena_release(&arena);
	return result;
}

void netns_list(struct standby *standby, struct instance_list *list)
{
	struct arena arena = {0};
	const char **names = NULL;
	size_t count = read_names(&arena, &names);

	for (size_t i = 0; i < count; i++)
		(void)add_name(standby, list, names[i], true, NULL);
	arena_release(&arena);
}
