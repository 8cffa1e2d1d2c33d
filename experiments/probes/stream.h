/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream - a socket that a probe talks through: a connection, or datagrams to and from one place.
 *
 * Nothing blocks. Addresses are tried in their order, each until the kernel has given it up. What
 * comes is kept in a buffer with a limit, what is to go out in another.
 */
#ifndef EXPERIMENTS_PROBES_STREAM_H
#define EXPERIMENTS_PROBES_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiments/outcome.h"
#include "experiments/probes/place.h"
#include "experiments/probes/resolve.h"
#include "experiments/probes/services.h"

struct stream;

/* Each of them may close the stream, open it again and free it. None is called by stream_write and
 * stream_close. */
struct stream_calls {
	void (*connected)(struct stream *stream); /* NULL: not of interest */
	/* There is more in stream->in. Of datagrams: this is one, and it is gone afterwards. */
	void (*received)(struct stream *stream);
	/* The stream could not be opened (_CONNECT, _DNS, or _NOT_SENT when it was for want of
	 * descriptors or ports here), it broke or ended (_RESET; _CONNECT of datagrams), or what
	 * came was over the limit (_TOO_LARGE). It is closed already. */
	void (*ended)(struct stream *stream, enum outcome outcome);
};

#define STREAM_OUT_MAX ((size_t)8 * 1024 * 1024)

enum stream_state { STREAM_CLOSED, STREAM_RESOLVING, STREAM_CONNECTING, STREAM_OPEN };

/* Zero-initialise; set the first four. The others are to be read only. */
struct stream {
	const struct stream_calls *calls;
	int type;	 /* SOCK_STREAM or SOCK_DGRAM */
	size_t in_limit; /* bytes */
	bool keep_alive; /* a peer that has vanished is noticed within 20 s */
	enum stream_state state;
	struct probe_services *services;
	int fd; /* valid from STREAM_CONNECTING on */
	struct resolve_request question;
	struct resolve_address addresses[RESOLVE_ADDRESSES_MAX];
	size_t address_count;
	size_t address_next; /* to be tried */
	uint8_t *in;	     /* with a NUL after in_length bytes */
	size_t in_length;
	size_t in_size;
	uint8_t *out;
	size_t out_length;
	size_t out_sent;
	size_t out_size;
};

/* Opens a closed stream; borrows services. May call connected and ended before it returns. */
void stream_open(struct stream *stream, struct probe_services *services, const struct place *place);

/* Sends now or as soon as it can be, also before the stream is connected, a datagram for each call
 * after that. False: STREAM_OUT_MAX waits already, nothing was added. */
bool stream_write(struct stream *stream, const void *bytes, size_t length);

/* Drops the first length bytes of what came. */
void stream_take(struct stream *stream, size_t length);

/* Drops what came and what was not sent yet, and closes. Also of a closed one. */
void stream_close(struct stream *stream);

/* Closes and frees the buffers. */
void stream_release(struct stream *stream);

#endif
