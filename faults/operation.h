/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation - one undoable change: one qdisc, one redirect into the relay, one signal, one cgroup
 * file.
 *
 * An operation is flat data. The plan makes it, the custodian journals it before it is applied,
 * and its undo needs nothing but what is in it: neither the main process nor the relay.
 */
#ifndef FAULTS_OPERATION_H
#define FAULTS_OPERATION_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "faults/aim.h"
#include "faults/dns.h"
#include "faults/field.h"
#include "faults/impairment.h"
#include "faults/instance.h"
#include "faults/nft.h"
#include "faults/nft_filter.h"
#include "faults/reset.h"
#include "reports/err.h"
#include "reports/evidence.h"

enum operation_type {
	OPERATION_NETEM,  /* a netem root qdisc */
	OPERATION_TBF,	  /* a token bucket root qdisc */
	OPERATION_RELAY,  /* a redirect through the relay's TAP device */
	OPERATION_SIGNAL, /* signals to processes; cannot be undone */
	OPERATION_FREEZE, /* the freezer cgroup, v1 or v2 */
	OPERATION_STOP,	  /* SIGSTOP, undone by SIGCONT */
	OPERATION_NFT,	  /* a table of the packet filter that drops or refuses */
	OPERATION_IFB,	  /* a redirect through an ifb device that has netem or a token bucket */
	OPERATION_RESET,  /* TCP connections destroyed; cannot be undone */
	OPERATION_DNS,	  /* a redirect of queries for names through the resolver */
};

/* Whom it is done to, for protection.h; not journalled. */
struct operation_subject {
	uint32_t kind; /* the number of the fault kind in fault_kinds, from 1; 0: not known */
	enum instance_kind instance;
	uint32_t target;  /* which of the run's targets */
	uint32_t matched; /* how many instances that one matched */
	char name[INSTANCE_PATH_MAX];
};

struct operation {
	uint32_t id; /* unique in a run, from 1 */
	uint32_t
		fault; /* which fault-on-an-instance it belongs to: index into the plan's actions */
	enum operation_type type;
	int64_t deadline_ns; /* CLOCK_MONOTONIC; 0: instant. Filled in by the custodian */

	struct operation_subject subject;

	/* where: always checked again before anything is changed or undone */
	pid_t pid;
	uint64_t start_time;
	char netns_path[INSTANCE_PATH_MAX];
	uint64_t netns_device;
	uint64_t netns_inode;
	char interface[IFNAMSIZ];
	uint32_t interface_index;
	bool queue_length_zero; /* before; see link.h */
	uint64_t link_identity; /* of the interface; filled in by prepare; 0: unknown; see link.h */

	/* what */
	struct impairment impairment;
	enum direction direction; /* RELAY, IFB: of the packets, seen from the interface */
	struct aim aim;		  /* which of them; not journalled */
	bool segment;		  /* not journalled, as in struct fault_params */
	bool filtered;		  /* as in struct interface, for its direction; not journalled */
	bool super_packets;	  /* as in struct interface; not journalled */
	uint32_t mtu;		  /* IFB: of the interface, for segment; not journalled */
	bool through_stack;	  /* RELAY: what it sends passes filters and queueing discipline,
				     marked; filled in by prepare; not journalled */
	uint64_t seed;		  /* of the run; see operation_seed; not journalled */
	struct nft_filter filter; /* NFT: what is done to them; not journalled */
	struct reset reset;	  /* RESET: which connections; not journalled */
	struct dns_rule dns;	  /* DNS: which answers for which names; not journalled */
	int signal;
	char command[FIELD_TEXT_MAX];	/* only processes whose command matches; "": the process pid
					 */
	char cgroup[INSTANCE_PATH_MAX]; /* OPERATION_FREEZE: its directory; SIGNAL: whose processes
					 */
	uint32_t cgroup_version;	/* 1 or 2 */
	uint64_t cgroup_inode;		/* FREEZE: of the directory, filled in by prepare */
	uint64_t mounts_inode; /* STOP: of the container's mount namespace, by which its processes
				  are found when the first one has ended; filled in by prepare; 0:
				  none of its own */

	bool changed; /* it does not do what impairment says any more; not journalled */

	/* filled in by apply: how many processes (RESET: connections) it hit; its evidence */
	uint32_t processes;

	/* undo: filled in by prepare, before the journal is written */
	uint32_t handle;	  /* of the qdisc that we put there */
	bool clsact_created;	  /* RELAY, IFB: the clsact qdisc is ours, or another operation's */
	uint32_t filter_priority; /* RELAY, IFB: of the redirect filter; by the plan, or prepare */
	uint32_t tap_index;	  /* RELAY, IFB: known only after apply; 0 before */
	char tap[IFNAMSIZ];	  /* RELAY, IFB: name of the TAP or ifb device, chosen in prepare */
	char table[NFT_TABLE_MAX]; /* NFT, DNS: name of the table, chosen in prepare */
};

