/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include "reports/mem.h"

#define GROUPS_MAX 65536 /* NGROUPS_MAX */

struct caller {
	uid_t uid;
	gid_t gid;
};

/* An id as sudo puts it into the environment. */
static bool read_id(const char *variable, unsigned int *ret_id)
{
	const char *text = getenv(variable);
	unsigned long id;
	char *end;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	id = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || id >= UINT32_MAX)
		return false;
	*ret_id = (unsigned int)id;
	return true;
}

/* All groups of the user; of one that the system does not know, the one that sudo named. */
static int take_groups(const struct caller *caller)
{
	const struct passwd *user = getpwuid(caller->uid);
	cleanup_free gid_t *groups = NULL;
	int count = 0;

	if (user == NULL)
		return setgroups(1, &caller->gid);
	(void)getgrouplist(user->pw_name, caller->gid, NULL, &count);
	if (count < 1 || count > GROUPS_MAX)
		return setgroups(1, &caller->gid);
	groups = xcalloc((size_t)count, sizeof(*groups));
	if (getgrouplist(user->pw_name, caller->gid, groups, &count) < 0)
		return setgroups(1, &caller->gid);
	return setgroups((size_t)count, groups);
}

int identity_prepare(struct err *err)
{
	struct caller caller;

	if (geteuid() != 0 || !read_id("SUDO_UID", &caller.uid) ||
		!read_id("SUDO_GID", &caller.gid) || caller.uid == 0)
		return 0;
	if (take_groups(&caller) < 0 || setresgid((gid_t)-1, (gid_t)-1, caller.gid) < 0 ||
		setresuid((uid_t)-1, (uid_t)-1, caller.uid) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno,
			"cannot open files as the user %u, who called sudo (unset SUDO_UID to open "
			"them as root)",
			caller.uid);
	return 0;
}

/* The user whose files are opened, if that is not the one that the process is. */
static bool find_caller(struct caller *ret_caller)
{
	uid_t uid;
	gid_t gid;

	return geteuid() == 0 && getresuid(&uid, &uid, &ret_caller->uid) == 0 &&
	       getresgid(&gid, &gid, &ret_caller->gid) == 0 && ret_caller->uid != 0;
}

/* setfsuid(2) and setfsgid(2) tell only what was before; an impossible id changes nothing. */
static bool is_assumed(const struct caller *caller)
{
	return (uid_t)setfsuid((uid_t)-1) == caller->uid &&
	       (gid_t)setfsgid((gid_t)-1) == caller->gid;
}

int identity_assume(void)
{
	struct caller caller;

	if (!find_caller(&caller))
		return 0;
	(void)setfsgid(caller.gid);
	(void)setfsuid(caller.uid);
	if (is_assumed(&caller))
		return 0;
	identity_resume();
	errno = EPERM;
	return -1;
}

void identity_resume(void)
{
	(void)setfsuid(geteuid());
	(void)setfsgid(getegid());
}

bool identity_is_root(void)
{
	struct caller caller;

	return geteuid() == 0 && !find_caller(&caller);
}
