/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence - what the kernel, or the relay, counted while a fault was active: the proof that the
 * fault was there and touched something.
 */
#ifndef REPORTS_EVIDENCE_H
#define REPORTS_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

enum evidence_source {
	EVIDENCE_NONE = 0,    /* nothing was counted */
	EVIDENCE_QDISC,	      /* the kernel's queueing discipline, by netlink */
	EVIDENCE_RELAY,	      /* the relay's own counters */
	EVIDENCE_PROCESSES,   /* processes signalled or frozen */
	EVIDENCE_NFTABLES,    /* the kernel's packet filter */
	EVIDENCE_CONNECTIONS, /* TCP connections destroyed */
	EVIDENCE_RESOLVER,    /* the resolver's counters: packets are queries */
};

struct evidence {
	enum evidence_source source;
	uint64_t packets;	  /* left the fault towards the wire */
	uint64_t bytes;		  /* of those packets */
	uint64_t dropped;	  /* because the fault asked for it */
	uint64_t overlimit_drops; /* nobody asked for: the queue was full */
	uint64_t backlog_packets; /* still held at the moment of reading */
	uint64_t marked;     /* relay only: not dropped, but marked; a qdisc has them in dropped */
	uint64_t duplicated; /* relay only; a qdisc does not count these three */
	uint64_t corrupted;
	uint64_t reordered;
	uint64_t matched;   /* of the packets, those that the fault was meant for; resolver only */
	uint64_t processes; /* signalled, stopped or frozen */
	uint64_t connections; /* destroyed */
	/* The interface went before the fault did, and the counters with it. Not a number, and not
	 * in the report's evidence, but among its events. */
	bool lost;
};

/* Adds part to *sum, so that the interfaces of one instance become one figure. */
void evidence_add(struct evidence *sum, const struct evidence *part);

/* Did the fault touch anything at all? */
bool evidence_effective(const struct evidence *evidence);

#endif
