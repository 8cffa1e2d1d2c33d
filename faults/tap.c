/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reports/mem.h"

/* Frames that may wait for the relay before the kernel drops; the default of 1,000 is too little
 * for a burst that comes while the relay is not scheduled. Super-packets are up to 40 times as
 * large. */
#define QUEUE_LENGTH		   10000
#define QUEUE_LENGTH_SUPER_PACKETS 2000

/* What the relay has handed to the interface and the interface has not sent yet, in bytes. */
#define SEND_BUFFER 4194304

/* Of a TAP device. No frame is refused for being larger. */
#define MTU_MAX (65535 - ETH_HLEN)

/* The device must not speak for itself: no neighbour discovery, no multicast reports. */
static int disable_ipv6(const char *name, struct err *err)
{
	char path[96];
	cleanup_close int fd = -1;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	/* Without the file there is no IPv6 either. */
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || write(fd, "1", 1) != 1)
		return err_set(err, ERR_UNAVAILABLE, errno,
			"cannot disable IPv6 on the relay's TAP device (is /proc/sys read-only "
			"here?)");
	return 0;
}

/* Lets the kernel hand over TCP and UDP packets before it cuts them to size. */
static int accept_super_packets(int fd)
{
	const unsigned long tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	const unsigned long udp = 0x20 | 0x40; /* TUN_F_USO4, TUN_F_USO6: since Linux 6.2 */

	if (ioctl(fd, TUNSETOFFLOAD, tcp | udp) == 0)
		return 0;
	return ioctl(fd, TUNSETOFFLOAD, tcp);
}

static int make_device(struct tap_request *request, struct err *err)
{
	struct ifreq device;

	request->tap_fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (request->tap_fd < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot open /dev/net/tun");
	memset(&device, 0, sizeof(device));
	snprintf(device.ifr_name, sizeof(device.ifr_name), "%s", request->name);
	device.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL);
	if (request->super_packets)
		device.ifr_flags = (short)(device.ifr_flags | IFF_VNET_HDR);
	if (ioctl(request->tap_fd, TUNSETIFF, &device) < 0)
		return err_set(
			err, ERR_SYSTEM, errno, "cannot make the TAP device %s", request->name);
	if (request->super_packets && accept_super_packets(request->tap_fd) < 0)
		return err_set(
			err, ERR_SYSTEM, errno, "cannot set the offloads of %s", request->name);
	return disable_ipv6(request->name, err);
}

/* The name, the kind, the MTU and the address of the interface. */
static int examine_interface(const struct tap_request *request, int socket, struct ifreq *ret_mtu,
	struct ifreq *ret_address, struct err *err)
{
	struct ifreq interface;

	memset(&interface, 0, sizeof(interface));
	interface.ifr_ifindex = (int)request->interface_index;
	if (ioctl(socket, SIOCGIFNAME, &interface) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "the interface is gone");
	*ret_mtu = interface;
	if (ioctl(socket, SIOCGIFHWADDR, &interface) < 0 || ioctl(socket, SIOCGIFMTU, ret_mtu) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "the interface is gone");
	/* What lo carries knows its route already; sent again, it would have to find one, and its
	 * sender's address is not allowed to come from outside. */
	if (interface.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"the relay cannot treat the loopback interface %s", interface.ifr_name);
	if (interface.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return err_set(err, ERR_UNAVAILABLE, 0,
			"%s does not carry Ethernet frames, which is all that the relay can treat",
			interface.ifr_name);
	*ret_address = interface;
	return 0;
}

/* Address, size and state, by the socket that any ioctl about interfaces takes. */
static int bring_up(struct tap_request *request, int socket, struct err *err)
{
	struct ifreq device;
	struct ifreq mtu;
	struct ifreq address;

	if (examine_interface(request, socket, &mtu, &address, err) < 0)
		return -1;
	memset(&device, 0, sizeof(device));
	snprintf(device.ifr_name, sizeof(device.ifr_name), "%s", request->name);
	/* Or what is written into it would be somebody else's, to the interface. */
	device.ifr_hwaddr = address.ifr_hwaddr;
	if (request->received && ioctl(socket, SIOCSIFHWADDR, &device) < 0)
		return err_set(
			err, ERR_SYSTEM, errno, "cannot set the address of %s", request->name);
	device.ifr_mtu = mtu.ifr_mtu < MTU_MAX ? mtu.ifr_mtu : MTU_MAX;
	if (ioctl(socket, SIOCSIFMTU, &device) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot set the MTU of %s", request->name);
	device.ifr_qlen = request->super_packets ? QUEUE_LENGTH_SUPER_PACKETS : QUEUE_LENGTH;
	if (ioctl(socket, SIOCSIFTXQLEN, &device) < 0)
		return err_set(
			err, ERR_SYSTEM, errno, "cannot set the queue length of %s", request->name);
	device.ifr_flags = IFF_UP | IFF_NOARP;
	if (ioctl(socket, SIOCSIFFLAGS, &device) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot bring %s up", request->name);
	if (ioctl(socket, SIOCGIFINDEX, &device) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot find %s", request->name);
	request->tap_index = (uint32_t)device.ifr_ifindex;
	return 0;
}

static int make_socket(struct tap_request *request, struct err *err)
{
	static const int on = 1;
	static const int buffer = SEND_BUFFER;
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_ifindex = (int)request->interface_index};

	/* Protocol 0: it only sends. */
	request->packet_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (request->packet_fd < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot make a packet socket");
	/* Past the egress filter, or with its mark, or every frame would come back to the relay for
	 * ever. */
	if (request->mark != 0 && setsockopt(request->packet_fd, SOL_SOCKET, SO_MARK,
					  &request->mark, sizeof(request->mark)) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot mark packets");
	if (request->mark == 0 && setsockopt(request->packet_fd, SOL_PACKET, PACKET_QDISC_BYPASS,
					  &on, sizeof(on)) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot bypass the qdisc");
	if (request->super_packets &&
		setsockopt(request->packet_fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot send super-packets");
	if (setsockopt(request->packet_fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)) < 0)
		return err_set(err, ERR_SYSTEM, errno, "cannot size the packet socket");
	if (bind(request->packet_fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return err_set(err, ERR_UNAVAILABLE, errno, "cannot bind to the interface");
	return 0;
}

int tap_create(void *data, struct err *err)
{
	struct tap_request *request = data;

	if (make_device(request, err) == 0 && make_socket(request, err) == 0 &&
		bring_up(request, request->packet_fd, err) == 0)
		return 0;
	if (request->tap_fd >= 0)
		close(steal_fd(&request->tap_fd));
	if (request->packet_fd >= 0)
		close(steal_fd(&request->packet_fd));
	return -1;
}
