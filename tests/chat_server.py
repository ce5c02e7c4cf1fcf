"""A server that speaks OpenAI's protocol, for tests: it answers rightly, and fails as each test asks it to."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import genner
from genner import Document

__all__ = ["Server", "serving", "tagged"]

BODIES: dict[str, bytes] = {
    "nonsense": b'{"hello": "world"}',
    "bad json": b'{"choices": [{"message": {"content": "<PER>An',
    "garbage": b"\x00\xff\xfe not HTTP's idea of JSON \x80" * 40,
    "deep": b"[" * 200_000,
    "no choices": b'{"id": "x", "choices": []}',
    "no message": b'{"choices": [{"index": 0, "finish_reason": "stop"}]}',
    "null": b'{"choices": [{"message": {"role": "assistant", "content": null}}]}',
    "number": b'{"choices": [{"message": {"role": "assistant", "content": 5}}]}',
    "list": b"[1, 2]",
}
"""Replies with status 200 that are no answer."""


def tagged(question: str, format: str = "bracket") -> str:
    """Answer about the last line: a person of three letters, and a place of four."""
    text = question.rpartition("\n")[2]
    found = [("PER", match.span()) for match in re.finditer(r"\bAnn\b", text)]
    found += [("LOC", match.span()) for match in re.finditer(r"\bRome\b", text)]
    return genner.encode(Document(text, [(*span, label) for label, span in found]), format)


class Server(ThreadingHTTPServer):
    """A chat server that answers rightly, after as many faults of each kind as it is asked to make.

    Args:
        faults: made one after another, the last first.
        always: made at every request.
        takes: the constraint that it obeys: a key of the request, such as `grammar`; others are a 400.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, faults: Sequence[str] = (), always: str | None = None, takes: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults, self.always, self.takes = list(faults), always, takes
        self.seen: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.lock = threading.Lock()
        self.reply: Callable[[str], str] = tagged
        self.logprobs: list[dict[str, Any]] = []  # of each token, where they are asked for
        self.stop_after: int | None = None  # answers, after which it knows nothing any more

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what these tests are about."""


CONSTRAINTS = ("grammar", "ebnf", "structured_outputs", "response_format")


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            spent = self.server.stop_after is not None and self.server.seen[""] >= self.server.stop_after
            fault = "404" if spent else self.server.always or (self.server.faults.pop() if self.server.faults else "")
            self.server.seen[fault] += 1
            self.server.bodies.append(body)
            self.server.keys.append(self.headers["Authorization"])
        question = body["messages"][-1]["content"]
        if fault in BODIES:
            self._send(200, BODIES[fault])
        elif fault.isdigit():
            self._reply(int(fault), {"error": {"message": f"fault {fault}"}})
        elif fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"choices": [')
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fault == "stall":
            time.sleep(1.5)
        elif fault == "drip":
            self._drip()
        elif fault == "huge":
            self._send(200, b" " * (1 << 20))
        elif fault == "surrogate":
            self._answer("\ud800<PER>Ann</PER>" + question.rpartition("\n")[2].removeprefix("Ann"))
        elif self.server.takes is not None and any(name in body for name in CONSTRAINTS):
            if self.server.takes in body:
                self._answer('{"word": "quince"}' if "hello" in question else self.server.reply(question))
            else:
                self._reply(400, {"error": {"message": "unknown parameter"}})
        else:
            self._answer(self.server.reply(question))

    def _drip(self) -> None:
        """Send a byte a tenth of a second, which no time-out of a single read notices."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(30):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.1)

    def _answer(self, answer: str) -> None:
        choice = {"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
        if self.server.logprobs:
            choice["logprobs"] = {"content": self.server.logprobs}
        usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
        reply = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
        self._reply(200, reply | {"usage": usage})

    def _reply(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value).encode())

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Retry-After-Ms", "1")
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving() -> Iterator[Callable[..., Server]]:
    """Give what starts servers, and stop them at the end."""
    running: list[Server] = []

    def start(*faults: str, always: str | None = None, takes: str | None = None) -> Server:
        server = Server(faults, always, takes)
        running.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()
