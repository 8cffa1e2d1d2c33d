/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_probe - "dns" of a probe as it stands in an experiment, and its keys.
 */
#ifndef EXPERIMENTS_PROBES_DNS_PROBE_H
#define EXPERIMENTS_PROBES_DNS_PROBE_H

#include "experiments/probes/dns_answer.h"
#include "experiments/probes/kind.h"
#include "experiments/probes/place.h"

#define DNS_PORT 53

struct dns_probe {
	struct probe_settings common;
	const char *name;
	const struct dns_type *type;
	struct place server; /* no host: the first of /etc/resolv.conf */
	bool tcp;
	unsigned int rcode;
	const char *contains; /* of a record of the answer; NULL: not asked */
	uint32_t least;	      /* records of the type; UINT32_MAX: what the rcode suggests */
};

extern const struct probe_key dns_keys[];

void dns_defaults(void *settings);

#endif
