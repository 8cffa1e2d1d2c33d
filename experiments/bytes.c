/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/bytes.h"

#include <errno.h>
#include <unistd.h>

#include "reports/mem.h"

int bytes_read(int fd, size_t size, char **ret_bytes, size_t *ret_length)
{
	cleanup_free char *bytes = xcalloc(1, size);
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(fd, bytes + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	*ret_bytes = steal_pointer(&bytes);
	*ret_length = length;
	return 0;
}
