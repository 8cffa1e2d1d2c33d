/* SPDX-License-Identifier: Apache-2.0 */
/* What the custodian holds: operations from their journalling to their undo. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "faults/claims.h"
#include "faults/custodian_state.h"
#include "faults/impairment_check.h"
#include "faults/operation_check.h"

/* Is no other entry of its action left to put back? The entries of an action lie side by side. */
static bool is_last_open(const struct custodian_state *state, const struct entry *entry)
{
	const struct entry *end = state->entries + state->count;
	uint32_t fault = entry->operation.fault;

	for (const struct entry *other = entry + 1; other < end && other->operation.fault == fault;
		other++)
		if (other->state != STATE_FINISHED)
			return false;
	for (const struct entry *other = entry;
		other > state->entries && other[-1].operation.fault == fault; other--)
		if (other[-1].state != STATE_FINISHED)
			return false;
	return true;
}

static void finish(struct custodian_state *state, struct entry *entry)
{
	if (entry->state != STATE_FINISHED)
		state->open--;
	state->undone = true;
	entry->state = STATE_FINISHED;
}

/* Puts one operation back and says so. quiet: it was never reported as applied. */
static void undo(
	struct custodian_state *state, struct entry *entry, enum custodian_cause cause, bool quiet)
{
	struct custodian_event event = {.type = CUSTODIAN_UNDONE,
		.fault = entry->operation.fault,
		.operation = entry->operation.id,
		.cause = cause};
	int64_t start = monotonic_ns();
	struct err ignored;

	if (operation_ops(entry->operation.type)
			->undo(&state->context, &entry->operation, &event.evidence, &event.err) <
		0) {
		entry->state = STATE_STUCK;
		event.type = CUSTODIAN_STUCK;
		if (!entry->told)
			custodian_say(state, &event);
		entry->told = true;
		return;
	}
	event.at_ns = monotonic_ns();
	event.duration_ns = event.at_ns - start;
	event.last = is_last_open(state, entry);
	finish(state, entry);
	/* Undoing twice does no harm, so a journal that lacks this line is still right. */
	(void)journal_add_undone(state->journal, entry->operation.id, &ignored);
	if (!quiet)
		custodian_say(state, &event);
}

/* Puts back what matches, the youngest first. */
void custodian_undo_where(struct custodian_state *state, enum custodian_cause cause,
	bool (*matches)(const struct entry *entry, int64_t argument), int64_t argument)
{
	struct err ignored;
	bool any = false;

	for (size_t i = state->count; i-- > 0;) {
		const struct operation *operation = &state->entries[i].operation;
		const struct operation_ops *ops = operation_ops(operation->type);

		if (ops->cease != NULL && state->entries[i].state != STATE_FINISHED &&
			matches(&state->entries[i], argument))
			(void)ops->cease(&state->context, operation, &ignored);
	}
	for (size_t i = state->count; i-- > 0;) {
		struct entry *entry = &state->entries[i];

		if (entry->state == STATE_FINISHED || !matches(entry, argument))
			continue;
		undo(state, entry, cause, entry->state == STATE_PREPARED);
		any = true;
	}
	if (any)
		(void)journal_sync(state->journal, &ignored);
}

bool custodian_matches_fault(const struct entry *entry, int64_t fault)
{
	return fault == UINT32_MAX || entry->operation.fault == fault;
}

static int reserve(struct custodian_state *state, size_t more, struct err *err)
{
	size_t capacity = state->capacity;
	struct entry *moved;

	while (capacity - state->count < more)
		capacity = capacity == 0 ? 64 : capacity * 2;
	if (capacity == state->capacity)
		return 0;
	moved = realloc(state->entries, capacity * sizeof(*moved));
	if (moved == NULL)
		return err_set(
			err, ERR_SYSTEM, ENOMEM, "the custodian cannot take more operations");
	state->entries = moved;
	state->capacity = capacity;
	return 0;
}

