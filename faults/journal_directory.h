/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULTS_JOURNAL_DIRECTORY_H
#define FAULTS_JOURNAL_DIRECTORY_H

#include <stdbool.h>

#include "reports/err.h"

#define JOURNAL_DIRECTORY "/run/perturb"

/* Opens /run/perturb, made when it is missing; a descriptor, or -1. Refuses a directory that is
 * not root's own, that others may write to, or that is a symbolic link: whoever can write there
 * could make root change whatever a forged journal says. */
int journal_directory_open(struct err *err);

/* Does it exist? Looking into it must not make it. */
bool journal_directory_exists(void);

/* A lock on the directory itself, so that no file stays behind, for the moments in which what is in
 * it must not change under somebody's eyes: a journal appears, a claim is made, a list is taken.
 * Nobody waits for anything else while holding it, so it is never waited for long; after a second:
 * ERR_UNAVAILABLE. Ends with the descriptor, too. */
int journal_directory_lock(int directory, struct err *err);
void journal_directory_unlock(int directory);

/* Takes a lock (LOCK_EX, LOCK_SH) within that time; -1 with errno EWOULDBLOCK when it cannot. */
int journal_lock_within(int fd, int lock, int timeout_ms);

#endif
