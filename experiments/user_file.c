/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/user_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "experiments/bytes.h"
#include "reports/identity.h"
#include "reports/mem.h"

int user_file_open(const char *path, int flags)
{
	int error;
	int fd;

	if (identity_assume() < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);
	error = errno;
	identity_resume();
	errno = error;
	return fd;
}

int user_file_stat(const char *path, struct stat *ret_status)
{
	int error;
	int result;

	if (identity_assume() < 0)
		return -1;
	result = stat(path, ret_status);
	error = errno;
	identity_resume();
	errno = error;
	return result;
}

/* What comes by a pipe is whatever the user sends. */
static bool is_private(int fd)
{
	struct stat status;

	if (!identity_is_root())
		return false; /* it was read with rights that its reader has anyway */
	return fstat(fd, &status) < 0 || (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode) &&
						 (status.st_mode & S_IROTH) == 0);
}

int user_file_read(const char *path, size_t size, struct user_file *ret_file, struct err *err)
{
	cleanup_close int fd = user_file_open(path, 0);

	if (fd < 0)
		return err_set(err, ERR_USAGE, errno, "cannot be opened");
	if (bytes_read(fd, size, &ret_file->text, &ret_file->length) < 0)
		return err_set(err, ERR_USAGE, errno, "cannot be read");
	ret_file->private = is_private(fd);
	return 0;
}

void user_file_release(struct user_file *file)
{
	if (file->text != NULL)
		explicit_bzero(file->text, file->length);
	free(file->text);
	memset(file, 0, sizeof(*file));
}
