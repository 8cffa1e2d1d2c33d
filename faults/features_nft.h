/* SPDX-License-Identifier: Apache-2.0 */
/*
 * features_nft - what the kernel's packet filter can do.
 */
#ifndef FAULTS_FEATURES_NFT_H
#define FAULTS_FEATURES_NFT_H

#include "faults/features.h"

/* Makes a table for each question, in the namespace that the caller is in, which must be one that
 * nobody uses. */
void features_ask_nft(struct features *features);

#endif