static void refuse(
	struct custodian_state *state, const struct request *request, const struct err *err)
{
	struct custodian_event event = {.type = CUSTODIAN_FAILED,
		.fault = request->fault,
		.operation = request->operation.id,
		.at_ns = monotonic_ns(),
		.last = true,
		.err = *err};

	custodian_say(state, &event);
}

bool custodian_shares_clsact(const void *others, const struct operation *operation)
{
	const struct custodian_state *state = others;

	for (size_t i = 0; i < state->count; i++) {
		const struct entry *entry = &state->entries[i];
		const struct operation *other = &entry->operation;

		if (other->clsact_created && other->id != operation->id &&
			(entry->state == STATE_APPLIED || entry->state == STATE_STUCK) &&
			other->netns_inode == operation->netns_inode &&
			other->netns_device == operation->netns_device &&
			other->interface_index == operation->interface_index)
			return true;
	}
	return false;
}

/* Asks of one operation whether it may be: what it says, who else is there, what is there. */
static int prepare(struct custodian_state *state, const struct claims *claims,
	struct operation *operation, struct err *err)
{
	/* What has no end must be done at once. */
	if (operation_check(operation) < 0 ||
		(operation->deadline_ns == 0 && !operation_ops(operation->type)->instant))
		return err_set(err, ERR_SYSTEM, 0, "this is no operation of perturb's");
	if (claims_check(claims, operation, err) < 0)
		return -1;
	return operation_ops(operation->type)->prepare(&state->context, operation, err);
}

/* An operation whose line is in the journal, or waits to be written there, is not applied after
 * all: nobody may put it back later, when the place is somebody else's perhaps. */
static void withdraw(struct custodian_state *state, const struct operation *operation)
{
	struct err ignored;

	(void)journal_add_undone(state->journal, operation->id, &ignored);
}

/* Adds the lines of one action, all or none. */
static int journal_action(struct custodian_state *state, const struct request *requests,
	size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (journal_add_operation(state->journal, &requests[i].operation, err) == 0)
			continue;
		while (i-- > 0)
			withdraw(state, &requests[i].operation);
		return -1;
	}
	return 0;
}

/* Prepares the requests of one action: all, or none is entered. */
static size_t enter_action(struct custodian_state *state, const struct claims *claims,
	struct request *requests, size_t count)
{
	struct err err = {0};

	for (size_t i = 0; i < count; i++) {
		struct operation *operation = &requests[i].operation;
		struct entry *entry = &state->entries[state->count + i];

		operation->deadline_ns = requests[i].deadline_ns;
		if (protection_check(&state->in_force, &state->use, operation,
			    operation->deadline_ns, monotonic_ns(), &err) < 0 ||
			prepare(state, claims, operation, &err) < 0) {
			refuse(state, &requests[i], &err);
			return 0;
		}
		*entry = (struct entry){.operation = *operation,
			.deadline_ns = requests[i].deadline_ns,
			.state = STATE_PREPARED};
	}
	if (journal_action(state, requests, count, &err) < 0) {
		refuse(state, &requests[count - 1], &err);
		return 0;
	}
	state->count += count;
	state->open += count;
	return count;
}

/* The action failed at entry: what it did already is put back, nothing of it stays entered. */
static void fail_action(struct custodian_state *state, const struct entry *entry, struct err *err)
{
	struct request request = {.fault = entry->operation.fault, .operation = entry->operation};

	custodian_undo_where(state, CAUSE_FAILURE, custodian_matches_fault, entry->operation.fault);
	refuse(state, &request, err);
}

