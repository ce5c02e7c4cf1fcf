"""Answers from any server that speaks OpenAI's protocol, through the `openai` package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Any

from genner.exceptions import GennerError, MissingExtraError
from genner.models.constraint import Constraint
from genner.models.generator import Completion, Request

__all__ = ["ServerError", "ServerGenerator"]


class ServerError(GennerError, ConnectionError):
    """A server is down, refuses, or went on failing after all retries."""


class ServerGenerator:
    """Asks a server, several requests at a time; the package's own retries deal with passing faults.

    Args:
        model: as the server calls it.
        base_url: such as `http://localhost:8000/v1`; by default what the environment says.
        api_key: by default what the environment says; a local server takes any.
        concurrency: requests on their way at once.
        max_new_tokens: where an answer is cut off at the latest.
        temperature: 0 is greedy.
        seed: for servers that take one.
        retries: after a first failure (429, 5xx, a cut connection, a time-out).
        timeout: seconds to wait for an answer.
        extra_body: more settings for the server, such as a grammar.
        response_format: a JSON Schema in the form the protocol has for it.
        constrain: gives more settings for each text, such as a grammar of the valid answers about it.

    Attributes:
        free: keys of the requests that were sent without, because no grammar can be written for their text.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        concurrency: int = 8,
        max_new_tokens: int = 1024,
        temperature: float = 0.0,
        seed: int | None = None,
        retries: int = 5,
        timeout: float = 120.0,
        extra_body: dict[str, Any] | None = None,
        response_format: dict[str, Any] | None = None,
        constrain: Constraint | None = None,
    ) -> None:
        try:
            import openai
        except ImportError:
            raise MissingExtraError.of("asking a server", "openai", "training") from None
        self.name = model
        self.concurrency = concurrency
        self.constrain = constrain
        self.free: list[int] = []
        self._openai = openai
        local = api_key or (None if base_url is None else "none")
        try:
            self._client: Any = openai.OpenAI(base_url=base_url, api_key=local, max_retries=retries, timeout=timeout)
        except openai.OpenAIError as error:
            raise ServerError(str(error)) from None
        self._options: dict[str, Any] = {"temperature": temperature, "max_tokens": max_new_tokens}
        for name, value in (("seed", seed), ("extra_body", extra_body), ("response_format", response_format)):
            if value is not None:
                self._options[name] = value

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """Yield the completions as they come.

        Raises:
            ServerError: when a request failed for good.  Those after it are not sent; what was on its way
                and came is yielded first, so that no answer is lost.
        """
        failed: BaseException | None = None
        with ThreadPoolExecutor(self.concurrency) as pool:
            waiting = [pool.submit(self._ask, request) for request in requests]
            try:
                for done in as_completed(waiting):
                    error = None if done.cancelled() else done.exception()
                    if error is not None:
                        failed = failed or error
                        _cancel(waiting)
                    elif not done.cancelled():
                        yield done.result()
            finally:
                _cancel(waiting)
        if failed is not None:
            raise failed

    def _ask(self, request: Request) -> Completion:
        openai = self._openai
        options = self._options
        if self.constrain is not None and request.text is not None:
            own = self.constrain(request.text)
            if own is None:
                self.free.append(request.key)
            else:
                options = options | own
        try:
            reply = self._client.chat.completions.create(model=self.name, messages=list(request.messages), **options)
        except openai.APIStatusError as error:
            raise ServerError(f"{self._client.base_url} answered {error.status_code}: {error.message:.200}") from None
        except openai.APITimeoutError:
            raise ServerError(f"{self._client.base_url} did not answer in {self._client.timeout} s") from None
        except openai.APIConnectionError as error:
            raise ServerError(f"{self._client.base_url} cannot be reached: {error.__cause__ or error}") from None
        except (openai.OpenAIError, ValueError) as error:
            raise ServerError(f"{self._client.base_url} answered what the protocol does not know: {error}") from None
        if not getattr(reply, "choices", None):
            raise ServerError(f"{self._client.base_url} answered without a choice: {reply!r:.200}")
        choice, usage = reply.choices[0], reply.usage
        return Completion(
            request.key,
            choice.message.content or "",
            choice.finish_reason != "length",
            usage.prompt_tokens if usage else 0,
            usage.completion_tokens if usage else 0,
        )


def _cancel(waiting: Sequence[Future[Completion]]) -> None:
    for future in waiting:
        future.cancel()
