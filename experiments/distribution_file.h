/* SPDX-License-Identifier: Apache-2.0 */
/*
 * distribution_file - the shape of jitter from a file, in the format of tc's own (*.dist): whole
 * numbers, in 1/8192 standard deviations, and lines of comment that begin with '#'.
 */
#ifndef EXPERIMENTS_DISTRIBUTION_FILE_H
#define EXPERIMENTS_DISTRIBUTION_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults/distribution_table.h"
#include "reports/err.h"

/* Reads the file with the rights of the user and numbers its table, or finds the number of an equal
 * one. */
int distribution_file_read(const char *path, struct distribution_tables *tables,
	uint32_t *ret_number, struct err *err);

/* The same for text in memory, size bytes; private: it must not be shown. */
int distribution_parse(const char *text, size_t size, bool private,
	struct distribution_table *ret_table, struct err *err);

#endif
