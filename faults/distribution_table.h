/* SPDX-License-Identifier: Apache-2.0 */
/*
 * distribution_table - distributions that the user brings, as tables of deviates.
 *
 * An impairment names one by its number, because a table is larger than all else that an operation
 * has. The tables lie in memory that the main process fills in before a run begins, and that the
 * custodian and the relay share and only read: any table is a possible one, so nothing in it needs
 * to be trusted but its size.
 */
#ifndef FAULTS_DISTRIBUTION_TABLE_H
#define FAULTS_DISTRIBUTION_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* What netem takes (NETEM_DIST_MAX). */
#define DISTRIBUTION_TABLE_SIZE 16384

/* What the two of one impairment may have together, so that all of netem's options fit into an
 * attribute of 64 KB. */
#define DISTRIBUTION_PAIR_MAX 32000

#define DISTRIBUTION_TABLES_MAX 16

struct distribution_table {
	uint32_t size;				   /* deviates, at least 1 */
	int16_t deviates[DISTRIBUTION_TABLE_SIZE]; /* in 1/DISTRIBUTION_SCALE standard deviations */
};

struct distribution_tables {
	uint32_t count;
	struct distribution_table tables[DISTRIBUTION_TABLES_MAX];
};

/* The deviates of the table with that number, from 1, and how many they are. NULL: there is no such
 * table. tables may be NULL. */
const int16_t *distribution_table_find(
	const struct distribution_tables *tables, uint32_t number, size_t *ret_size);

#endif
