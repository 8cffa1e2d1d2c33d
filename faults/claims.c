/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/claims.h"

#include <unistd.h>

#include "faults/journal_directory.h"
#include "faults/operation_place.h"

int claims_begin(const struct journal *own, struct claims *ret_claims, struct err *err)
{
	struct claims claims = {.directory = journal_directory_of(own)};

	if (journal_directory_lock(claims.directory, err) < 0)
		return -1;
	if (journals_scan(claims.directory, journal_file_of(own), &claims.others, err) < 0) {
		journal_directory_unlock(claims.directory);
		return -1;
	}
	*ret_claims = claims;
	return 0;
}

void claims_end(struct claims *claims)
{
	journal_directory_unlock(claims->directory);
	claims_release(claims);
}

int claims_look(struct claims *ret_claims, struct err *err)
{
	struct claims claims = {.directory = -1};

	if (geteuid() == 0 && journals_list(&claims.others, err) < 0)
		return -1;
	*ret_claims = claims;
	return 0;
}

void claims_release(struct claims *claims)
{
	journal_list_release(&claims->others);
}

/* A signal to a process that another run has stopped, or whose interface it has changed, would put
 * an end to what that one measures; so would a partition of a network that another run changes.
 * Name services are redirected by one run at a time. */
static bool disturbs(const struct operation *operation, const struct operation *theirs)
{
	if (operation->type == OPERATION_NFT || operation->type == OPERATION_RESET ||
		theirs->type == OPERATION_NFT ||
		(operation->type == OPERATION_DNS && theirs->type == OPERATION_DNS))
		return operation->netns_inode != 0 &&
		       operation->netns_inode == theirs->netns_inode &&
		       operation->netns_device == theirs->netns_device;
	if (operation->type != OPERATION_SIGNAL)
		return operation_same_place(operation, theirs);
	return theirs->type != OPERATION_SIGNAL && operation->pid == theirs->pid &&
	       operation->start_time == theirs->start_time;
}

static int refuse(
	const struct journal_entry *entry, const struct operation *theirs, struct err *err)
{
	char place[OPERATION_PLACE_MAX];
	int pid = (int)journal_entry_pid(entry);

	operation_place(theirs, place, sizeof(place));
	if (entry->state == JOURNAL_ACTIVE)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"%s is in use by the run %s (pid %d): wait until it ends, or end it by "
			"\"perturb abort %s\"",
			place, entry->run_id, pid, entry->run_id);
	return err_set(err, ERR_UNAVAILABLE, 0,
		"%s was left changed by the run %s (pid %d, which is gone): put it back by "
		"\"perturb recover\"",
		place, entry->run_id, pid);
}

int claims_check(const struct claims *claims, const struct operation *operation, struct err *err)
{
	for (size_t i = 0; i < claims->others.count; i++) {
		const struct journal_entry *entry = &claims->others.items[i];

		/* Whatever is in it: it might be this. */
		if (entry->state != JOURNAL_FOREIGN && entry->err.code != ERR_NONE) {
			*err = entry->err;
			return -1;
		}
		for (size_t j = 0; j < entry->content.count; j++)
			if (disturbs(operation, &entry->content.operations[j]))
				return refuse(entry, &entry->content.operations[j], err);
	}
	return 0;
}
