#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sockets.py: servers that are good and bad at TCP and UDP, on free ports of loopback. Prints
"NAME PORT" for each, then READY. For the names see the functions below."""
import socket
import struct
import threading

TCP, UDP = {}, {}


def tcp(function):
    TCP[function.__name__] = function
    return function


def udp(function):
    UDP[function.__name__] = function
    return function


@tcp
def banner(stream):
    stream.sendall(b'220 mail.test ready\r\n')
    stream.recv(1)


@tcp
def echo(stream):
    while data := stream.recv(4096):
        stream.sendall(data)


@tcp
def drips(stream):
    for byte in b'+ready+':
        stream.sendall(bytes([byte]))


@tcp
def silent(stream):
    stream.recv(1)


@tcp
def half(stream):
    stream.sendall(b'220')
    stream.recv(1)


@tcp
def leaves(stream):
    stream.sendall(b'bye')


@tcp
def resets(stream):
    stream.recv(1)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))


@tcp
def floods(stream):
    while True:
        stream.sendall(b'x' * 65536)


@udp
def udp_echo(data):
    return data


@udp
def udp_silent(data):
    return None


@udp
def udp_large(data):
    return data * 60000


def serve_one(function, stream):
    try:
        with stream:
            function(stream)
    except OSError:
        pass


def serve_tcp(function, server):
    while True:
        stream = server.accept()[0]
        threading.Thread(target=serve_one, args=(function, stream), daemon=True).start()


def serve_udp(function, server):
    while True:
        data, client = server.recvfrom(65536)
        answer = function(data)
        if answer is not None:
            server.sendto(answer, client)


def start(name, function, serve, kind, family=socket.AF_INET, address='127.0.0.1'):
    server = socket.socket(family, kind)
    server.bind((address, 0))
    if kind == socket.SOCK_STREAM:
        server.listen(64)
    threading.Thread(target=serve, args=(function, server), daemon=True).start()
    print(name, server.getsockname()[1])


for name, function in TCP.items():
    start(name, function, serve_tcp, socket.SOCK_STREAM)
for name, function in UDP.items():
    start(name, function, serve_udp, socket.SOCK_DGRAM)
if socket.has_ipv6:
    start('banner6', banner, serve_tcp, socket.SOCK_STREAM, socket.AF_INET6, '::1')
    start('udp_echo6', udp_echo, serve_udp, socket.SOCK_DGRAM, socket.AF_INET6, '::1')
# Bound, but not listening: nobody else gets the port, and who connects is refused.
closed = socket.socket()
closed.bind(('127.0.0.1', 0))
print('closed', closed.getsockname()[1])
# Likewise of UDP: it is connected to itself, so it takes nothing from others.
udp_closed = socket.socket(type=socket.SOCK_DGRAM)
udp_closed.bind(('127.0.0.1', 0))
udp_closed.connect(udp_closed.getsockname())
print('udp_closed', udp_closed.getsockname()[1])
print('READY', flush=True)
threading.Event().wait()
