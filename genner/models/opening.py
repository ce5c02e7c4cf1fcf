"""From the name of a model to what answers: `openai:NAME`, a folder, a hub name, a lexicon, a plug-in, or an object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, TypeAlias

from typing_extensions import TypedDict

from genner.exceptions import DataError, GennerError, UnknownNameError, WrongTypeError
from genner.io import read
from genner.lexicon import Lexicon
from genner.models.generator import Completion, Generator, Request
from genner.models.recipe import Message, Recipe
from genner.plugins import points
from genner.types import Document

__all__ = [
    "Ask",
    "CallableGenerator",
    "LexiconGenerator",
    "Model",
    "ModelOptions",
    "follow",
    "model_kinds",
    "only_valid",
    "open_generator",
]

Ask: TypeAlias = Callable[[list[Message]], str]
"""Anything that answers chat messages with a string."""

Model: TypeAlias = "str | Path | Generator | Ask"
"""What `genner.extract` takes for a model."""


class ModelOptions(TypedDict, total=False):
    """How a model that is given by name is opened and asked.

    Args:
        url: address of an OpenAI-compatible server.
        api_key: of the server; by default what `OPENAI_API_KEY` holds.
        api_key_env: name of another environment variable that holds the key.
        batch_size: requests at once.
        max_new_tokens: where an answer is cut off at the latest.
        temperature: 0 is greedy.
        seed: for sampling.
        template: options for the chat template of a model on this machine.
        retries: of a server, after a first failure.
        timeout: of a server, in seconds for one answer.
        on_error: `"raise"`, or `"skip"` to go on after an answer that failed.
    """

    url: str | None
    api_key: str | None
    api_key_env: str | None
    batch_size: int
    max_new_tokens: int
    temperature: float
    seed: int | None
    template: dict[str, Any]
    retries: int
    timeout: float
    on_error: Literal["raise", "skip"]


_BUILT_IN = {
    "lexicon": "genner.models.opening:_lexicon",
    "openai": "genner.models.opening:_openai",
    "transformers": "genner.models.opening:_transformers",
    "vllm": "genner.models.opening:_vllm",
}

_GROUP = "genner.models"

_SERVER_ONLY = ("url", "api_key", "api_key_env", "retries", "timeout")


def model_kinds() -> tuple[str, ...]:
    """Return what may be before the colon of a model's name: built in, and from entry points `genner.models`."""
    return (*_BUILT_IN, *sorted(set(_plug_ins()) - set(_BUILT_IN)))


def open_generator(model: Model, **options: Any) -> Generator:
    """Return what answers.

    Args:
        model: `openai:NAME`, with `url` for any compatible server; the folder of a model or an adapter, or
            a hub name, for transformers; `vllm:NAME`; `lexicon:FILE` of training documents; `KIND:NAME` of
            a plug-in; a `Generator`; or a function from chat messages to a string.
        options: see `ModelOptions`; a generator or function takes none but `on_error`.

    Raises:
        UnknownNameError: for an unknown kind of model.
        DataError: when an option does not fit, or the model cannot be loaded.
        MissingExtraError: naming what to install.
    """
    given = {name: value for name, value in options.items() if value is not None}
    unknown = next((name for name in given if name not in ModelOptions.__annotations__), None)
    if unknown is not None:
        raise UnknownNameError.of("option of a model", unknown, ModelOptions.__annotations__)
    if isinstance(model, (str, Path)):
        kind, name = _kind_of(str(model), given)
        return _opener(kind)(name, **given)
    on_error = given.pop("on_error", None)
    if given:
        raise DataError(f"{', '.join(given)}: only for a model that is given by name, got a {type(model).__name__}")
    if isinstance(model, Generator):
        if on_error is not None and hasattr(model, "on_error"):
            model.on_error = on_error
        return model
    if callable(model):
        return CallableGenerator(model, on_error=on_error or "raise")
    raise WrongTypeError(f"model: expected a name, a folder, a Generator or a function, got {type(model).__name__}")


def _kind_of(model: str, options: dict[str, Any]) -> tuple[str, str]:
    """Split the name of a model; one without a kind is a folder or hub name, or, with a `url`, one of a server."""
    if not model.strip():
        raise DataError("model: expected a name or a folder, got an empty one")
    kind, colon, name = model.partition(":")
    if Path(model).exists() or not colon or len(kind) < 2:  # one letter is the drive of a path
        return ("openai" if "url" in options else "transformers"), model
    if kind not in model_kinds() and "url" in options:
        return "openai", model  # names such as llama3:8b, as a server calls them
    return kind, name


def _opener(kind: str) -> Callable[..., Generator]:
    if kind in _BUILT_IN:
        module, _, attribute = _BUILT_IN[kind].partition(":")
        opener: Callable[..., Generator] = getattr(import_module(module), attribute)
        return opener
    if kind in _plug_ins():
        made: Callable[..., Generator] = _plug_ins()[kind].load()
        return made
    raise UnknownNameError.of("kind of model", kind, model_kinds())


