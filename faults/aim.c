/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/aim.h"

bool aim_is_everything(const struct aim *aim)
{
	return aim->peer_count == 0 && aim->peer_port_count == 0 && aim->local_port_count == 0 &&
	       aim->exception_count == 0 && aim->family == 0 && aim->protocol == 0 &&
	       !aim->has_dscp;
}
