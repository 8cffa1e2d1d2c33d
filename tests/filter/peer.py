#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Both sides of conversations between network namespaces, by plain sockets.

    peer.py serve PORT              echoes TCP and UDP, IPv4 and IPv6; says READY, then "udp ADDRESS"
                                    for each datagram
    peer.py tcp ADDRESS PORT…       one attempt each: connected, refused, unreachable or silence
    peer.py udp ADDRESS PORT        answered, refused, unreachable, forbidden or silence
    peer.py both ADDRESS…           tcp and udp to port 8000 of each address, at the same time
    peer.py talk ADDRESS PORT       one connection: for each line on standard input, a message goes
                                    there; says echoed, silence or reset
    peer.py reach NAME=ADDRESS…     of the namespaces /run/netns/NAME, who gets a datagram from whom:
                                    "a>b a>c …"
"""
import concurrent.futures
import ctypes
import select
import socket
import sys
import time

PATIENCE = 0.4


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def outcome(error):
    if isinstance(error, (socket.timeout, TimeoutError)):
        return "silence"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, ConnectionResetError):
        return "reset"
    if isinstance(error, PermissionError):
        return "forbidden"
    if isinstance(error, OSError) and error.errno in (101, 113):
        return "unreachable"
    return repr(error)


def serve(port):
    listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    for each in (listener, datagrams):
        each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        each.bind(("::", port))
    listener.listen(64)
    print("READY", flush=True)
    open_ones = [listener, datagrams]
    while True:
        for ready in select.select(open_ones, [], [])[0]:
            if ready is listener:
                open_ones.append(listener.accept()[0])
            elif ready is datagrams:
                data, sender = datagrams.recvfrom(2000)
                print("udp", sender[0].removeprefix("::ffff:"), flush=True)
                datagrams.sendto(data, sender)
            else:
                try:
                    data = ready.recv(2000)
                    if data:
                        ready.sendall(data)
                except OSError:
                    data = b""
                if not data:
                    open_ones.remove(ready)
                    ready.close()


def connect(address, port):
    connection = socket.socket(family_of(address), socket.SOCK_STREAM)
    connection.settimeout(PATIENCE)
    connection.connect((address, port))
    return connection


def tcp(address, port):
    try:
        connect(address, port).close()
        return "connected"
    except OSError as error:
        return outcome(error)


def udp(address, port):
    sender = socket.socket(family_of(address), socket.SOCK_DGRAM)
    sender.settimeout(PATIENCE)
    try:
        sender.connect((address, port))
        sender.send(b"x")
        sender.recv(10)
        return "answered"
    except OSError as error:
        return outcome(error)


def talk(address, port):
    connection = connect(address, port)
    print("connected", flush=True)
    number = 0
    for line in sys.stdin:
        # Seconds to wait for it.
        connection.settimeout(float(line))
        number += 1
        wanted = f"{number:04d}".encode()
        try:
            connection.sendall(wanted)
            heard = b""
            while not heard.endswith(wanted):
                data = connection.recv(2000)
                if not data:
                    raise ConnectionResetError
                heard += data
            print("echoed", flush=True)
        except OSError as error:
            print(outcome(error), flush=True)


def enter(path):
    library = ctypes.CDLL(None, use_errno=True)
    with open(path, "rb") as namespace:
        if library.setns(namespace.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), path)


def reach(pairs):
    sockets = {}
    for name, address in pairs:
        enter(f"/run/netns/{name}")
        sockets[name] = socket.socket(family_of(address), socket.SOCK_DGRAM)
        sockets[name].bind((address, 4000))
    for name, one in sockets.items():
        for other, address in pairs:
            if other != name:
                try:
                    one.sendto(name.encode(), (address, 4000))
                except PermissionError:
                    pass
    got = set()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for name, one in sockets.items():
            if select.select([one], [], [], 0.01)[0]:
                got.add(f"{one.recv(100).decode()}>{name}")
    print(" ".join(sorted(got)))


def main():
    verb, *arguments = sys.argv[1:]
    if verb == "serve":
        serve(int(arguments[0]))
    elif verb == "tcp":
        print(" ".join(tcp(arguments[0], int(port)) for port in arguments[1:]))
    elif verb == "udp":
        print(udp(arguments[0], int(arguments[1])))
    elif verb == "both":
        with concurrent.futures.ThreadPoolExecutor() as pool:
            attempts = [pool.submit(attempt, address, 8000)
                        for address in arguments for attempt in (tcp, udp)]
        print(" ".join(attempt.result() for attempt in attempts))
    elif verb == "talk":
        talk(arguments[0], int(arguments[1]))
    elif verb == "reach":
        reach([argument.split("=") for argument in arguments])


main()
