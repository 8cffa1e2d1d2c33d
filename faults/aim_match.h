/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aim_match - is an aim meant for a TCP connection?
 */
#ifndef FAULTS_AIM_MATCH_H
#define FAULTS_AIM_MATCH_H

#include "faults/aim.h"
#include "faults/connections.h"

/* Its mark for quality of service (dscp) is not looked at: that is one of packets. */
bool aim_matches_connection(const struct aim *aim, const struct connection *connection);

#endif
