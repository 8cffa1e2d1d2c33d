/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPERIMENTS_BYTES_H
#define EXPERIMENTS_BYTES_H

#include <stddef.h>

/* Reads a descriptor to its end, or size bytes of it, so that endless files end as well. *ret_bytes
 * is heap, not terminated. -1 with errno. */
int bytes_read(int fd, size_t size, char **ret_bytes, size_t *ret_length);

#endif
