/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/plain_file.h"

#include <errno.h>
#include <fcntl.h>

#include "experiments/user_file.h"
#include "reports/mem.h"

static enum outcome outcome_of(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return OUTCOME_NOT_FOUND;
	case EACCES:
	case EPERM:
		return OUTCOME_AUTH;
	default:
		return OUTCOME_OTHER;
	}
}

enum outcome plain_file_stat(const char *path, struct stat *ret_status)
{
	if (user_file_stat(path, ret_status) < 0)
		return outcome_of(errno);
	return S_ISREG(ret_status->st_mode) ? OUTCOME_OK : OUTCOME_STATE;
}

/* Examined twice: to open a device may have an effect, and what has the name may be another file by
 * then. */
enum outcome plain_file_open(const char *path, int *ret_fd, struct stat *ret_status)
{
	const enum outcome outcome = plain_file_stat(path, ret_status);
	cleanup_close int fd = -1;

	if (outcome != OUTCOME_OK)
		return outcome;
	fd = user_file_open(path, O_NONBLOCK);
	if (fd < 0 || fstat(fd, ret_status) < 0)
		return outcome_of(errno);
	if (!S_ISREG(ret_status->st_mode))
		return OUTCOME_STATE;
	*ret_fd = steal_fd(&fd);
	return OUTCOME_OK;
}
