#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A gRPC server that has nothing but the health service, with a service for each case. Prints two
# ports: of one without TLS, and of one with it. The messages are made by hand, so that they can be
# wrong. health.py TLS-FOLDER
import sys
import time
from concurrent import futures

import grpc

answers = {
    "": b"\x08\x01",  # field 1, a number: SERVING
    "up": b"\x08\x01",
    "up" * 100: b"\x08\x01",
    "down": b"\x08\x02",
    "unknown": b"",
    "later": b"\x12\x03abc\x1d\x00\x00\x00\x00\x08\x01",  # fields of later versions, and then 1
    "cut": b"\x08",
    "garbage": b"\xff" * 20,
}


def name_of(request):
    if request == b"":
        return ""
    head = 2 if request[1] < 128 else 3
    length = request[1] if head == 2 else request[1] - 128 + (request[2] << 7)
    if request[0] != 0x0A or length != len(request) - head:
        return "malformed"
    return request[head:].decode()


def check(request, context):
    name = name_of(request)
    if name == "slow":
        time.sleep(2)
    if name == "patience":
        return b"\x08\x01" if 5.0 < context.time_remaining() <= 6.0 else b"\x08\x02"
    if name == "denied":
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "no")
    if name not in answers:
        context.abort(grpc.StatusCode.NOT_FOUND, "no such service: " + name)
    return answers[name]


def read(name):
    with open(sys.argv[1] + "/" + name, "rb") as file:
        return file.read()


handler = grpc.method_handlers_generic_handler("grpc.health.v1.Health",
    {"Check": grpc.unary_unary_rpc_method_handler(check)})
server = grpc.server(futures.ThreadPoolExecutor(8))
server.add_generic_rpc_handlers((handler,))
plain = server.add_insecure_port("127.0.0.1:0")
credentials = grpc.ssl_server_credentials([(read("server.key"), read("server.pem"))])
secure = server.add_secure_port("127.0.0.1:0", credentials)
server.start()
print(plain, secure, flush=True)
server.wait_for_termination()
