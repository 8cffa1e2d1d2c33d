/* SPDX-License-Identifier: Apache-2.0 */
/*
 * units - numbers with units, as people write them, and back.
 *
 * Every reader takes the whole text or fails with ERR_USAGE and a message that says what was
 * expected; a bare number where a unit belongs is an error that says so.
 */
#ifndef EXPERIMENTS_UNITS_H
#define EXPERIMENTS_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "reports/err.h"

/* What each reader accepts, for messages of others. */
#define DURATION_EXPECTED  "a duration such as 200ms, 1.5s or 2m"
#define PERCENT_EXPECTED   "a percentage such as 5% or 0.1%"
#define RATE_EXPECTED	   "a rate such as 512kbit, 10mbit or 1gbit"
#define SIZE_EXPECTED	   "a size such as 64KiB or 1MiB"
#define OVERHEAD_EXPECTED  "a size such as 18B or -14B"
#define FREQUENCY_EXPECTED "a frequency such as 20/s or 600/m"
#define COUNT_EXPECTED	   "a whole number"
#define SIGNAL_EXPECTED	   "a signal such as TERM, SIGKILL or 9"

/* No duration is longer: sums of a few never overflow. */
#define DURATION_MAX_NS (INT64_C(366) * 24 * 3600 * 1000000000)

/* "150us", "200ms", "1.5s", "2m", "1h", "0" (zero needs no unit), "1m30s"; nanoseconds, >= 0. */
int duration_parse(const char *text, int64_t *ret_ns, struct err *err);
/* "5%", "0.1%"; 0 to 100. */
int percent_parse(const char *text, double *ret_percent, struct err *err);
/* bits per second as in tc(8): bit kbit mbit gbit tbit (SI), kibit … (IEC), bps kbps mbps (bytes).
 */
int rate_parse(const char *text, uint64_t *ret_bits, struct err *err);
/* "512B", "64KiB", "1MiB", "1GiB", "64kB" (SI), bytes. */
int size_parse(const char *text, uint64_t *ret_bytes, struct err *err);
/* "20/s", "600/m", "0.5/s"; per second, > 0. */
int overhead_parse(const char *text, int64_t *ret_bytes, struct err *err);
int frequency_parse(const char *text, double *ret_per_second, struct err *err);
int count_parse(const char *text, uint32_t *ret_count, struct err *err);
/* "SIGTERM", "TERM", "term", "15". */
int signal_parse(const char *text, int *ret_signal, struct err *err);
/* "TERM", without SIG; the number for one without a name. buffer receives it. */
const char *signal_name(int signal, char *buffer, size_t size);

/* The shortest exact form: "200ms", "1.5s", "10mbit", "64KiB", "5%". */
const char *duration_format(int64_t ns, char *buffer, size_t size);
const char *rate_format(uint64_t bits, char *buffer, size_t size);
const char *size_format(uint64_t bytes, char *buffer, size_t size);
const char *overhead_format(int64_t bytes, char *buffer, size_t size);
const char *percent_format(double percent, char *buffer, size_t size);

#endif
