/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULTS_JOURNAL_DIRECTORY_H
#define FAULTS_JOURNAL_DIRECTORY_H

#include "reports/err.h"

#define JOURNAL_DIRECTORY "/run/perturb"

/* Opens /run/perturb, made when it is missing; a descriptor, or -1. Refuses a directory that is
 * not root's own, that others may write to, or that is a symbolic link: whoever can write there
 * could make root change whatever a forged journal says. */
int journal_directory_open(struct err *err);

#endif
