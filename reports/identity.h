/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity - whose rights files are opened with. Under sudo, the files that a user names are opened
 * with the rights of that user, not with root's: what they cannot read stays unread, and what is
 * written is theirs.
 *
 * Nothing is kept here: the kernel knows the user as the process's saved user and group.
 */
#ifndef REPORTS_IDENTITY_H
#define REPORTS_IDENTITY_H

#include <stdbool.h>

#include "reports/err.h"

/* Remembers the user who called sudo, if one did, and takes their groups. Once, while the process
 * still has the privileges of root. */
int identity_prepare(struct err *err);

/* From here to identity_resume, files are opened and made as that user. Without sudo, nothing
 * changes. -1 and errno when it is not possible. */
int identity_assume(void);
void identity_resume(void);

/* Does this process open files with the rights of root, and for nobody else? */
bool identity_is_root(void);

#endif
