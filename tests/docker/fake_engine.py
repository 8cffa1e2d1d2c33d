#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A container engine that misbehaves: fake_engine.py SOCKET MODE [PID]

It answers the two questions that are asked of an engine, or fails to in the way that MODE says. A
MODE with a slash is a file that is read for each question: "MODE PID".
"""
import json
import socket
import sys
import threading
import time

PATH = sys.argv[1]


def settings():
    if "/" not in sys.argv[2]:
        return sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0
    with open(sys.argv[2], encoding="ascii") as file:
        mode, pid = file.read().split()
    return mode, int(pid)


CONTAINERS = [
    {"Id": "aaaa" + 60 * digit, "Names": ["/" + name], "Image": "busybox", "State": "running",
     "Labels": {}}
    for digit, name in (("1", "users"), ("2", "orders"))
]


def answer(connection, body, status="200 OK"):
    connection.sendall(b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                       % (status.encode(), len(body)) + body)


def endless(connection, chunk, pause):
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        connection.sendall(chunk)
        time.sleep(pause)


def misbehave(connection, path, mode, pid):
    if mode == "silent":
        time.sleep(3600)
    elif mode == "hangs-up":
        pass
    elif mode == "error":
        answer(connection, b'{"message":"the disk is full"}', "500 Internal Server Error")
    elif mode == "garbage":
        connection.sendall(bytes(range(256)) * 64)
    elif mode == "text":
        answer(connection, b"<html>hello</html>")
    elif mode == "object":
        answer(connection, b'{"containers":[]}')
    elif mode == "empty":
        answer(connection, b"")
    elif mode == "cut":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[")
    elif mode == "endless":
        endless(connection, b" " * 65536, 0)
    elif mode == "trickle":
        endless(connection, b" ", 0.05)
    elif "json?all" in path:
        answer(connection, json.dumps(CONTAINERS).encode())
    elif mode == "stuck":
        time.sleep(3600)
    else:
        answer(connection, json.dumps({"State": {"Pid": pid}}).encode())


def serve(connection):
    with connection:
        request = b""
        try:
            while True:
                while b"\r\n\r\n" not in request:
                    data = connection.recv(4096)
                    if not data:
                        return
                    request += data
                head, request = request.split(b"\r\n\r\n", 1)
                mode, pid = settings()
                misbehave(connection, head.decode().split(" ")[1], mode, pid)
                if mode in ("hangs-up", "garbage", "cut"):
                    return
        except OSError:
            pass


def main():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(PATH)
    listener.listen()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


main()
