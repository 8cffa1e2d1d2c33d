/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/resolver_scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults/clock.h"
#include "faults/resolver_datagrams.h"
#include "faults/resolver_rule.h"
#include "faults/resolver_streams.h"

/* How long queries under way are waited for: those that are known, and those that may still be in a
 * queue of the kernel's. */
#define DRAIN_NS	 100000000LL
#define DRAIN_MINIMUM_NS 3000000LL

/* A server on this host that is asked may ask another one for the same, through the same redirect
 * (Docker's does, systemd-resolved does): that question was treated already. */
#define ASKED_MAX 64
#define ASKED_NS  15000000000LL

struct asked {
	uint64_t question;
	int64_t until_ns; /* 0: none */
};

struct resolver_scope {
	struct resolver_place place;
	int epoll;
	int owner;
	int64_t ended_ns; /* since when there is no redirect */
	struct resolver_rule *rules;
	struct resolver_datagrams *datagrams;
	struct resolver_streams *streams;
	struct asked asked[ASKED_MAX];
	size_t asked_next;
};

int resolver_watch(int epoll, struct resolver_watch *watch, int operation, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	return epoll_ctl(epoll, operation, watch->fd, &event) < 0 ? errno : 0;
}

/* --- life --- */

static int add_socket(
	struct resolver_scope *scope, const struct resolver_socket *socket, int descriptor)
{
	switch (socket->role) {
	case RESOLVER_OWNER:
		scope->owner = descriptor;
		return 0;
	case RESOLVER_LISTEN_UDP:
	case RESOLVER_FORWARD_UDP:
		return resolver_datagrams_add(scope->datagrams, socket, descriptor);
	case RESOLVER_LISTEN_TCP:
	case RESOLVER_FORWARD_STREAM:
		break;
	}
	return resolver_streams_add(scope->streams, socket, descriptor);
}

struct resolver_scope *resolver_scope_new(const struct resolver_place *place,
	const struct resolver_socket *sockets, const int *descriptors, size_t count, int epoll,
	int *ret_error)
{
	struct resolver_scope *scope = calloc(1, sizeof(*scope));
	size_t taken = 0;

	*ret_error = ENOMEM;
	if (scope == NULL) {
		for (size_t i = 0; i < count; i++)
			close(descriptors[i]);
		return NULL;
	}
	scope->place = *place;
	scope->epoll = epoll;
	scope->owner = -1;
	scope->datagrams = resolver_datagrams_new(scope);
	scope->streams = resolver_streams_new(scope);
	*ret_error = scope->datagrams == NULL || scope->streams == NULL ? ENOMEM : 0;
	while (taken < count && *ret_error == 0) {
		*ret_error = add_socket(scope, &sockets[taken], descriptors[taken]);
		taken += *ret_error == 0;
	}
	if (*ret_error == 0)
		return scope;
	for (size_t i = taken; i < count; i++)
		close(descriptors[i]);
	resolver_scope_free(scope);
	return NULL;
}

void resolver_scope_end_redirect(struct resolver_scope *scope)
{
	if (scope->owner >= 0)
		close(scope->owner);
	scope->owner = -1;
	/* The kernel takes its time for that, in which queries have come. */
	scope->ended_ns = monotonic_ns();
}

void resolver_scope_free(struct resolver_scope *scope)
{
	while (scope->rules != NULL) {
		struct resolver_rule *rule = scope->rules;

		scope->rules = rule->next;
		resolver_rule_free(rule);
	}
	resolver_scope_end_redirect(scope);
	resolver_streams_free(scope->streams);
	resolver_datagrams_free(scope->datagrams);
	free(scope);
}

bool resolver_scope_is_of(const struct resolver_scope *scope, const struct resolver_place *place)
{
	return scope->place.device == place->device && scope->place.inode == place->inode;
}

int resolver_scope_epoll(const struct resolver_scope *scope)
{
	return scope->epoll;
}

/* --- what was asked already --- */

static bool is_on_this_host(const struct dns_address *server)
{
	static const uint8_t loopback[16] = {[15] = 1};

	if (server->family == AF_INET)
		return server->bytes[0] == 127;
	return memcmp(server->bytes, loopback, sizeof(loopback)) == 0;
}

static struct asked *find_asked(struct resolver_scope *scope, uint64_t question, int64_t now)
{
	for (size_t i = 0; i < ASKED_MAX; i++)
		if (scope->asked[i].question == question && scope->asked[i].until_ns > now)
			return &scope->asked[i];
	return NULL;
}

static void note_asked(struct resolver_scope *scope, const struct resolver_message *message)
{
	if (!is_on_this_host(&message->server))
		return;
	scope->asked[scope->asked_next++ % ASKED_MAX] = (struct asked){
		dns_question_hash(message->bytes, message->length), monotonic_ns() + ASKED_NS};
}

void resolver_scope_answered(struct resolver_scope *scope, const uint8_t *bytes, size_t length)
{
	struct asked *asked;

	if (scope->asked_next == 0)
		return;
	asked = find_asked(scope, dns_question_hash(bytes, length), monotonic_ns());
	if (asked != NULL)
		asked->until_ns = 0;
}

