/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_connection - connections to one server: opened without waiting, kept for later requests, the
 * one used last first.
 *
 * A connection is watched once, edge-triggered, for as long as it is open: its user must read until
 * there is nothing more, and is told when there is again.
 */
#ifndef EXPERIMENTS_PROBES_HTTP_CONNECTION_H
#define EXPERIMENTS_PROBES_HTTP_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiments/loop.h"
#include "experiments/probes/resolve.h"

/* All of a probe. Zero-initialise, then set the first members. */
struct http_pool {
	struct loop *loop;
	size_t keep; /* how many may wait for a request */
	/* The connection stands (at first), or there is something to read, or room to write: a set
	 * of EPOLLIN and so on. */
	void (*ready)(void *user, uint32_t events);
	/* None of the addresses can be reached. */
	void (*refused)(void *user);

	struct http_connection *idle; /* by next */
	size_t idle_count;
};

struct http_connection {
	struct http_pool *pool;
	void *user; /* NULL: idle */
	int fd;
	bool connected;
	struct http_connection *previous; /* among the idle */
	struct http_connection *next;
	struct resolve_address *addresses; /* until it is connected: those to be tried */
	size_t address_count;
	size_t address; /* the one that is tried */
};

/* Closes what is idle. */
void http_pool_release(struct http_pool *pool);

/* One that is idle, for user; NULL: there is none. */
struct http_connection *http_pool_take(struct http_pool *pool, void *user);

enum http_opening {
	HTTP_OPENING,	     /* ready or refused will be called */
	HTTP_UNREACHABLE,    /* it is clear already that no address can be reached */
	HTTP_NO_DESCRIPTORS, /* the process has too many */
};

/* Begins a new one to the first of the addresses (copied) that can be reached. */
enum http_opening http_connection_open(struct http_pool *pool,
	const struct resolve_address *addresses, size_t count, void *user,
	struct http_connection **ret_connection);

/* More was left unread: ready is called once more. */
void http_connection_again(struct http_connection *connection);

/* Its user needs it no more: kept if there is room. Nothing unread may be in it. */
void http_connection_keep(struct http_connection *connection);
void http_connection_close(struct http_connection *connection);

#endif
