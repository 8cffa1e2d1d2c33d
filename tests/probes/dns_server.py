#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dns_server.py: a name server by UDP and TCP on one free port of 127.0.0.1. Prints the port. What
it answers is in zone; "strangers.test" is answered by others first, "malformed.test" has a record
whose name points to itself, "torn.test" is cut off and its answer by TCP ends early,
"silent.test" gets no answer."""
import socket
import struct
import threading

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV = 1, 2, 5, 6, 12, 15, 16, 28, 33


def name(text):
    return b''.join(bytes([len(label)]) + label.encode() for label in text.split('.')) + b'\0'


def addresses(*texts):
    return [(A, socket.inet_aton(text)) for text in texts]


zone = {
    'ok.test': addresses('10.0.0.5', '10.0.0.50') + [
        (AAAA, socket.inet_pton(socket.AF_INET6, 'fd00::5')),
        (MX, struct.pack('>H', 10) + name('Mail.ok.test')),
        (NS, b'\xc0\x0c'), (TXT, b'\x05hello\x06 world'),
        (SRV, struct.pack('>HHH', 1, 2, 5060) + name('sip.ok.test')),
        (SOA, name('ns.ok.test') + name('root.ok.test') + struct.pack('>IIIII', 7, 1, 2, 3, 4))],
    'alias.test': [(CNAME, name('ok.test'))] + addresses('10.0.0.5'),
    '5.0.0.10.in-addr.arpa': [(PTR, name('ok.test'))],
    'empty.test': [],
    'big.test': [(TXT, b'\xff' + b'x' * 255)] * 100,
    'strangers.test': addresses('10.0.0.5'),
    'malformed.test': [],
    'torn.test': [],
}


def question(query):
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    return '.'.join(labels), struct.unpack('>H', query[at + 1:at + 3])[0], at + 5


def answer(query, tcp):
    asked, kind, end = question(query)
    records = [b'\xc0\x0c' + struct.pack('>HHIH', found, 1, 60, len(data)) + data
               for found, data in zone.get(asked, []) if found in (kind, CNAME)]
    flags = 0x8180 if asked in zone else 0x8183
    if asked == 'malformed.test':
        records = [b'\xc0' + bytes([end]) + struct.pack('>HHIH', kind, 1, 60, 4) + b'abcd']
    if not tcp and (len(b''.join(records)) > 400 or asked == 'torn.test'):
        flags, records = flags | 0x200, []
    return query[:2] + struct.pack('>HHHHH', flags, 1, len(records), 0, 0) + \
        query[12:end] + b''.join(records)


def others(query):
    """What is no answer to the query, whatever it says."""
    right = answer(query, True)
    yield bytes([query[0] ^ 1]) + right[1:]
    yield right.replace(b'strangers', b'strangest')
    yield query
    yield right[:11]
    yield b'x' * 600


def serve_udp(server):
    while True:
        query, client = server.recvfrom(4096)
        asked = question(query)[0]
        if asked == 'silent.test':
            continue
        if asked == 'strangers.test':
            for datagram in others(query):
                server.sendto(datagram, client)
            with socket.socket(type=socket.SOCK_DGRAM) as stranger:
                stranger.sendto(answer(query, True).replace(b'\x0a\0\0\5', b'\x0a\0\0\6'), client)
        server.sendto(answer(query, False), client)


def serve_stream(stream):
    with stream:
        while True:
            length = stream.recv(2, socket.MSG_WAITALL)
            if len(length) < 2:
                return
            query = stream.recv(struct.unpack('>H', length)[0], socket.MSG_WAITALL)
            reply = answer(query, True)
            extra = 1 if question(query)[0] == 'torn.test' else 0
            stream.sendall(struct.pack('>H', len(reply) + extra) + reply)
            if extra:
                return


def serve_tcp(server):
    while True:
        stream = server.accept()[0]
        threading.Thread(target=serve_stream, args=(stream,), daemon=True).start()


while True:
    tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
    tcp.bind(('127.0.0.1', 0))
    try:
        udp.bind(tcp.getsockname())
        break
    except OSError:
        tcp.close()
        udp.close()
tcp.listen(64)
threading.Thread(target=serve_udp, args=(udp,), daemon=True).start()
threading.Thread(target=serve_tcp, args=(tcp,), daemon=True).start()
print(tcp.getsockname()[1], flush=True)
threading.Event().wait()
