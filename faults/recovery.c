/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/recovery.h"

#include <errno.h>

#include "faults/journal.h"
#include "faults/netns.h"
#include "faults/operation.h"

static int undo_all(const struct journal_content *content, size_t *ret_count, struct err *err)
{
	struct operation_context context = {0};
	int result = 0;

	if (netns_cache_new(&context.netns, err) < 0)
		return -1;
	for (size_t i = content->count; i-- > 0;) {
		const struct operation *operation = &content->operations[i];
		const struct operation_ops *ops = operation_ops(operation->type);
		struct err ignored;

		if (ops->cease != NULL)
			(void)ops->cease(&context, operation, &ignored);
	}
	for (size_t i = content->count; i-- > 0;) {
		const struct operation *operation = &content->operations[i];

		if (operation_ops(operation->type)->undo(&context, operation, NULL, err) < 0)
			result = -1;
		else
			(*ret_count)++;
	}
	netns_cache_free(context.netns);
	return result;
}

int recovery_run(const char *run_id, size_t *ret_count, struct err *err)
{
	struct journal_content content;
	int result;

	*ret_count = 0;
	if (journal_read(run_id, &content, err) < 0)
		return err->sys == ENOENT ? 0 : -1;
	result = undo_all(&content, ret_count, err);
	journal_content_release(&content);
	if (result < 0) {
		err->code = ERR_UNREVERTED;
		return -1;
	}
	return journal_discard(run_id, err);
}
