# SPDX-License-Identifier: Apache-2.0
"""streams - TCP connections that echo without a pause, seen by an outsider.

    streams.py serve ADDRESS PORT…        echoes; prints READY
    streams.py as NAME hold …             the same by a process of that name
    streams.py hold NAME=ADDRESS:PORT…    keeps one connection to each, and sends a line on each every
                                          20 ms; prints READY when all have had an answer

hold writes "NAME ERRNO" when a connection breaks, and, asked by a line on its standard input,
"NAME COUNT" of answers for each that lives, then ".".
"""
import errno
import os
import selectors
import socket
import sys
import time


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve(address, ports):
    selector = selectors.DefaultSelector()
    for port in ports:
        listener = socket.socket(family(address), socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, int(port)))
        listener.listen(64)
        selector.register(listener, selectors.EVENT_READ, True)
    print("READY", flush=True)
    while True:
        for key, _ in selector.select():
            if key.data:
                selector.register(key.fileobj.accept()[0], selectors.EVENT_READ, False)
                continue
            try:
                data = key.fileobj.recv(4096)
                if data:
                    key.fileobj.sendall(data)
            except OSError:
                data = b""
            if not data:
                selector.unregister(key.fileobj)
                key.fileobj.close()


def hold(names):
    connections = {}
    answers = {}
    for item in names:
        name, peer = item.split("=")
        address, port = peer.rsplit(":", 1)
        connections[name] = socket.create_connection((address.strip("[]"), int(port)))
        connections[name].settimeout(5)
        answers[name] = 0
    os.set_blocking(0, False)
    ready = False
    while True:
        for name, connection in list(connections.items()):
            try:
                connection.sendall(b"x")
                if not connection.recv(1):
                    raise OSError(0, "end")
                answers[name] += 1
            except OSError as error:
                print(name, errno.errorcode.get(error.errno, error.errno), flush=True)
                del connections[name]
        if not ready:
            print("READY", flush=True)
            ready = True
        try:
            asked = os.read(0, 100)
        except BlockingIOError:
            asked = None
        if asked == b"":
            return
        if asked:
            for name in connections:
                print(name, answers[name])
            print(".", flush=True)
        time.sleep(0.02)


if sys.argv[1] == "as":
    with open("/proc/self/comm", "w") as comm:
        comm.write(sys.argv[2])
    del sys.argv[1:3]
if sys.argv[1] == "serve":
    serve(sys.argv[2], sys.argv[3:])
else:
    hold(sys.argv[2:])
