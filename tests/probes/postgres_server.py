# SPDX-License-Identifier: Apache-2.0
"""What looks like a PostgreSQL server, and misbehaves: postgres_server.py MODE. Prints its port."""

import socket
import struct
import sys
import threading
import time


def message(kind, body=b""):
    return kind + struct.pack("!i", len(body) + 4) + body


READY = message(b"R", struct.pack("!i", 0)) + message(b"Z", b"I")
ROW = struct.pack("!hi", 1, 1) + b"x"
DESCRIPTION = message(b"T", struct.pack("!h", 1) + b"a\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0))
ANSWER = message(b"1") + message(b"2") + DESCRIPTION
NOTICE = message(b"N", b"SNOTICE\0C00000\0M" + b"x" * 1000 + b"\0\0")


def endless(connection, make):
    number = 0
    while True:
        connection.sendall(make(number))
        number += 1


def serve(connection, mode):
    connection.recv(10000)  # the request for TLS, or the start
    if mode == "no-tls":
        connection.sendall(b"N")
    elif mode == "garbage":
        connection.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" * 10)
    elif mode == "notices-before":
        connection.sendall(message(b"R", struct.pack("!i", 0)))
        endless(connection, lambda number: NOTICE)
    elif mode == "parameters-before":
        connection.sendall(message(b"R", struct.pack("!i", 0)))
        endless(connection, lambda number: message(b"S", b"p%d\0%s\0" % (number, b"x" * 900)))
    elif mode == "silent":
        time.sleep(60)
    elif mode.startswith("then-"):
        connection.sendall(READY)
        connection.recv(10000)
        if mode == "then-close":
            return
        if mode == "then-half":
            connection.sendall(ANSWER + message(b"D", ROW)[:-1])
            time.sleep(60)
        if mode == "then-garbage":
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" * 10)
        if mode == "then-notices":
            endless(connection, lambda number: NOTICE)
        if mode == "then-announce":  # a row of a gigabyte, which comes as fast as it can
            connection.sendall(ANSWER + b"D" + struct.pack("!ihi", 0x3FFFFFF0, 1, 0x3FFFFFE0))
            endless(connection, lambda number: b"x" * 10000)
        if mode == "then-rows":
            connection.sendall(ANSWER)
            endless(connection, lambda number: message(b"D", ROW) * 100)
        if mode == "then-errors":
            endless(connection, lambda number: message(b"E", b"SERROR\0C42601\0Mno\0\0"))
    time.sleep(0.05)


def run(connection, mode):
    try:
        with connection:
            serve(connection, mode)
    except OSError:
        pass  # perturb has had enough


listener = socket.create_server(("127.0.0.1", 0), backlog=100)
print(listener.getsockname()[1], flush=True)
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=run, args=(accepted, sys.argv[1]), daemon=True).start()
