#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A shop for tests of sequences: who orders something must have logged in. Prints its port.
import http.server
import itertools
import json
import sys
import threading
import urllib.parse

numbers = itertools.count(1)
tokens = {}
connections = set()
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # an answer in one piece

    def setup(self):
        super().setup()
        with lock:
            connections.add(self.client_address)

    def answer(self, status, body="", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    # A token has characters that do not stand in URLs as they are.
    def do_POST(self):
        body = self.body()
        if self.path == "/login" and body == "user=kim":
            with lock:
                number = next(numbers)
                token = f"a/b ?&%{{{number}"
                tokens[token] = f"session-{number}"
            self.answer(200, json.dumps({"token": token, "number": number, "lines": "a\r\nb",
                "none": None, "list": [number, "x"], "long": "x" * 9000}),
                Set_Cookie=f"sid={tokens[token]}", X_Cart=f"cart-{number}")
        elif self.path.startswith("/order/"):
            token = urllib.parse.unquote(self.path[len("/order/"):])
            if tokens.get(token) is None or self.headers.get("Authorization") != "Bearer " + token:
                self.answer(401, "who are you?")
            elif self.headers.get("Cookie") != "sid=" + tokens[token]:
                self.answer(403, f"cookie {self.headers.get('Cookie')}")
            else:
                number = tokens.pop(token).split("-")[1]
                right = body == f"cart=cart-{number}&list=[{number},\"x\"]&plain=%{{x}}"
                self.answer(201 if right else 400, f"order no. {number} of {body}")
        else:
            self.answer(404, "no such page")

    def do_GET(self):
        if self.path == "/connections":
            with lock:
                self.answer(200, json.dumps({"count": len(connections)}))
        elif self.path == "/cookies":  # sets one where it leads, which shows it
            self.answer(302, Location="/shown", Set_Cookie="taste=sweet")
        elif self.path == "/shown":
            self.answer(200, f"cookie {self.headers.get('Cookie')}")
        elif self.path.startswith("/receipt/"):
            self.answer(200, f"receipt {self.path}")
        elif self.path == "/silent":
            threading.Event().wait()
        else:
            self.answer(404, "no such page")

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass


server = Server(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