@lru_cache(maxsize=1)
def _plug_ins() -> dict[str, Any]:
    return points(_GROUP)


def _lexicon(
    name: str, *, batch_size: int = 0, max_new_tokens: int = 0, on_error: str = "raise", **options: Any
) -> Generator:
    if options:
        raise DataError(f"{', '.join(options)}: a lexicon has no such option")
    return LexiconGenerator(list(read(name)), name=f"lexicon:{name}")


def _openai(name: str, *, url: str | None = None, batch_size: int = 8, **options: Any) -> Generator:
    if "template" in options:
        raise DataError("template: only for a model on this machine; a server has its own")
    from genner.models.server import ServerGenerator

    return ServerGenerator(name, base_url=url, concurrency=batch_size, **options)


def _transformers(name: str, *, seed: int = 0, template: dict[str, Any] | None = None, **options: Any) -> Generator:
    _no_server_options(options)
    from genner.models.packages import require

    require("a model on this machine", "torch", "transformers")
    from genner.models.loading import load
    from genner.models.transformers import TransformersGenerator

    loaded = load(name)
    options |= {"name": name, "seed": seed, "template_options": template}
    return TransformersGenerator(loaded.model, loaded.tokenizer, **options)


def _vllm(
    name: str, *, batch_size: int = 0, on_error: str = "raise", template: dict[str, Any] | None = None, **options: Any
) -> Generator:
    _no_server_options(options)
    from genner.models.vllm import VllmGenerator

    return VllmGenerator(name, template_options=template, **options)  # vLLM batches by itself


def _no_server_options(options: dict[str, Any]) -> None:
    found = [name for name in _SERVER_ONLY if name in options]
    if found:
        raise DataError(f"{', '.join(found)}: only for a server: name the model openai:NAME, or give its url")


class CallableGenerator:
    """Answers by a function of the caller's own, one question after another.

    Args:
        ask: from chat messages to the answer.
        on_error: `"raise"`, or `"skip"` to go on after a question on which the function fails.
    """

    def __init__(self, ask: Ask, *, on_error: Literal["raise", "skip"] = "raise") -> None:
        self.ask, self.on_error = ask, on_error
        self.name = str(getattr(ask, "__qualname__", type(ask).__qualname__))

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """Yield the completions in order.

        Raises:
            WrongTypeError: when the function returns something else than a string.
        """
        for request in requests:
            try:
                output = self.ask(list(request.messages))
                if not isinstance(output, str):
                    if hasattr(output, "close"):
                        output.close()  # an `async def`: its coroutine is never awaited
                    kind = type(output).__name__
                    raise WrongTypeError(f"model: expected a function that returns a str, {self.name} returned {kind}")
            except Exception as error:
                if self.on_error == "raise":
                    raise
                reason = str(error) if isinstance(error, GennerError) else f"{type(error).__name__}: {error}"
                yield Completion(request.key, "", False, error=" ".join(reason.split())[:300])
                continue
            yield Completion(request.key, output)


class LexiconGenerator:
    """Answers with the entity strings of training documents, in the format asked for; see `genner.lexicon`.

    Args:
        documents: what it learns from; it nests entities where these do and the recipe allows it.
        name: for the record.
    """

    def __init__(self, documents: Sequence[Document], *, name: str = "lexicon") -> None:
        self.name = name
        self._documents = documents
        self._recipe: Recipe | None = None

    def expect(self, recipe: Recipe) -> None:
        """Write answers as this recipe has them.

        Raises:
            DataError: when no training document has an entity with a label of the label set.
        """
        seen = {entity.label for document in self._documents for entity in document.entities}
        if not seen & recipe.labels.known:
            found = ", ".join(sorted(seen)) or "no entity"
            raise DataError(f"{self.name}: expected entities of {', '.join(recipe.labels)}, got {found:.200}")
        self._recipe = recipe
        self._lexicon = Lexicon.fit(self._documents, nested=None if recipe.nested else False)

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """Yield the completions in order.

        Raises:
            DataError: when the question is not which entities a text has.
            EncodeError: when the format cannot express the entities of a text.
        """
        for request in requests:
            if self._recipe is None or request.text is None:
                raise DataError(f"{self.name}: a lexicon only answers which entities a text has")
            found = [one for one in self._lexicon.predict(request.text) if one.label in self._recipe.labels]
            yield Completion(request.key, self._recipe.answer(Document(request.text, found)))


def follow(generator: Generator, recipe: Recipe) -> str | None:
    """Only allow valid answers where the generator can do that, and return what does so, or None."""
    kind: str | None = generator.follow(recipe) if hasattr(generator, "follow") else None
    return kind


def only_valid(generator: Generator, recipe: Recipe) -> str:
    """Only allow valid answers from now on, and return what does so.

    Raises:
        DataError: when this generator takes no constraint for the format.
    """
    kind = follow(generator, recipe)
    if kind is None:
        raise DataError(f"guided: {generator.name!r} takes no constraint for {recipe.format_name}; leave guided out")
    return kind
