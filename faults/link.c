/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>

#include "faults/netlink.h"

int link_put_back(struct nl_sock *socket, const struct operation *operation, struct err *err)
{
	struct ifinfomsg link = {.ifi_index = (int)operation->interface_index};
	cleanup_message struct nl_msg *message = NULL;
	struct err reason = {0};

	if (!operation->queue_length_zero)
		return 0;
	message = nlmsg_alloc_simple(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK);
	if (message == NULL || nlmsg_append(message, &link, sizeof(link), NLMSG_ALIGNTO) < 0 ||
		nla_put_u32(message, IFLA_TXQLEN, 0) < 0)
		return err_set(err, ERR_SYSTEM, ENOMEM, "cannot build a netlink message");
	if (netlink_exchange(socket, message, NULL, NULL, &reason) == 0 || reason.sys == ENODEV)
		return 0;
	if (err != NULL)
		*err = reason;
	return err_prefix(err, "the transmit queue length of interface %s", operation->interface);
}