static void apply_entries(struct custodian_state *state, size_t first)
{
	for (size_t i = first; i < state->count; i++) {
		struct entry *entry = &state->entries[i];
		struct custodian_event event = {.type = CUSTODIAN_APPLIED,
			.fault = entry->operation.fault,
			.operation = entry->operation.id};
		int64_t start = monotonic_ns();

		if (entry->state != STATE_PREPARED)
			continue; /* its action failed */
		if (operation_ops(entry->operation.type)
				->apply(&state->context, &entry->operation, &event.err) < 0) {
			fail_action(state, entry, &event.err);
			continue;
		}
		entry->state = STATE_APPLIED;
		event.at_ns = monotonic_ns();
		event.duration_ns = event.at_ns - start;
		event.last = i + 1 == state->count ||
			     state->entries[i + 1].operation.fault != entry->operation.fault;
		if (entry->deadline_ns == 0) {
			struct err ignored;

			/* Done once and for all: its undo only tells the evidence. */
			(void)operation_ops(entry->operation.type)
				->undo(&state->context, &entry->operation, &event.evidence,
					&ignored);
			(void)journal_add_undone(state->journal, entry->operation.id, &ignored);
			finish(state, entry);
		}
		custodian_say(state, &event);
	}
}

static struct entry *find_entry(struct custodian_state *state, uint32_t fault, uint32_t operation)
{
	for (size_t i = 0; i < state->count; i++)
		if (state->entries[i].operation.fault == fault &&
			state->entries[i].operation.id == operation)
			return &state->entries[i];
	return NULL;
}

static int change(struct custodian_state *state, struct entry *entry,
	const struct impairment *impairment, struct err *err)
{
	const struct operation_ops *ops = operation_ops(entry->operation.type);

	if (ops->change == NULL || impairment_check(impairment) < 0)
		return err_set(err, ERR_SYSTEM, 0, "this is no change of perturb's");
	if (ops->change(&state->context, &entry->operation, impairment, err) < 0)
		return -1;
	entry->operation.changed = true;
	return 0;
}

void custodian_change_entry(struct custodian_state *state, const struct request *request)
{
	struct custodian_event event = {.type = CUSTODIAN_CHANGED,
		.fault = request->fault,
		.operation = request->changed,
		.last = request->last};
	struct entry *entry = find_entry(state, request->fault, request->changed);
	int64_t start = monotonic_ns();

	/* Its time was over while the request was on its way. */
	if (entry == NULL || entry->state != STATE_APPLIED)
		return;
	if (change(state, entry, &request->impairment, &event.err) < 0) {
		fail_action(state, entry, &event.err);
		return;
	}
	event.at_ns = monotonic_ns();
	event.duration_ns = event.at_ns - start;
	custodian_say(state, &event);
}

/* Enters the actions of a batch, one by one, and stores the journal; the others' journals stay as
 * they are meanwhile. */
static int enter_actions(struct custodian_state *state, struct claims *claims,
	struct request *requests, size_t count, struct err *err)
{
	size_t first = state->count;
	int result;

	for (size_t i = 0; i < count;) {
		size_t end = i + 1;

		while (end < count && !requests[end - 1].last)
			end++;
		enter_action(state, claims, requests + i, end - i);
		i = end;
	}
	result = state->count == first ? 0 : journal_sync(state->journal, err);
	claims_end(claims);
	return result;
}

/* Takes APPLY requests of complete actions: prepare all, one journal write, apply all. */
void custodian_apply_batch(struct custodian_state *state, struct request *requests, size_t count)
{
	size_t first = state->count;
	struct claims claims;
	struct err err = {0};

	if (count == 0)
		return;
	if (state->journal == NULL)
		err_set(&err, ERR_SYSTEM, 0, "no run has begun");
	if (state->journal == NULL || reserve(state, count, &err) < 0 ||
		claims_begin(state->journal, &claims, &err) < 0) {
		for (size_t i = 0; i < count; i++)
			if (requests[i].last)
				refuse(state, &requests[i], &err);
		return;
	}
	if (enter_actions(state, &claims, requests, count, &err) < 0) {
		for (size_t i = first; i < state->count; i++) {
			struct entry *entry = &state->entries[i];

			if (is_last_open(state, entry)) {
				struct request request = {.fault = entry->operation.fault,
					.operation = entry->operation};
				refuse(state, &request, &err);
			}
			finish(state, entry);
			withdraw(state, &entry->operation);
		}
		state->count = first;
		return;
	}
	apply_entries(state, first);
}
