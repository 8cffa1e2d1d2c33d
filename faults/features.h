/* SPDX-License-Identifier: Apache-2.0 */
/*
 * features - what this kernel can do, found out by asking it, not by its version.
 */
#ifndef FAULTS_FEATURES_H
#define FAULTS_FEATURES_H

#include <stdbool.h>

#include "reports/err.h"

struct features {
	bool root;	    /* may enter namespaces and change queueing disciplines */
	bool netem;	    /* sch_netem */
	bool netem_seed;    /* whose random numbers can be repeated */
	bool tbf;	    /* sch_tbf */
	bool clsact;	    /* sch_ingress with clsact */
	bool u32;	    /* cls_u32 */
	bool bpf;	    /* cls_bpf */
	bool mirred;	    /* act_mirred */
	bool ifb;	    /* ifb devices */
	bool tun;	    /* /dev/net/tun can make TAP devices */
	bool nf_tables;	    /* with tables of the inet family */
	bool nft_reject;    /* nft_reject_inet */
	bool nft_connlimit; /* nft_connlimit, which counts connections */
	bool nft_redirect;  /* nft_redir and the chains of type nat */
	bool sock_destroy;  /* CONFIG_INET_DIAG_DESTROY */
	bool freezer_v1;
	bool freezer_v2; /* cgroup.freeze */
};

/* Asks the kernel, in a child with a scratch network namespace of its own; leaves nothing behind.
 * Fails only when the question cannot be put (ERR_SYSTEM); lacking privilege sets root = false. */
int features_detect(struct features *ret_features, struct err *err);

/* The relay needs all of its parts. */
static inline bool features_relay(const struct features *features)
{
	return features->clsact && features->u32 && features->mirred && features->tun;
}

/* Faults by the netem engine elsewhere than at the root of an interface. */
static inline bool features_ifb(const struct features *features)
{
	return features->clsact && features->bpf && features->mirred && features->ifb;
}

#endif
