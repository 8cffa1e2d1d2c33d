/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/prober.h"

#include <string.h>

#include "reports/mem.h"

#define IDLE_MAX 256 /* exchanges that are kept for reuse; a closed loop has its own number */

/* The first one in flight was sent first, and all have the same time. */
static void timer_set(struct prober *prober)
{
	if (prober->first == NULL)
		loop_disarm(prober->services->loop, &prober->timer);
	else
		loop_arm(prober->services->loop, &prober->timer,
			prober->first->answer.sent_ns + prober->probe->settings->timeout_ns);
}

static void exchange_free(struct exchange *exchange)
{
	const struct probe_kind *kind = exchange->prober->kind;

	if (kind->discard != NULL)
		kind->discard(exchange);
	free(exchange);
}

static struct exchange *exchange_take(struct prober *prober)
{
	struct exchange *exchange = prober->idle;

	if (exchange == NULL) {
		exchange = xcalloc(1, prober->kind->exchange_size);
		exchange->prober = prober;
		return exchange;
	}
	prober->idle = exchange->next;
	prober->idle_count--;
	return exchange;
}

static void exchange_link(struct exchange *exchange)
{
	struct prober *prober = exchange->prober;

	exchange->next = NULL;
	exchange->previous = prober->last;
	if (prober->last != NULL)
		prober->last->next = exchange;
	else
		prober->first = exchange;
	prober->last = exchange;
	prober->in_flight++;
}

/* Takes one out of those in flight and keeps it for reuse. */
static void exchange_retire(struct exchange *exchange)
{
	struct prober *prober = exchange->prober;
	const size_t kept =
		prober->probe->concurrency < IDLE_MAX ? prober->probe->concurrency : IDLE_MAX;

	if (exchange == prober->first)
		prober->first = exchange->next;
	else
		exchange->previous->next = exchange->next;
	if (exchange == prober->last)
		prober->last = exchange->previous;
	else
		exchange->next->previous = exchange->previous;
	prober->in_flight--;
	if (prober->idle_count >= kept) {
		exchange_free(exchange);
		return;
	}
	exchange->next = prober->idle;
	prober->idle = exchange;
	prober->idle_count++;
}

int64_t exchange_elapsed(const struct exchange *exchange)
{
	return clock_now() - exchange->answer.sent_ns;
}

void exchange_end_at(struct exchange *exchange, enum outcome outcome, int64_t ended_ns)
{
	struct prober *prober = exchange->prober;
	struct probe_answer answer = exchange->answer;
	const bool was_first = exchange == prober->first;

	answer.outcome = outcome;
	answer.ended_ns = ended_ns;
	exchange_retire(exchange);
	if (was_first)
		timer_set(prober);
	prober->done(prober->data, &answer);
}

void exchange_end(struct exchange *exchange, enum outcome outcome)
{
	exchange_end_at(exchange, outcome, clock_now());
}

void prober_duplicate(const struct prober *prober, unsigned int tag)
{
	if (prober->duplicated != NULL)
		prober->duplicated(prober->data, tag);
}

static void exchange_give_up(struct exchange *exchange, enum outcome outcome)
{
	exchange->prober->kind->stop(exchange);
	/* An answer that began and did not come to its end in time is another trouble. */
	if (outcome == OUTCOME_TIMEOUT && exchange->answer.first_byte_ns >= 0)
		outcome = OUTCOME_SLOW;
	else if (outcome == OUTCOME_TIMEOUT && exchange->taken)
		outcome = OUTCOME_LOST;
	exchange_end(exchange, outcome);
}

static void on_timer(void *data, int64_t now)
{
	struct prober *prober = data;
	const int64_t sent_before = now - prober->probe->settings->timeout_ns;

	while (prober->first != NULL && prober->first->answer.sent_ns <= sent_before)
		exchange_give_up(prober->first, OUTCOME_TIMEOUT);
	timer_set(prober);
}

int prober_new(struct probe_services *services, const struct probe *probe, prober_done *done,
	void *data, struct prober **ret_prober, struct err *err)
{
	struct prober *prober = xcalloc(1, sizeof(*prober));

	prober->probe = probe;
	prober->kind = probe->kind;
	prober->services = services;
	prober->done = done;
	prober->data = data;
	prober->timer.function = on_timer;
	prober->timer.data = prober;
	if (prober->kind->open(prober, err) != 0) {
		prober_free(prober);
		return -1;
	}
	*ret_prober = prober;
	return 0;
}

void prober_free(struct prober *prober)
{
	if (prober == NULL)
		return;
	while (prober->first != NULL) {
		struct exchange *exchange = prober->first;

		prober->kind->stop(exchange);
		exchange_retire(exchange);
	}
	loop_disarm(prober->services->loop, &prober->timer);
	while (prober->idle != NULL)
		exchange_free(exchange_take(prober));
	prober->kind->close(prober);
	free(prober);
}

int prober_send(struct prober *prober, int64_t due_ns, unsigned int tag)
{
	struct exchange *exchange;

	if (prober->in_flight >= prober->probe->concurrency)
		return -1;
	exchange = exchange_take(prober);
	exchange->answer = (struct probe_answer){
		.due_ns = due_ns,
		.sent_ns = clock_now(),
		.connect_ns = -1,
		.tls_ns = -1,
		.first_byte_ns = -1,
		.tag = tag,
	};
	exchange->taken = false;
	exchange_link(exchange);
	if (prober->first == exchange)
		timer_set(prober);
	if (prober->kind->start(exchange))
		return 0;
	exchange_retire(exchange);
	timer_set(prober);
	return -1;
}

size_t prober_overdue(const struct prober *prober, int64_t due_ns)
{
	const struct exchange *exchange = prober->first;
	size_t count = 0;

	for (; exchange != NULL && exchange->answer.due_ns < due_ns; exchange = exchange->next)
		count++;
	return count;
}

void prober_cancel(struct prober *prober)
{
	/* Not what done may send meanwhile. */
	for (size_t left = prober->in_flight; left > 0 && prober->first != NULL; left--)
		/* The analyzer does not see that stop leaves the list alone.
		 * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		exchange_give_up(prober->first, OUTCOME_CANCELLED);
}
