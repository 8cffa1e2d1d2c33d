/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft_filter - which packets the packet filter drops or refuses, in a table of its own.
 */
#ifndef FAULTS_NFT_FILTER_H
#define FAULTS_NFT_FILTER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "faults/aim.h"
#include "reports/err.h"

/* What is done to the packets of an aim; flat data. All-zero: they are dropped. */
struct nft_filter {
	bool reject;	 /* whoever sent it is told: by a TCP reset, else as unreachable */
	bool beginnings; /* only what begins a TCP connection */
	bool limited;	 /* of these, only what comes on top of so many connections */
	uint32_t connections;
};

/* Connections that a port may be limited to; the kernel keeps a list of them. */
#define NFT_CONNECTIONS_MAX 65535

struct nft_batch;
struct operation;

/* Could perturb have made it? */
bool nft_filter_is_possible(const struct nft_filter *filter, const struct aim *aim);

/* Adds the chains and rules of an operation to a new table. */
void nft_filter_add(struct nft_batch *batch, const struct operation *operation);

/* As nft(8) takes it, without the table: "chain output { … }". */
void nft_filter_describe(const struct operation *operation, FILE *out);

#endif
