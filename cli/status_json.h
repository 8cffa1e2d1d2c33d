/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_STATUS_JSON_H
#define CLI_STATUS_JSON_H

#include "faults/journals.h"

/* What status --format json prints; heap. now_ns: CLOCK_MONOTONIC. */
char *status_json(const struct journal_list *list, int64_t now_ns);

/* Why not everything is known about a run, or NULL; heap. */
char *status_problem(const struct journal_entry *entry);

#endif
