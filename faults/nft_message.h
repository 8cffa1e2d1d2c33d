/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft_message - attributes of the message that is being added to a transaction; for the files of
 * nft. Once something does not fit, the whole transaction has failed.
 */
#ifndef FAULTS_NFT_MESSAGE_H
#define FAULTS_NFT_MESSAGE_H

#include "faults/nft.h"

/* A new message (NFT_MSG_…), flags besides NLM_F_REQUEST, with room for size bytes. */
void nft_add_message(struct nft_batch *batch, uint8_t type, uint16_t flags, size_t size);

/* Numbers go in network byte order. */
void nft_put_u32(struct nft_batch *batch, int attribute, uint32_t value);
void nft_put_text(struct nft_batch *batch, int attribute, const char *text);
/* A value as the kernel's registers hold it (NFTA_DATA_VALUE in a nest). */
void nft_put_value(struct nft_batch *batch, int attribute, const void *value, size_t size);
struct nlattr *nft_nest_begin(struct nft_batch *batch, int attribute);
void nft_nest_end(struct nft_batch *batch, struct nlattr *nest);

#endif
