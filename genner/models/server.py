"""Answers from any server that speaks OpenAI's protocol, through the `openai` package."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from genner.exceptions import GennerError, MissingExtraError
from genner.models.constraint import Constraint, constraint, kinds_for, probe
from genner.models.generator import Completion, Request
from genner.models.recipe import Message, Recipe

__all__ = ["ServerError", "ServerGenerator", "shown_url"]

CONNECT_SECONDS = 2.0
"""How long an address may take to accept a connection: a wrong one is an error at once."""

MOST_BYTES = 8 << 20
"""The largest reply that is read, in bytes: no answer about a text comes near it."""

MOST_FAILURES = 20
"""Failures in a row, none of them passing, after which nothing more is asked although failures are skipped."""

_FINAL = {401, 403, 404, 405}
"""Status codes that no other request to the same server would escape."""


class ServerError(GennerError, ConnectionError):
    """A server cannot be reached, refuses, or went on failing after all retries.

    Args:
        message: which server, and what it did.
        final: whether every other request would fail as well.
    """

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


class _Broken(Exception):
    """A reply that ended too early: worth another try."""


class ServerGenerator:
    """Asks a server, several requests at a time; 429, 5xx, cut connections and time-outs are tried again.

    Args:
        model: as the server calls it.
        base_url: such as `http://localhost:8000/v1`; None takes `OPENAI_BASE_URL`, else OpenAI's own.
        api_key: None takes the environment variable `api_key_env`; without one, a server at `base_url`
            gets the key "none".
        api_key_env: name of the environment variable that holds the key; None takes `OPENAI_API_KEY` if it is set.
        concurrency: requests in flight at once.
        max_new_tokens: where an answer is cut off at the latest.
        temperature: 0 is greedy.
        seed: for servers that take one.
        retries: after a first failure.
        timeout: seconds for one answer from the first byte sent to the last one read.
        on_error: `"raise"`, or `"skip"` to yield a completion whose `error` says what went wrong.
        extra_body: more settings for the server, such as those of its chat template.
        constrain: gives more settings for each text, such as a grammar of the valid answers about it.
        logprobs: ask for the probability of each token as well.

    Attributes:
        free: keys of the requests that were sent without a constraint, because none can be written for their text.

    Raises:
        MissingExtraError: without the package openai.
        ServerError: when nothing listens at the address, or there is no key and no address.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        api_key_env: str | None = None,
        concurrency: int = 8,
        max_new_tokens: int = 1024,
        temperature: float = 0.0,
        seed: int | None = None,
        retries: int = 5,
        timeout: float = 120.0,
        on_error: Literal["raise", "skip"] = "raise",
        extra_body: dict[str, Any] | None = None,
        constrain: Constraint | None = None,
        logprobs: bool = False,
    ) -> None:
        try:
            import openai
        except ImportError:
            raise MissingExtraError.of("asking a server", "openai", "openai") from None
        self.name = model
        self.concurrency = concurrency
        self.constrain = constrain
        self.on_error = on_error
        self.logprobs = logprobs
        self.free: list[int] = []
        self._openai = openai
        self._timeout, self._retries = timeout, retries
        base_url = base_url or os.environ.get("OPENAI_BASE_URL") or None
        key = api_key or os.environ.get(api_key_env or "OPENAI_API_KEY")
        if key is None and api_key_env is not None:
            raise ServerError(f"the environment variable {api_key_env}, which should hold the key, is not set")
        if key is None and base_url is None:
            raise ServerError("no key and no address: set OPENAI_API_KEY, or give the address of a server")
        self.url = shown_url(base_url or "https://api.openai.com/v1")
        if base_url is not None:
            _check_address(base_url, self.url)
        patience = openai.Timeout(timeout, connect=CONNECT_SECONDS)
        self._client: Any = openai.OpenAI(
            base_url=base_url, api_key=key or "none", max_retries=retries, timeout=patience
        )
        weakref.finalize(self, self._client.close)  # it holds its connections open until then
        self._options: dict[str, Any] = {"temperature": temperature, "max_tokens": max_new_tokens}
        for name, value in (("seed", seed), ("extra_body", extra_body)):
            if value is not None:
                self._options[name] = value

    def follow(self, recipe: Recipe) -> str | None:
        """Only allow valid answers, if this server takes a constraint that fits the format.

        The server is asked once for each kind of constraint, with a few tokens: to write a word that the
        constraint demands and the question does not.

        Args:
            recipe: how texts are asked about.

        Returns:
            the kind that it takes, one of `genner.models.constraint.CONSTRAINTS`; None when it takes none.
        """
        for kind in kinds_for(recipe):
            messages, settings, word = probe(kind)
            try:
                options = _merged(self._options | {"max_tokens": 24}, settings)
                answer = self._read(messages, options, retries=0).output
            except ServerError as error:
                if error.final:
                    raise
                continue
            if word in answer:
                self.constrain = constraint(recipe, kind)
                return kind
        return None

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """Yield the completions as they come.

        Args:
            requests: what is asked.

        Raises:
            ServerError: when a request failed for good, under `on_error="skip"` when all others would.  Those
                after it are not sent; what was in flight and came is yielded first, so that no answer is lost.
        """
        failed: BaseException | None = None
        in_a_row = 0
        with ThreadPoolExecutor(self.concurrency) as pool:
            waiting = {pool.submit(self._ask, request): request for request in requests}
            try:
                for done in as_completed(waiting):
                    if done.cancelled():
                        continue
                    error = done.exception()
                    if error is None:
                        in_a_row = 0
                        yield done.result()
                        continue
                    in_a_row += 1
                    if self._skips(error) and in_a_row < MOST_FAILURES and failed is None:
                        yield Completion(waiting[done].key, "", False, error=str(error))
                    else:
                        failed = failed or error
                        _cancel(waiting)
            finally:
                _cancel(waiting)
        if failed is not None:
            raise failed

    def _skips(self, error: BaseException) -> bool:
        return self.on_error == "skip" and isinstance(error, ServerError) and not error.final

    def _ask(self, request: Request) -> Completion:
        options = dict(self._options)
        if "seed" in options:
            options["seed"] += request.sample
        if self.logprobs:
            options |= {"logprobs": True, "top_logprobs": 1}  # llama-cpp-python gives none without a count
        if self.constrain is not None and request.text is not None:
            own = self.constrain(request.text)
            if own is None:
                self.free.append(request.key)
            else:
                options = _merged(options, own)
        done = self._read(request.messages, options, retries=self._retries)
        if self.logprobs and not done.logprobs:
            raise ServerError(f"{self.url} gives no probabilities of tokens; ask for a number of answers", final=True)
        return replace(done, key=request.key)

    def _read(self, messages: Sequence[Message], options: dict[str, Any], *, retries: int) -> Completion:
        """Send one request and read its reply."""
        client = self._client if retries else self._client.with_options(max_retries=0)
        for tries_left in range(retries, -1, -1):
            try:
                return self._completion(self._reply(client, messages, options))
            except _Broken as error:
                if not tries_left:
                    raise ServerError(f"{self.url} broke off its reply: {error}") from None
        raise AssertionError("the loop returns or raises")

    def _reply(self, client: Any, messages: Sequence[Message], options: dict[str, Any]) -> bytes:
        """Return the body of a reply, bounded in size and time."""
        openai = self._openai
        body = bytearray()
        create = client.chat.completions.with_streaming_response.create
        try:
            with create(model=self.name, messages=_sendable(messages), **options) as reply:
                began = time.monotonic()
                for block in reply.iter_bytes():
                    body += block
                    if len(body) > MOST_BYTES:
                        raise ServerError(f"{self.url} sent a reply of more than {MOST_BYTES:,} bytes")
                    if time.monotonic() - began > self._timeout:
                        raise ServerError(f"{self.url} did not end its reply in {self._timeout} s")
        except openai.APIStatusError as error:
            final = error.status_code in _FINAL
            hint = "; does the address lack /v1?" if error.status_code == 404 else ""
            message = f"{self.url} answered {error.status_code}: {_one_line(error.message)}{hint}"
            raise ServerError(message, final=final) from None
        except openai.APITimeoutError:
            raise ServerError(f"{self.url} did not answer in {self._timeout} s") from None
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            message = f"{self.url} cannot be reached: {_one_line(cause)}"
            raise ServerError(message, final=_refused(cause)) from None
        except openai.OpenAIError as error:
            raise ServerError(f"{self.url} answered what the protocol does not know: {_one_line(error)}") from None
        except Exception as error:
            # the HTTP library's errors while a body is read; openai decides which library that is
            if not type(error).__module__.startswith(("httpx", "httpcore")):
                raise
            raise _Broken(_one_line(error) or type(error).__name__) from None
        return bytes(body)

    def _completion(self, body: bytes) -> Completion:
        """Read a reply; whatever it lacks is one clear error."""
        try:
            reply = json.loads(body)
        except (ValueError, RecursionError):
            raise ServerError(f"{self.url} answered what is not JSON: {_shown(body)}") from None
        choices = reply.get("choices") if isinstance(reply, dict) else None
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            raise ServerError(f"{self.url} answered without a choice: {_shown(body)}")
        message = choices[0].get("message")
        content = message.get("content") if isinstance(message, dict) else None
        if content is None and isinstance(message, dict) and (message.get("refusal") or message.get("tool_calls")):
            content = message.get("refusal") or ""
        if not isinstance(content, str):
            raise ServerError(f"{self.url} answered without a message of text: {_shown(body)}")
        usage = reply.get("usage")
        return Completion(
            0,
            content,
            choices[0].get("finish_reason") != "length",
            _count(usage, "prompt_tokens"),
            _count(usage, "completion_tokens"),
            logprobs=_logprobs(choices[0].get("logprobs")),
        )


