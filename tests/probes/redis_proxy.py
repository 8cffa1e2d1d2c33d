#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""redis_proxy.py PORT MODE: in front of the Redis server at that port of 127.0.0.1, does with every
fifth message of a subscription what the mode says: drop, double, late (0.6 s), again (double, the
second one 0.7 s later), or pass all of them.
"fake" speaks no RESP at all, "flood" never ends its reply, "half" stops in the middle of one.
Prints its port, and on SIGTERM how many messages it dropped, doubled or kept back."""
import signal
import socket
import sys
import threading
import time

server_port, mode = int(sys.argv[1]), sys.argv[2]
changed = 0


def end(*_):
    print(changed, flush=True)
    sys.exit(0)


def copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def line(stream):
    text = stream.readline()
    if not text:
        raise EOFError
    return text


def reply(stream):
    text = line(stream)
    if text[:1] == b'*':
        return text + b''.join(reply(stream) for _ in range(int(text[1:])))
    if text[:1] == b'$' and text[1:3] != b'-1':
        text += stream.read(int(text[1:]) + 2)
    return text


def send(sink, message):
    try:
        sink.sendall(message)
    except OSError:
        pass  # nobody is there any more


def messages(source, sink):
    global changed
    stream, number = source.makefile('rb'), 0
    try:
        while True:
            one = reply(stream)
            if one.startswith(b'*3\r\n$7\r\nmessage'):
                number += 1
                if number % 5 == 0 and mode != 'pass':
                    changed += 1
                    if mode == 'drop':
                        continue
                    if mode == 'late':
                        threading.Timer(0.6, send, (sink, one)).start()
                        continue
                    if mode == 'again':
                        threading.Timer(0.7, send, (sink, one)).start()
                    else:
                        one += one
            sink.sendall(one)
    except (OSError, EOFError):
        pass


def serve(client):
    if mode == 'fake':
        client.sendall(b'HTTP/1.1 400 Bad Request\r\n\r\n')
        time.sleep(10)
    if mode == 'half':
        client.sendall(b'$5\r\nhel')
        time.sleep(10)
    if mode == 'flood':
        try:
            client.sendall(b'$900000000\r\n' + b'x' * 2000000)
            client.recv(1)
        except OSError:
            return
    server = socket.create_connection(('127.0.0.1', server_port))
    threading.Thread(target=copy, args=(client, server), daemon=True).start()
    messages(server, client)
    client.close()


signal.signal(signal.SIGTERM, end)
listening = socket.socket()
listening.bind(('127.0.0.1', 0))
listening.listen(64)
print(listening.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()
