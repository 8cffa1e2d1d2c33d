#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""client.py SERVER udp|tcp NAME [TYPE [COUNT [TIMEOUT]]]: asks, and prints what came back, one word
per line and query: "192.0.2.7,...", "nodata", an rcode ("NXDOMAIN"), "BYTES" of a long record,
"truncated", "timeout", "refused" (by the kernel), "closed". With a COUNT, only the median time of
that many answers in milliseconds. TYPE is A, AAAA, TXT, MX; +edns after it brings an OPT record."""
import socket
import statistics
import struct
import sys
import time

TYPES = {'A': 1, 'AAAA': 28, 'TXT': 16, 'MX': 15}
RCODES = {2: 'SERVFAIL', 3: 'NXDOMAIN', 5: 'REFUSED'}
server, protocol, name = sys.argv[1:4]
kind = sys.argv[4] if len(sys.argv) > 4 else 'A'
count = int(sys.argv[5]) if len(sys.argv) > 5 else 0
timeout = float(sys.argv[6]) if len(sys.argv) > 6 else 5
family = socket.AF_INET6 if ':' in server else socket.AF_INET


def make_query(number):
    labels = b''.join(bytes([len(part)]) + part.encode() for part in name.split('.'))
    query = (struct.pack('>HHHHHH', number, 0x100, 1, 0, 0, 1 if '+' in kind else 0) + labels +
             b'\0' + struct.pack('>HH', TYPES[kind.split('+')[0]], 1))
    return query + (b'\0' + struct.pack('>HHIH', 41, 4096, 0x8000, 0) if '+' in kind else b'')


def exchange(link, query):
    if protocol == 'udp':
        link.send(query)
        while True:
            reply = link.recv(65535)
            if reply[:2] == query[:2]:
                return reply
    link.sendall(struct.pack('>H', len(query)) + query)
    length = link.recv(2, socket.MSG_WAITALL)
    if len(length) < 2:
        raise EOFError
    return link.recv(struct.unpack('>H', length)[0], socket.MSG_WAITALL)


def read(query, reply):
    rcode, records = reply[3] & 15, struct.unpack('>H', reply[6:8])[0]
    end = query.index(b'\0', 12) + 5
    if reply[2] & 2:
        return 'truncated'
    if rcode:
        return RCODES.get(rcode, str(rcode))
    if reply[12:end].lower() != query[12:end].lower():
        return 'garbage'
    found, at = [], end
    for _ in range(records):
        kind_of, _, _, length = struct.unpack('>HHIH', reply[at + 2:at + 12])
        data = reply[at + 12:at + 12 + length]
        at += 12 + length
        found.append(socket.inet_ntop(socket.AF_INET if kind_of == 1 else socket.AF_INET6, data)
                     if kind_of in (1, 28) else str(length))
    if '+' in kind and reply[at:at + 3] == b'\0\0\x29':
        found.append('edns')
    return ','.join(found) or 'nodata'


def connect():
    link = socket.socket(family, socket.SOCK_DGRAM if protocol == 'udp' else socket.SOCK_STREAM)
    link.settimeout(timeout)
    link.connect((server, 53))
    return link


def ask(link, number=4711):
    query = make_query(number)
    try:
        return read(query, exchange(link, query))
    except socket.timeout:
        return 'timeout'
    except ConnectionError:
        return 'refused'
    except EOFError:
        return 'closed'


if count:
    times = []
    for i in range(count):
        begin = time.perf_counter()
        ask(connect(), i)
        times.append((time.perf_counter() - begin) * 1000)
    print(f'{statistics.median(times):.3f}')
elif name.startswith('@'):
    # One socket, one query for each line of input.
    name, same = name[1:], connect()
    for line in sys.stdin:
        print(ask(same), flush=True)
else:
    print(ask(connect()))
