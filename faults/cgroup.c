/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "reports/mem.h"

/* Freezing waits for processes that are busy in the kernel. */
#define FREEZE_TIMEOUT_MS 2000

/* How deep control groups are followed. */
#define DEPTH_MAX 16

#define PROCS_MAX (1024 * 1024)

/* Where the hierarchy is mounted: the freezer's of version 1, or version 2 ("cgroup2"). */
static int mount_point(uint32_t version, char *path, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char buffer[4096];
	int result = -1;

	if (mounts == NULL)
		return -1;
	while (result < 0 && getmntent_r(mounts, &entry, buffer, sizeof(buffer)) != NULL) {
		bool found = version == 1 ? strcmp(entry.mnt_type, "cgroup") == 0 &&
						    hasmntopt(&entry, "freezer") != NULL
					  : strcmp(entry.mnt_type, "cgroup2") == 0;

		if (found && strlen(entry.mnt_dir) < size) {
			memcpy(path, entry.mnt_dir, strlen(entry.mnt_dir) + 1);
			result = 0;
		}
	}
	endmntent(mounts);
	return result;
}

/* Is "freezer" in a list such as "cpu,freezer"? */
static bool has_freezer(const char *controllers)
{
	const char *at = strstr(controllers, "freezer");

	return at != NULL && (at == controllers || at[-1] == ',') &&
	       (at[7] == '\0' || at[7] == ',');
}

/* The path of pid within the hierarchy, from /proc/PID/cgroup: "ID:CONTROLLERS:PATH". */
static int path_within(pid_t pid, uint32_t version, char *path, size_t size)
{
	char name[64];
	char line[PATH_MAX + 256];
	cleanup_fclose FILE *file = NULL;

	snprintf(name, sizeof(name), "/proc/%d/cgroup", (int)pid);
	file = fopen(name, "re");
	if (file == NULL)
		return -1;
	while (fgets(line, sizeof(line), file) != NULL) {
		char *rest = line;
		const char *id = strsep(&rest, ":");
		const char *controllers = strsep(&rest, ":");

		if (id == NULL || controllers == NULL || rest == NULL)
			continue;
		rest[strcspn(rest, "\n")] = '\0';
		if ((version == 1 ? !has_freezer(controllers) : controllers[0] != '\0') ||
			strlen(rest) >= size)
			continue;
		memcpy(path, rest, strlen(rest) + 1);
		return 0;
	}
	return -1;
}

static bool freezer_file_exists(const struct cgroup *cgroup)
{
	char path[INSTANCE_PATH_MAX + 32];
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", cgroup->directory,
		cgroup->version == 1 ? "freezer.state" : "cgroup.freeze");
	return stat(path, &status) == 0;
}

int cgroup_of(pid_t pid, struct cgroup *ret_cgroup, struct err *err)
{
	for (uint32_t version = 1; version <= 2; version++) {
		struct cgroup cgroup = {.version = version};
		char mount[INSTANCE_PATH_MAX];
		char path[INSTANCE_PATH_MAX];
		int length;

		if (mount_point(version, mount, sizeof(mount)) < 0 ||
			path_within(pid, version, path, sizeof(path)) < 0)
			continue;
		/* Outside of what this cgroup namespace shows (cgroup_namespaces(7)). */
		if (strncmp(path, "/..", 3) == 0)
			continue;
		cgroup.root = strcmp(path, "/") == 0;
		length = snprintf(cgroup.directory, sizeof(cgroup.directory), "%s%s", mount,
			cgroup.root ? "" : path);
		if (length < 0 || (size_t)length >= sizeof(cgroup.directory))
			continue;
		if (cgroup.root || freezer_file_exists(&cgroup)) {
			*ret_cgroup = cgroup;
			return 0;
		}
	}
	return err_set(err, ERR_UNAVAILABLE, 0, "process %d is in no freezer cgroup", (int)pid);
}

/* What goes on its way down. */
struct walk {
	bool (*function)(pid_t pid, void *data);
	void *data;
	int count;
	bool stop;
};

/* A cgroup that has just been removed has no processes, and can be read as little as its files. */
static bool has_vanished(int error)
{
	return error == ENOENT || error == ENODEV;
}

static int each_directly(struct walk *walk, int directory, const char *name, struct err *err)
{
	int procs = openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *file = procs < 0 ? NULL : fdopen(procs, "r");
	int result = 0;
	int pid;

	if (file == NULL) {
		int error = errno;

		if (procs >= 0)
			close(procs);
		return has_vanished(error)
			       ? 0
			       : err_set(err, ERR_SYSTEM, error,
					 "cannot read the processes of cgroup %s", name);
	}
	while (!walk->stop && fscanf(file, "%d", &pid) == 1) {
		walk->count++;
		walk->stop = !walk->function(pid, walk->data);
		if (walk->count == PROCS_MAX && !walk->stop) {
			walk->stop = true;
			result = err_set(err, ERR_UNAVAILABLE, 0,
				"cgroup %s has more than %d processes", name, PROCS_MAX);
		}
	}
	/* Those in a threaded cgroup are listed above it (cgroups(7)). */
	if (result == 0 && ferror(file) && !has_vanished(errno) && errno != EOPNOTSUPP)
		result = err_set(
			err, ERR_SYSTEM, errno, "cannot read the processes of cgroup %s", name);
	fclose(file);
	return result;
}

static int each_below(struct walk *walk, int parent, const char *name, int depth, struct err *err);