struct distribution_tables;
struct netns_cache;
struct protection;
struct relay;
struct resolver;

/* Is it one that treats several packets of a connection as one, where it should treat each by
 * itself? Since Linux 4.17 TCP hands packets down that are cut at the end, whatever ethtool(8)
 * says; only gso_max_segs of ip-link(8) keeps it from that. */
bool operation_takes_super_packets(const struct operation *operation);
#define OPERATION_SUPER_PACKETS                                                                    \
	"up to 64 KiB of a connection pass as one packet, and share one fate: \"segment: true\" "  \
	"cuts "                                                                                    \
	"them to size before"

/* Does it lead packets past filters that somebody else has at the same place? The kernel lets what
 * an ifb device gives back skip them (tc_skip_classify); the relay's packets pass them. */
bool operation_skips_filters(const struct operation *operation);
#define OPERATION_SKIPS_FILTERS                                                                    \
	"packets that are meant skip the filters that somebody else has on the interface, which "  \
	"\"--engine relay\" does not let them"

/* What operations need at hand; owned by the custodian (or by recovery). */
struct operation_context {
	struct netns_cache *netns;	     /* one netlink socket per namespace */
	const struct protection *protection; /* of the run; NULL in recovery */
	struct relay *relay;	   /* NULL until a relay operation is applied, and in recovery */
	struct resolver *resolver; /* the same for dns operations */
	const struct distribution_tables *tables; /* the user's; NULL in recovery */

	/* Was the clsact qdisc of the operation's interface made for another operation that is
	 * applied and not undone? Whoever is last removes it. NULL in recovery, which need not
	 * know. */
	bool (*shares_clsact)(const void *others, const struct operation *operation);
	const void *others;
};

/*
 * How a type of operation is carried out. All functions run in the custodian, single-threaded, and
 * allocate only with a check.
 */
struct operation_ops {
	const char *name; /* in the journal: "netem", "relay" … */
	/* in reports and for users, where that is another name; NULL: the name */
	const char *(*engine)(const struct operation *operation);

	bool instant; /* done once and for all: nothing is left that an undo could put back */

	/* Reads the system and fills the undo part. Refuses (ERR_UNAVAILABLE) what it could not put
	 * back or what is no longer what was planned. Changes nothing. */
	int (*prepare)(
		struct operation_context *context, struct operation *operation, struct err *err);

	/* Makes the change. On failure nothing of it remains. */
	int (*apply)(
		struct operation_context *context, struct operation *operation, struct err *err);

	/* Makes an active operation do something else to packets, without losing those that it
	 * holds; its undo stays the same. On failure it is as it was. NULL: it has nothing that
	 * could change. */
	int (*change)(struct operation_context *context, const struct operation *operation,
		const struct impairment *impairment, struct err *err);

	/* The part of undo that takes effect at once, where the rest takes its time: it is called
	 * for everything that is to be put back before undo is, so that nobody waits for others. It
	 * may fail, or be called again; undo always follows. NULL: undo is quick. */
	int (*cease)(struct operation_context *context, const struct operation *operation,
		struct err *err);

	/* Puts everything back; idempotent; succeeds when target or change are already gone. Fills
	 * *evidence (may be NULL) with the last counters before the change went. Also called for an
	 * operation that was journalled but perhaps never, or half, applied. */
	int (*undo)(struct operation_context *context, const struct operation *operation,
		struct evidence *evidence, struct err *err);

	/* Reads the counters of an active operation. NULL: there are none. */
	int (*observe)(struct operation_context *context, const struct operation *operation,
		struct evidence *evidence, struct err *err);

	/* Writes the command that does the same by hand, without a newline (tc, kill, …). */
	void (*describe)(const struct operation *operation, FILE *out);
};

extern const struct operation_ops operation_netem;  /* netem.c */
extern const struct operation_ops operation_tbf;    /* tbf.c */
extern const struct operation_ops operation_relay;  /* relay_operation.c */
extern const struct operation_ops operation_ifb;    /* ifb.c */
extern const struct operation_ops operation_signal; /* signal.c */
extern const struct operation_ops operation_reset;  /* reset_operation.c */
extern const struct operation_ops operation_freeze; /* freeze.c */
extern const struct operation_ops operation_stop;   /* stop.c */
extern const struct operation_ops operation_dns;    /* dns_operation.c */
extern const struct operation_ops operation_nft;    /* nft_operation.c */

/* Of its random numbers: a stream of its own for each interface, the same one in every run with
 * that seed. */
uint64_t operation_seed(const struct operation *operation);

/* The row for a type; never NULL for a valid type. operation_type_valid guards untrusted input. */
const struct operation_ops *operation_ops(enum operation_type type);
bool operation_type_valid(int type);

/* What a user calls whatever carries it out: "netem", "tbf", "relay", … */
const char *operation_engine(const struct operation *operation);

#endif
