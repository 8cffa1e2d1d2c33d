/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of ranges. The kernel's interval sets take where a range begins and where what is not in it
 * begins again; ranges must not touch each other.
 */
#include <linux/netfilter/nf_tables.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults/nft.h"
#include "faults/nft_message.h"

#define SET_SIZE 1024

/* Of one border of a range, with its attributes. */
#define ELEMENT_SIZE 64

#define VALUE_MAX 16

size_t nft_set_value_size(enum nft_set_type type)
{
	switch (type) {
	case NFT_SET_IPV4:
		return 4;
	case NFT_SET_PORTS:
		return 2;
	case NFT_SET_PROTOCOLS:
		return 1;
	case NFT_SET_IPV6:
		break;
	}
	return VALUE_MAX;
}

/* Values are filled up with zeros, so that all of them compare as 16 bytes. */
static int compare_ranges(const void *a, const void *b)
{
	return memcmp(((const struct nft_range *)a)->first, ((const struct nft_range *)b)->first,
		VALUE_MAX);
}

/* The value behind; false behind the last one. */
static bool successor(const uint8_t *value, size_t size, uint8_t *ret_next)
{
	memcpy(ret_next, value, VALUE_MAX);
	for (size_t i = size; i-- > 0;)
		if (++ret_next[i] != 0)
			return true;
	return false;
}

static bool touches(const struct nft_range *earlier, const struct nft_range *later, size_t size)
{
	uint8_t next[VALUE_MAX];

	return !successor(earlier->last, size, next) || memcmp(later->first, next, VALUE_MAX) <= 0;
}

/* Sorts, and makes one of those that touch; returns how many are left. */
static size_t merge(struct nft_range *ranges, size_t count, size_t size)
{
	size_t kept = 0;

	qsort(ranges, count, sizeof(*ranges), compare_ranges);
	for (size_t i = 0; i < count; i++) {
		struct nft_range *before = kept == 0 ? NULL : &ranges[kept - 1];

		if (before == NULL || !touches(before, &ranges[i], size))
			ranges[kept++] = ranges[i];
		else if (memcmp(ranges[i].last, before->last, VALUE_MAX) > 0)
			memcpy(before->last, ranges[i].last, VALUE_MAX);
	}
	return kept;
}

static void put_border(struct nft_batch *batch, const uint8_t *value, size_t size, uint32_t flags)
{
	struct nlattr *element = nft_nest_begin(batch, NFTA_LIST_ELEM);

	if (flags != 0)
		nft_put_u32(batch, NFTA_SET_ELEM_FLAGS, flags);
	nft_put_value(batch, NFTA_SET_ELEM_KEY, value, size);
	nft_nest_end(batch, element);
}

static void put_elements(struct nft_batch *batch, const char *name, size_t size,
	const struct nft_range *ranges, size_t count)
{
	static const uint8_t zero[VALUE_MAX];
	struct nlattr *list;

	nft_add_message(
		batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE, SET_SIZE + 2 * count * ELEMENT_SIZE);
	nft_put_text(batch, NFTA_SET_ELEM_LIST_TABLE, batch->table);
	nft_put_text(batch, NFTA_SET_ELEM_LIST_SET, name);
	nft_put_u32(batch, NFTA_SET_ELEM_LIST_SET_ID, batch->sets);
	list = nft_nest_begin(batch, NFTA_SET_ELEM_LIST_ELEMENTS);
	/* Before the first range there is what is in none, as nft itself has it. */
	if (count != 0 && memcmp(ranges[0].first, zero, VALUE_MAX) != 0)
		put_border(batch, zero, size, NFT_SET_ELEM_INTERVAL_END);
	for (size_t i = 0; i < count; i++) {
		uint8_t next[VALUE_MAX];

		put_border(batch, ranges[i].first, size, 0);
		if (successor(ranges[i].last, size, next))
			put_border(batch, next, size, NFT_SET_ELEM_INTERVAL_END);
	}
	nft_nest_end(batch, list);
}

void nft_set(struct nft_batch *batch, enum nft_set_type type, struct nft_range *ranges,
	size_t count, char name[NFT_SET_NAME_MAX])
{
	const size_t size = nft_set_value_size(type);

	snprintf(name, NFT_SET_NAME_MAX, "set%u", (unsigned int)++batch->sets);
	nft_add_message(batch, NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL, SET_SIZE);
	nft_put_text(batch, NFTA_SET_TABLE, batch->table);
	nft_put_text(batch, NFTA_SET_NAME, name);
	nft_put_u32(batch, NFTA_SET_FLAGS, NFT_SET_INTERVAL | NFT_SET_CONSTANT);
	nft_put_u32(batch, NFTA_SET_KEY_TYPE, type);
	nft_put_u32(batch, NFTA_SET_KEY_LEN, (uint32_t)size);
	nft_put_u32(batch, NFTA_SET_ID, batch->sets);
	put_elements(batch, name, size, ranges, merge(ranges, count, size));
}
