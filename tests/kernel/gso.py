#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Datagrams that leave their sender ten at a time, as one packet of the kernel's (UDP_SEGMENT).

gso.py receive PORT GROUPS   prints READY, and at the end "RECEIVED BROKEN WHOLE": datagrams, and
                             groups of which some, or all, arrived
gso.py send ADDRESS PORT GROUPS
"""
import socket
import sys
import time

SEGMENT = 1000
TOGETHER = 10
UDP_SEGMENT = 103
SO_RCVBUFFORCE = 33
LAST = 0xffffffff


def receive(port, groups):
    seen = [0] * groups
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        receiver.bind(("", port))
        receiver.settimeout(30)
        print("READY", flush=True)
        while True:
            group = int.from_bytes(receiver.recv(65536)[:4], "big")
            if group == LAST:
                break
            seen[group] += 1
    whole = sum(count == TOGETHER for count in seen)
    print(sum(seen), sum(0 < count < TOGETHER for count in seen), whole)


def send(address, port, groups):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, SEGMENT)
        sender.connect((address, port))
        for group in range(groups):
            sender.send(group.to_bytes(4, "big").ljust(SEGMENT, b"x") * TOGETHER)
            if group % 20 == 0:
                time.sleep(0.002)
        for _ in range(50):
            time.sleep(0.01)
            sender.send(LAST.to_bytes(4, "big"))


if sys.argv[1] == "receive":
    receive(int(sys.argv[2]), int(sys.argv[3]))
else:
    try:
        send(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    except ConnectionRefusedError:
        pass
