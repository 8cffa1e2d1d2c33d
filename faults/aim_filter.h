/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aim_filter - an aim as a program of the kernel's classic packet filter (classic BPF), for
 * cls_bpf.
 */
#ifndef FAULTS_AIM_FILTER_H
#define FAULTS_AIM_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "faults/aim.h"
#include "reports/err.h"

struct aim_filter {
	struct sock_filter code[BPF_MAXINSNS];
	uint16_t length; /* instructions */
};

/*
 * The program returns match for a packet that is meant, and otherwise for every other; addresses
 * are read from the network header, so that it does not matter what is in front of it. 0 for a
 * packet that ends before what has to be looked at: otherwise had better be 0, too.
 *
 * What is neither IPv4 nor IPv6 is meant by an aim at everything only. Where there are exceptions,
 * neighbour discovery is one: who is excepted must stay reachable. Of a packet that was sent in
 * fragments, those behind the first have no ports: they are never meant by their ports, and always
 * excepted by them, so that the fate of the packet is that of its first fragment. Protocol and
 * ports are found behind up to eight IPv6 extension headers, but not behind ESP.
 *
 * ERR_USAGE when the aim is too large for one program, which none of aim_check's is.
 */
int aim_filter_make(const struct aim *aim, enum direction direction, uint32_t match,
	uint32_t otherwise, struct aim_filter *ret_filter, struct err *err);

/* As the word behind "bytecode" of tc-bpf(8). */
void aim_filter_print(const struct aim_filter *filter, FILE *out);

#endif
