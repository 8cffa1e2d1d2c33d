/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPERIMENTS_DOCUMENT_FILE_H
#define EXPERIMENTS_DOCUMENT_FILE_H

#include <stddef.h>

/* Reads a file for document_parse: heap, not terminated. At most one byte more than a document may
 * have, so that endless files end as well. -1 with errno. */
int document_file_read(int fd, char **ret_text, size_t *ret_length);

#endif
