/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journals - what status, recover and abort have in common.
 */
#ifndef CLI_JOURNALS_H
#define CLI_JOURNALS_H

#include "faults/journals.h"

/* Lists the journals; -1 after printing why it cannot (the exit status is 3). */
int journals_get(const char *verb, struct journal_list *ret_list);

/* "relay on interface eth0 of /run/netns/shop", without a newline. */
void journals_print_change(const struct operation *operation);

/* "20261125-101500-1a2b3c4d  The title  (pid 4711, since 2026-11-25 10:15:00 UTC)", without a
 * newline. */
void journals_print_run(const struct journal_entry *entry);

#endif
