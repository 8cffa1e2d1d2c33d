/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/crc32.h"

uint32_t crc32_of(const void *data, size_t length)
{
	const unsigned char *bytes = data;
	uint32_t crc = 0xffffffffU;

	/* Bit by bit: journal lines are short and few, a table would be larger than its use. */
	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
	}
	return ~crc;
}