static bool was_treated(struct resolver_scope *scope, const struct resolver_message *message)
{
	return scope->asked_next != 0 && !is_on_this_host(&message->server) &&
	       find_asked(scope, dns_question_hash(message->bytes, message->length),
		       monotonic_ns()) != NULL;
}

/* --- what becomes of a query --- */

static void forward(struct resolver_scope *scope, const struct resolver_message *message)
{
	note_asked(scope, message);
	if (message->stream != 0)
		resolver_streams_forward(scope->streams, message);
	else
		resolver_datagrams_forward(scope->datagrams, message);
}

/* What the fault does, now that the delay is over. */
static void carry_out(struct resolver_scope *scope, struct resolver_rule *rule,
	const struct resolver_message *message)
{
	const struct dns_rule *what = dns_matcher_rule(rule->matcher);
	uint8_t answer[DNS_ANSWER_MAX];
	struct dns_query query;
	size_t length;

	if (what->answer == DNS_ANSWER_SERVER ||
		dns_query_parse(message->bytes, message->length, &query) < 0) {
		forward(scope, message);
		return;
	}
	length = dns_answer_write(message->bytes, &query, what, answer, sizeof(answer));
	if (length == 0)
		rule->evidence.dropped++;
	else if (message->stream != 0)
		resolver_streams_reply(scope->streams, message, answer, length);
	else
		resolver_datagrams_reply(message, answer, length);
}

/* The first rule that hits it, or NULL. */
static struct resolver_rule *find_rule(
	struct resolver_scope *scope, const struct resolver_message *message)
{
	struct dns_query query;
	const struct dns_query *known;
	struct resolver_rule *rule = scope->rules;

	if (rule == NULL || was_treated(scope, message))
		return NULL;
	known = dns_query_parse(message->bytes, message->length, &query) == 0 ? &query : NULL;
	while (rule != NULL && !resolver_rule_hits(rule, message, known))
		rule = rule->next;
	return rule;
}

void resolver_scope_take(struct resolver_scope *scope, const struct resolver_message *message)
{
	struct resolver_rule *rule = find_rule(scope, message);
	const struct dns_rule *what = rule == NULL ? NULL : dns_matcher_rule(rule->matcher);

	if (what == NULL)
		forward(scope, message);
	else if (what->delay_ns == 0)
		carry_out(scope, rule, message);
	else if (resolver_rule_hold(rule, message, monotonic_ns() + what->delay_ns) &&
		 message->stream != 0)
		resolver_streams_hold(scope->streams, message->stream, 1);
}

/* The first that a rule holds is held no longer: the fault takes place, or it passes. */
static void let_go(struct resolver_scope *scope, struct resolver_rule *rule, bool pass)
{
	struct resolver_message *message = resolver_rule_let_go(rule);

	if (pass)
		forward(scope, message);
	else
		carry_out(scope, rule, message);
	if (message->stream != 0)
		resolver_streams_hold(scope->streams, message->stream, -1);
	free(message);
}

/* --- rules --- */

static struct resolver_rule **find_id(struct resolver_scope *scope, uint32_t id)
{
	struct resolver_rule **at = &scope->rules;

	while (*at != NULL && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

int resolver_scope_add_rule(
	struct resolver_scope *scope, uint32_t id, const struct dns_rule *rule, uint64_t seed)
{
	struct resolver_rule **at = find_id(scope, id);

	if (*at != NULL)
		return EEXIST;
	*at = resolver_rule_new(id, rule, seed);
	return *at == NULL ? ENOMEM : 0;
}

bool resolver_scope_evidence(
	const struct resolver_scope *scope, uint32_t id, struct evidence *ret_evidence)
{
	const struct resolver_rule *rule = scope->rules;

	while (rule != NULL && rule->id != id)
		rule = rule->next;
	if (rule != NULL)
		resolver_rule_evidence(rule, ret_evidence);
	return rule != NULL;
}

void resolver_scope_remove_rule(struct resolver_scope *scope, uint32_t id)
{
	struct resolver_rule **at = find_id(scope, id);
	struct resolver_rule *rule = *at;

	if (rule == NULL)
		return;
	*at = rule->next;
	while (resolver_rule_due(rule) != INT64_MAX)
		let_go(scope, rule, true);
	resolver_rule_free(rule);
}

bool resolver_scope_has_rules(const struct resolver_scope *scope)
{
	return scope->rules != NULL;
}

/* --- time --- */

bool resolver_scope_is_drained(const struct resolver_scope *scope, int64_t now)
{
	return now - scope->ended_ns >= DRAIN_NS ||
	       (now - scope->ended_ns >= DRAIN_MINIMUM_NS &&
		       !resolver_datagrams_pending(scope->datagrams, now) &&
		       !resolver_streams_pending(scope->streams));
}

int64_t resolver_scope_turn(struct resolver_scope *scope, int64_t now)
{
	int64_t next = resolver_streams_turn(scope->streams, now);

	for (struct resolver_rule *rule = scope->rules; rule != NULL; rule = rule->next) {
		while (resolver_rule_due(rule) <= now)
			let_go(scope, rule, false);
		if (resolver_rule_due(rule) < next)
			next = resolver_rule_due(rule);
	}
	return next;
}