static int each_child(struct walk *walk, DIR *entries, const char *name, int depth, struct err *err)
{
	const struct dirent *entry;

	errno = 0;
	while (!walk->stop && (entry = readdir(entries)) != NULL) {
		struct err reason = {0};

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (depth == DEPTH_MAX)
			return err_set(err, ERR_UNAVAILABLE, 0,
				"cgroup %s is more than %d levels below the one that was meant",
				name, DEPTH_MAX);
		if (each_below(walk, dirfd(entries), entry->d_name, depth + 1, &reason) < 0 &&
			!has_vanished(reason.sys)) {
			if (err != NULL)
				*err = reason;
			return -1;
		}
		errno = 0;
	}
	if (!walk->stop && errno != 0 && !has_vanished(errno))
		return err_set(err, ERR_SYSTEM, errno, "cannot list cgroup %s", name);
	return 0;
}

static int each_below(struct walk *walk, int parent, const char *name, int depth, struct err *err)
{
	int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *entries;
	int result;

	if (directory < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot open cgroup %s", name);
	result = each_directly(walk, directory, name, err);
	entries = fdopendir(directory);
	if (entries == NULL) {
		int error = errno;

		close(directory);
		return err_set(err, ERR_SYSTEM, error, "cannot list cgroup %s", name);
	}
	if (result == 0)
		result = each_child(walk, entries, name, depth, err);
	closedir(entries);
	return result;
}

int cgroup_each_process(
	const char *directory, bool (*function)(pid_t pid, void *data), void *data, struct err *err)
{
	struct walk walk = {.function = function, .data = data};

	if (each_below(&walk, AT_FDCWD, directory, 0, err) < 0)
		return -1;
	return walk.count;
}

static int read_small(const char *directory, const char *name, char *buffer, size_t size)
{
	char path[INSTANCE_PATH_MAX + 32];
	cleanup_close int fd = -1;
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, buffer, size - 1);
	if (length < 0)
		return -1;
	buffer[length] = '\0';
	return 0;
}

static int write_small(const char *directory, const char *name, const char *text)
{
	char path[INSTANCE_PATH_MAX + 32];
	cleanup_close int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
}

enum freezer_state { FREEZER_THAWED, FREEZER_FROZEN, FREEZER_BUSY };

/* The kernel's view, which lags behind what was asked for. -1 with errno when it cannot be read. */
static int freezer_state(const char *directory, uint32_t version, enum freezer_state *ret_state)
{
	const char *name = version == 1 ? "freezer.state" : "cgroup.events";
	char text[256];

	if (read_small(directory, name, text, sizeof(text)) < 0)
		return -1;
	if (version == 1 && strncmp(text, "FREEZING", 8) == 0)
		*ret_state = FREEZER_BUSY;
	else if (version == 1)
		*ret_state = strncmp(text, "FROZEN", 6) == 0 ? FREEZER_FROZEN : FREEZER_THAWED;
	else
		*ret_state = strstr(text, "frozen 1") != NULL ? FREEZER_FROZEN : FREEZER_THAWED;
	return 0;
}

/* A cgroup below one that somebody else has frozen stays frozen, whatever is written to it. */
static bool asks_for_nothing(const char *directory, uint32_t version)
{
	char text[64];

	return read_small(directory, version == 1 ? "freezer.self_freezing" : "cgroup.freeze", text,
		       sizeof(text)) == 0 &&
	       text[0] == '0';
}

int cgroup_ask_freezer(const char *directory, uint32_t version, bool frozen, struct err *err)
{
	const char *name = version == 1 ? "freezer.state" : "cgroup.freeze";
	const char *text = version == 1 ? (frozen ? "FROZEN" : "THAWED") : (frozen ? "1" : "0");

	if (write_small(directory, name, text) < 0)
		return err_set(
			err, ERR_SYSTEM, errno, "cannot write %s to %s/%s", text, directory, name);
	return 0;
}

int cgroup_freeze(const char *directory, uint32_t version, bool frozen, struct err *err)
{
	const enum freezer_state wanted = frozen ? FREEZER_FROZEN : FREEZER_THAWED;

	if (cgroup_ask_freezer(directory, version, frozen, err) < 0)
		return -1;
	for (int waited = 0; waited < FREEZE_TIMEOUT_MS; waited++) {
		const struct timespec pause = {.tv_nsec = 1000000};
		enum freezer_state state;

		if (freezer_state(directory, version, &state) < 0)
			return err_set(
				err, ERR_SYSTEM, errno, "cannot read the freezer of %s", directory);
		if (state == wanted || (!frozen && asks_for_nothing(directory, version)))
			return 0;
		nanosleep(&pause, NULL);
		/* Version 1 gives up on processes that do not freeze at once; ask again. */
		if (state == FREEZER_BUSY && waited % 20 == 19)
			(void)cgroup_ask_freezer(directory, version, frozen, NULL);
	}
	return err_set(err, ERR_SYSTEM, 0, "%s was not %s within %d s", directory,
		frozen ? "frozen" : "thawed", FREEZE_TIMEOUT_MS / 1000);
}

bool cgroup_directory_contains(const char *directory, const char *other)
{
	size_t length = strlen(directory);

	return strncmp(directory, other, length) == 0 &&
	       (other[length] == '\0' || other[length] == '/');
}

bool cgroup_contains(const struct cgroup *cgroup, const struct cgroup *other)
{
	return cgroup_directory_contains(cgroup->directory, other->directory);
}

int cgroup_is_frozen(const char *directory, uint32_t version, bool *ret_frozen, struct err *err)
{
	char text[64];

	/* What was asked for counts, also when it is not reached yet. */
	if (read_small(directory, version == 1 ? "freezer.state" : "cgroup.freeze", text,
		    sizeof(text)) < 0)
		return err_set(
			err, ERR_UNAVAILABLE, errno, "cannot read the freezer of %s", directory);
	*ret_frozen = version == 1 ? strncmp(text, "THAWED", 6) != 0 : text[0] == '1';
	return 0;
}
