/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/netns_find.h"

#include <dirent.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/mem.h"

static bool is_same(const struct stat *status, uint64_t device, uint64_t inode)
{
	return status->st_dev == device && status->st_ino == inode;
}

/* Opens path if it leads to the namespace. */
static int open_if_same(int directory, const char *path, uint64_t device, uint64_t inode)
{
	cleanup_close int fd = -1;
	struct stat status;

	/* Looking first spares opening what could be anything. */
	if (fstatat(directory, path, &status, 0) < 0 || !is_same(&status, device, inode))
		return -1;
	fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0 || !is_same(&status, device, inode))
		return -1;
	return steal_fd(&fd);
}

static int find_by_process(uint64_t device, uint64_t inode)
{
	DIR *directory = opendir("/proc");
	const struct dirent *entry;
	int fd = -1;

	if (directory == NULL)
		return -1;
	while (fd < 0 && (entry = readdir(directory)) != NULL) {
		char path[32];
		int length;

		if (entry->d_name[strspn(entry->d_name, "0123456789")] != '\0')
			continue;
		length = snprintf(path, sizeof(path), "%.16s/ns/net", entry->d_name);
		if (length > 0 && (size_t)length < sizeof(path))
			fd = open_if_same(dirfd(directory), path, device, inode);
	}
	closedir(directory);
	return fd;
}

static int find_by_mount(uint64_t device, uint64_t inode)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;
	int fd = -1;

	if (mounts == NULL)
		return -1;
	while (fd < 0 && (mount = getmntent(mounts)) != NULL) {
		if (strcmp(mount->mnt_type, "nsfs") == 0)
			fd = open_if_same(AT_FDCWD, mount->mnt_dir, device, inode);
	}
	endmntent(mounts);
	return fd;
}

int netns_find(uint64_t device, uint64_t inode)
{
	int fd = find_by_mount(device, inode);

	return fd >= 0 ? fd : find_by_process(device, inode);
}
