# SPDX-License-Identifier: Apache-2.0
"""Servers that no client should trust, on ports of 127.0.0.1 of their own, because a client may
share connections to one: names and ports are written to standard output. One for each case of HTTP
(the path repeats its name), one that completes connections and never accepts them, two for TLS, with
a certificate and with garbage, and a port where nobody listens.

hostile_server.py FOLDER-OF-CERTIFICATES"""
import gzip
import socket
import ssl
import struct
import sys
import threading
import time

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BLOCK = b"x" * 16384
LENGTH_5 = b"Content-Length: 5\r\n\r\nhello"
# 64 MiB of nothing in 64 KiB.
BOMB = gzip.compress(bytes(64 << 20), 9)


def forever(connection, begin, unit, pause=0.0):
    connection.sendall(begin)
    while True:
        connection.sendall(unit)
        time.sleep(pause)


def once(answer):
    """Answers and goes on with the connection."""
    return lambda connection, number: connection.sendall(answer) or True


def last(answer):
    """Answers, then closes."""
    return lambda connection, number: connection.sendall(answer)


def endless(begin, unit, pause=0.0):
    return lambda connection, number: forever(connection, begin, unit, pause)


def reset(answer):
    def play(connection, number):
        if answer:
            connection.sendall(answer)
            time.sleep(0.02)  # a reset overtakes what has not been read
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return play


def second_is_dropped(connection, number):
    """A kept connection is closed when the second request comes in."""
    if number == 1:
        connection.sendall(OK + LENGTH_5)
        return True


def closes_later(connection, number):
    connection.sendall(OK + LENGTH_5)
    time.sleep(0.1)


CASES = {
    "endless-length": endless(OK + b"Content-Length: 1000000000000000\r\n\r\n", BLOCK),
    "endless-chunks": endless(CHUNKED, b"4000\r\n" + BLOCK + b"\r\n"),
    "endless-body": endless(OK + b"\r\n", BLOCK),
    "huge-chunk": endless(CHUNKED + b"7fffffffffffffff\r\n", BLOCK),
    "endless-headers": endless(OK, b"X-Header: something\r\n" * 100),
    "endless-header": endless(OK + b"X-Header: ", BLOCK),
    "endless-reason": endless(b"HTTP/1.1 200 ", BLOCK),
    "endless-1xx": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "endless-trailers": endless(CHUNKED + b"0\r\n", b"X-Trailer: something\r\n" * 100),
    "endless-extension": endless(CHUNKED + b"1;", BLOCK),
    "drip-status": endless(b"HTTP/1.1 200 ", b"x", 0.05),
    "drip-headers": endless(OK, b"X: y\r\n", 0.05),
    "drip-body": endless(OK + b"Content-Length: 1000\r\n\r\n", b"x", 0.05),
    "drip-chunks": endless(CHUNKED, b"1\r\nx\r\n", 0.05),
    "drip-1xx": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
    "silent": lambda connection, number: time.sleep(3600),
    "circle": once(b"HTTP/1.1 302 Found\r\nLocation: /circle\r\nContent-Length: 0\r\n\r\n"),
    "reset-at-once": reset(b""),
    "reset-in-headers": reset(OK + b"Content-"),
    "reset-in-body": reset(OK + b"Content-Length: 100\r\n\r\nhalf"),
    "reset-in-open-body": reset(OK + b"\r\nhalf"),
    "reset-in-chunk": reset(CHUNKED + b"64\r\nhalf"),
    "closed-at-once": last(b""),
    "closed-in-headers": last(OK + b"Content-"),
    "closed-in-body": last(OK + b"Content-Length: 100\r\n\r\nhalf"),
    "closed-in-chunk": last(CHUNKED + b"64\r\nhalf"),
    "garbage": last(b"certainly not HTTP\r\n\r\n"),
    "garbage-bytes": endless(b"", bytes(range(255, 0, -1)), 0.05),
    "bad-status": last(b"HTTP/1.1 abc OK\r\n\r\n"),
    "bad-chunk": last(CHUNKED + b"xyz\r\nhello\r\n"),
    "two-lengths": once(OK + b"Content-Length: 4\r\n" + LENGTH_5),
    "length-and-chunks": once(OK + b"Transfer-Encoding: chunked\r\n" + LENGTH_5),
    "negative-length": last(OK + b"Content-Length: -5\r\n\r\nhello"),
    "bomb": once(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB),
    "thousand-1xx": once(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + OK + LENGTH_5),
    "more-than-asked": once(OK + LENGTH_5 + OK + LENGTH_5),
    "second-dropped": second_is_dropped,
    "closes-later": closes_later,
    "plain": once(OK + LENGTH_5),
}


def serve(connection):
    number = 0
    try:
        while True:
            request = b""
            while b"\r\n\r\n" not in request:
                piece = connection.recv(65536)
                if not piece:
                    return
                request += piece
            number += 1
            if not CASES[request.split()[1].decode()[1:]](connection, number):
                return
    except OSError:
        pass  # the client has had enough
    finally:
        connection.close()


def serve_tls(connection):
    try:
        serve(context.wrap_socket(connection, server_side=True))
    except OSError:
        connection.close()


def serve_garbage(connection):
    try:
        connection.recv(65536)
        connection.sendall(b"certainly not TLS\r\n" * 10)
    except OSError:
        pass
    connection.close()


def listen(play):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)

    def accept():
        while True:
            connection = listener.accept()[0]
            threading.Thread(target=play, args=(connection,), daemon=True).start()

    if play is not None:
        threading.Thread(target=accept, daemon=True).start()
    return listener


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1] + "/server.pem", sys.argv[1] + "/server.key")
closed = socket.socket()
closed.bind(("127.0.0.1", 0))  # but not listening, so that nobody else can take the port
listeners = {name: listen(serve) for name in CASES}
listeners |= {"unaccepted": listen(None), "tls": listen(serve_tls),
              "tls-garbage": listen(serve_garbage), "nobody": closed}
for name, listener in listeners.items():
    print(name, listener.getsockname()[1])
print("end", flush=True)
threading.Event().wait()
