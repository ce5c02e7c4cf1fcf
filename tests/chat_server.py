"""A server that speaks OpenAI's protocol, for tests: it answers rightly, and fails as it is told."""

from __future__ import annotations

import json
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

__all__ = ["Server", "serving"]


def tagged(question: str) -> str:
    """Answer about the last line: a person of three letters, and a place of four."""
    text = question.rpartition("\n")[2]
    return genner.encode(Document(text, [(0, 3, "PER"), (8, 12, "LOC")]), "bracket")


class Server(ThreadingHTTPServer):
    """A chat server that answers rightly, after as many faults of each kind as it is told to make."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, faults: Sequence[str] = (), always: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults, self.always = list(faults), always
        self.seen: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        self.reply: Callable[[str], str] = tagged
        self.stop_after: int | None = None  # answers, after which it knows nothing any more

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what these tests are about."""


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
        if fault in ("429", "500", "404"):
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
        elif fault == "nonsense":
            self._reply(200, {"hello": "world"})
        else:
            answer = self.server.reply(body["messages"][-1]["content"])
            choice = {"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
            usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
            self._reply(
                200,
                {
                    "id": "x",
                    "object": "chat.completion",
                    "created": 0,
                    "model": "m",
                    "choices": [choice],
                    "usage": usage,
                },
            )

    def _reply(self, status: int, value: Any) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Retry-After-Ms", "1")
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving() -> Iterator[Callable[..., Server]]:
    """Give what starts servers, and stop them at the end."""
    running: list[Server] = []

    def start(*faults: str, always: str | None = None) -> Server:
        server = Server(faults, always)
        running.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()
