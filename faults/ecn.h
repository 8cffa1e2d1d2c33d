/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecn - Explicit Congestion Notification (RFC 3168) in a frame: a packet of a transport that knows
 * it can be marked, "Congestion Experienced", where another would be dropped.
 */
#ifndef FAULTS_ECN_H
#define FAULTS_ECN_H

#include <stdbool.h>
#include <stddef.h>

/* Is it an IP packet, behind up to two VLAN tags, that can be marked, or is already? */
bool ecn_is_capable(const unsigned char *frame, size_t length);

/* Marks a frame that is capable, and keeps the checksum of its IP header right. */
void ecn_mark(unsigned char *frame, size_t length);

#endif
