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

#include "faults/aim.h"
#include "reports/err.h"

struct aim_filter {
	struct sock_filter code[BPF_MAXINSNS];
	uint16_t length; /* instructions */
};

/* The program returns match for a packet that is meant, and otherwise for every other; addresses
 * are read from the network header, so that it does not matter what is in front of it. ERR_USAGE
 * when the aim is too large for one program. */
int aim_filter_make(const struct aim *aim, enum direction direction, uint32_t match,
	uint32_t otherwise, struct aim_filter *ret_filter, struct err *err);

#endif
