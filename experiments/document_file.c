/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/document_file.h"

#include <errno.h>
#include <unistd.h>

#include "experiments/document.h"

int document_file_read(int fd, char **ret_text, size_t *ret_length)
{
	const size_t size = DOCUMENT_SIZE_MAX + 1;
	cleanup_free char *text = xcalloc(1, size);
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(fd, text + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	*ret_text = steal_pointer(&text);
	*ret_length = length;
	return 0;
}