def _logprobs(value: Any) -> tuple[tuple[str, float], ...]:
    """Read the probabilities of tokens; those whose bytes make one character together become one."""
    content = value.get("content") if isinstance(value, dict) else None
    found: list[tuple[str, float]] = []
    held, total = b"", 0.0
    for one in content if isinstance(content, list) else ():
        token, logprob = (one.get("token"), one.get("logprob")) if isinstance(one, dict) else (None, None)
        if not isinstance(token, str) or not isinstance(logprob, (int, float)):
            return ()
        spelled = one.get("bytes")
        held += bytes(spelled) if isinstance(spelled, list) else token.encode("utf-8", "surrogatepass")
        total += logprob
        try:
            found.append((held.decode("utf-8", "surrogatepass"), total))
        except UnicodeDecodeError:
            continue
        held, total = b"", 0.0
    return tuple(found)


def _merged(options: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return all settings of a request; those outside the protocol are under one name on both sides."""
    bodies = [one["extra_body"] for one in (options, more) if "extra_body" in one]
    body = {"extra_body": {name: value for one in bodies for name, value in one.items()}} if bodies else {}
    return options | more | body


def shown_url(url: str) -> str:
    """Return an address as it may be printed: without user, password and query, which may hold secrets."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        return urlunsplit((parts.scheme, host if parts.port is None else f"{host}:{parts.port}", parts.path, "", ""))
    except ValueError:
        return "the address"


def _check_address(url: str, shown: str) -> None:
    """Find out at once whether anything listens, for HTTP clients try again for a long time.

    Raises:
        ServerError: naming the address.
    """
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ServerError(
            f"address of a server: expected http://HOST:PORT/v1 or https://..., got {shown!r}", final=True
        )
    host, scheme = parts.hostname, parts.scheme
    if getproxies().get(scheme) and not proxy_bypass(host):
        return  # a proxy connects in our place
    try:
        port = parts.port or (443 if scheme == "https" else 80)
    except ValueError as error:
        raise ServerError(f"url: {error}", final=True) from None
    found: list[str] = []

    def connect() -> None:
        try:
            socket.create_connection((host, port), CONNECT_SECONDS).close()
            found.append("")
        except OSError as error:
            found.append(error.strerror or str(error))

    # The time-out of a connection does not cover the look-up of a name, so that has a thread that may be left.
    trial = threading.Thread(target=connect, daemon=True)
    trial.start()
    trial.join(CONNECT_SECONDS)
    reason = found[0] if found else f"no connection in {CONNECT_SECONDS:g} s"
    if reason:
        raise ServerError(f"{shown} cannot be reached: {reason}", final=True)


def _sendable(messages: Sequence[Message]) -> list[Message]:
    """Return the messages without lone surrogates, which UTF-8 cannot say; every character stays in its place."""
    return [{name: _without_surrogates(value) for name, value in message.items()} for message in messages]


def _without_surrogates(text: str) -> str:
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)


def _refused(cause: BaseException) -> bool:
    """Tell whether nothing listens any more, as against a connection that was cut."""
    return "refused" in str(cause).lower()


def _count(usage: Any, name: str) -> int:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _one_line(value: object) -> str:
    return " ".join(str(value).split())[:200]


def _shown(body: bytes) -> str:
    return repr(body[:120].decode(errors="replace"))


def _cancel(waiting: Any) -> None:
    for future in waiting:
        future.cancel()
