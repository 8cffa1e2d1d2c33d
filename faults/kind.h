/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kind - the fault kinds: one row each in kinds.c, one file each (or one per family).
 */
#ifndef FAULTS_KIND_H
#define FAULTS_KIND_H

#include <stdbool.h>

#include "faults/aim.h"
#include "faults/dns.h"
#include "faults/features.h"
#include "faults/field.h"
#include "faults/impairment.h"
#include "faults/instance.h"
#include "faults/operation.h"
#include "faults/reset.h"
#include "reports/err.h"

/* The parameters of every kind in one flat structure: the field tables point into it. */
struct fault_params {
	struct impairment
		network; /* to what leaves; and to what arrives, unless there is a profile */
	int profile;	 /* index into profile_names; 0: none */
	struct impairment ingress_network; /* with a profile: to what arrives */
	int64_t reorder_delay_ns; /* reorder's own delay; validate moves it to network.delay_ns */
	char table_file[FIELD_TEXT_MAX];      /* becomes network.table */
	char slot_table_file[FIELD_TEXT_MAX]; /* becomes network.slots.table */
	int signal;
	char command[FIELD_TEXT_MAX];
	struct dns_params dns;
	int way;   /* enum partition_way; the three are ints, because FIELD_CHOICE stores one */
	int by;	   /* enum refusal */
	int split; /* enum partition_split */
	uint32_t port;
	uint32_t max_connections;
	bool refuse;
	int64_t accept_delay_ns;
	struct reset reset;
	/* shared by the network kinds, not in the tables */
	char interface[IFNAMSIZ]; /* "": every interface but lo */
	bool egress;		  /* neither of the two: egress */
	bool ingress;
	bool segment;		/* packets that the kernel would cut to size later are, before */
	struct aim egress_aim;	/* what leaves; filled in by the plan, as is */
	struct aim ingress_aim; /* what arrives */
};

enum engine { ENGINE_AUTO, ENGINE_NETEM, ENGINE_RELAY };

/* What is done to the packets of a direction. */
const struct impairment *fault_params_impairment(
	const struct fault_params *params, enum direction direction);

struct operation_list {
	struct operation *items; /* heap, xgrow */
	size_t count;
};

struct fault_kind {
	const char *name;
	const char *summary; /* one line, lower case, no full stop */
	const char *example; /* a YAML method step */
	bool network;	     /* takes interface, engine and the other shared network keys */
	bool groups;  /* also between several targets, or within one: the plan fills in the aims */
	bool instant; /* happens at once; has no duration and no undo */
	const struct field *fields; /* ends with a NULL name */

	/* Checks what the table cannot express, and normalises. Pure. */
	int (*validate)(struct fault_params *params, struct err *err);

	/* Appends the operations for one instance; ids are filled in by the caller. engine is as
	 * asked for, features what this kernel offers. Reads the system, changes nothing. */
	int (*plan)(const struct fault_kind *kind, const struct fault_params *params,
		const struct instance *instance, enum engine engine,
		const struct features *features, struct operation_list *list, struct err *err);
};

/* Every kind, ends with NULL. */
extern const struct fault_kind *const fault_kinds[];

/* The kind of that name, or NULL. */
const struct fault_kind *fault_kind_find(const char *name);

/* Does it treat packets in a queue, as netem does, the token bucket or the relay? */
bool fault_kind_is_queue(const struct fault_kind *kind);

#endif
