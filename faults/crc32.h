/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULTS_CRC32_H
#define FAULTS_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 of ISO 3309 (polynomial 0xedb88320, reflected), as zlib and gzip compute it. */
uint32_t crc32_of(const void *data, size_t length);

#endif
