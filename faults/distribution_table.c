/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/distribution_table.h"

/* Read once: the other process could change it between the check and the use. */
static uint32_t read_once(const uint32_t *value)
{
	return *(const volatile uint32_t *)value;
}

const int16_t *distribution_table_find(
	const struct distribution_tables *tables, uint32_t number, size_t *ret_size)
{
	uint32_t size;

	if (tables == NULL || number == 0 || number > DISTRIBUTION_TABLES_MAX)
		return NULL;
	size = read_once(&tables->tables[number - 1].size);
	if (size == 0 || size > DISTRIBUTION_TABLE_SIZE)
		return NULL;
	*ret_size = size;
	return tables->tables[number - 1].deviates;
}
