#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""server.py ADDRESS...: a name server by UDP and TCP on port 53 of each address.

Every name below "test." has the address 192.0.2.7 and 2001:db8::7, "gone.test" does not exist,
"big.test" has a TXT record of 3,000 bytes (cut off in UDP without EDNS), and "hostile.test" is
answered by garbage. Prints READY when it listens."""
import os
import socket
import struct
import sys
import threading


def question(query):
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode('latin-1').lower())
        at += 1 + query[at]
    return '.'.join(labels), struct.unpack('>H', query[at + 1:at + 3])[0], at + 5


def answer(query, tcp):
    name, kind, end = question(query)
    edns = len(query) > end
    data, rcode, flags = None, 0, 0x81
    if name == 'hostile.test':
        return query[:2] + b'\x81\x80' + os.urandom(60)
    if not name.endswith('.test') or name == 'gone.test':
        rcode = 3
    elif name == 'big.test' and kind == 16:
        data = b''.join(b'\xff' + b'x' * 255 for _ in range(12))
    elif kind == 1:
        data = socket.inet_aton('192.0.2.7')
    elif kind == 28:
        data = socket.inet_pton(socket.AF_INET6, '2001:db8::7')
    if data and len(data) > 400 and not tcp and not edns:
        data, flags = None, 0x83
    record = b'' if data is None else (
        b'\xc0\x0c' + struct.pack('>HHIH', kind, 1, 60, len(data)) + data)
    return (query[:2] + bytes([flags, 0x80 | rcode]) +
            struct.pack('>HHHH', 1, 1 if record else 0, 0, 0) + query[12:end] + record)


def serve_udp(server):
    while True:
        query, client = server.recvfrom(4096)
        try:
            server.sendto(answer(query, False), client)
        except IndexError:
            pass


def serve_stream(stream):
    with stream:
        while True:
            length = stream.recv(2, socket.MSG_WAITALL)
            if len(length) < 2:
                return
            query = stream.recv(struct.unpack('>H', length)[0], socket.MSG_WAITALL)
            reply = answer(query, True)
            stream.sendall(struct.pack('>H', len(reply)) + reply)


def serve_tcp(server):
    while True:
        stream = server.accept()[0]
        threading.Thread(target=serve_stream, args=(stream,), daemon=True).start()


for address in sys.argv[1:]:
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.bind((address, 53))
    tcp = socket.socket(family, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind((address, 53))
    tcp.listen(64)
    threading.Thread(target=serve_udp, args=(udp,), daemon=True).start()
    threading.Thread(target=serve_tcp, args=(tcp,), daemon=True).start()
print('READY', flush=True)
threading.Event().wait()
