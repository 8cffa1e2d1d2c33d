/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/recovery.h"

#include <errno.h>
#include <inttypes.h>

#include "faults/journal.h"
#include "faults/journal_directory.h"
#include "faults/netns.h"

/* A process that is ending closes what it holds one by one. */
#define TAKE_TIMEOUT_MS 3000

static void tell(const struct recovery_observer *observer, const struct operation *operation,
	const struct err *failure)
{
	if (observer != NULL)
		observer->function(observer->data, operation, failure);
}

/* What takes effect at once goes first, for all. */
static void cease_all(const struct journal_content *content, struct operation_context *context)
{
	for (size_t i = content->count; i-- > 0;) {
		const struct operation *operation = &content->operations[i];
		const struct operation_ops *ops = operation_ops(operation->type);
		struct err ignored;

		if (ops->cease != NULL)
			(void)ops->cease(context, operation, &ignored);
	}
}

/* The first failure is the one that is told; the others are tried all the same. */
static int undo_all(const struct journal_content *content, const struct recovery_observer *observer,
	size_t *ret_count, struct err *err)
{
	struct operation_context context = {0};
	int result = 0;

	if (netns_cache_new(&context.netns, err) < 0)
		return -1;
	cease_all(content, &context);
	for (size_t i = content->count; i-- > 0;) {
		const struct operation *operation = &content->operations[i];
		struct err failure = {0};

		if (operation_ops(operation->type)->undo(&context, operation, NULL, &failure) < 0) {
			tell(observer, operation, &failure);
			if (result == 0)
				*err = failure;
			result = -1;
		} else {
			tell(observer, operation, NULL);
			(*ret_count)++;
		}
	}
	netns_cache_free(context.netns);
	return result;
}

static int recover(const struct journal_taken *taken, const struct recovery_observer *observer,
	size_t *ret_count, struct err *err)
{
	struct journal_content content;
	uint32_t damaged;
	int result;

	if (journal_read_fd(taken->fd, taken->name, &content, err) < 0)
		return -1;
	damaged = content.damaged_line;
	result = undo_all(&content, observer, ret_count, err);
	journal_content_release(&content);
	if (result == 0 && damaged == 0)
		return journal_discard(taken, err);
	if (result == 0)
		return err_set(err, ERR_UNREVERTED, 0,
			"line %" PRIu32
			" of %s/%s is damaged, and with it what was changed there; the other lines "
			"were put back. Look at what it names, then remove the file",
			damaged, JOURNAL_DIRECTORY, taken->name);
	err->code = ERR_UNREVERTED;
	return -1;
}

int recovery_run_observed(const char *run_id, const struct recovery_observer *observer,
	size_t *ret_count, struct err *err)
{
	struct journal_taken taken;
	int result;

	*ret_count = 0;
	if (!journal_directory_exists())
		return 0;
	if (journal_take(run_id, TAKE_TIMEOUT_MS, &taken, err) < 0)
		return err->sys == ENOENT ? 0 : -1;
	result = recover(&taken, observer, ret_count, err);
	journal_taken_release(&taken);
	return result;
}

int recovery_run(const char *run_id, size_t *ret_count, struct err *err)
{
	return recovery_run_observed(run_id, NULL, ret_count, err);
}
