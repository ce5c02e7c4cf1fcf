"""Generation with a transformers model on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from genner.constrained import LogitsProcessor, Policy, TokenGuide, Vocabulary, get_guide, without_forced
from genner.exceptions import DataError
from genner.models.generator import Completion, Request
from genner.models.recipe import Recipe
from genner.models.template import Template
from genner.types import Document

__all__ = ["TransformersGenerator", "token_guides"]


def token_guides(recipe: Recipe, tokenizer: Any, end: int, **options: Any) -> Callable[[str], TokenGuide]:
    """Return what makes the guide of a text: nothing but a valid answer about it can be written.

    Args:
        end: id of the token that ends an answer.
        options: for `genner.constrained.get_guide`.

    Raises:
        DataError: when the tokens do not spell what this tokenizer decodes them to.
    """
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos=end)

    def guide(text: str) -> TokenGuide:
        return TokenGuide(get_guide(recipe.format, text, recipe.asked_labels, **options), vocabulary)

    trial = Document("a b c", [(2, 3, recipe.asked_labels.names[0])])
    answer = recipe.codec.encode(trial, labels=recipe.asked_labels)
    ids = tokenizer(answer, add_special_tokens=False)["input_ids"]
    if not TokenGuide(get_guide(recipe.format, trial.text, recipe.asked_labels), vocabulary).accepts(ids):
        spelled = b"".join(vocabulary.spell(id) or b"" for id in ids).decode(errors="replace")
        raise DataError(f"a guide cannot follow the tokens of this tokenizer: {answer!r} is spelled {spelled!r}")
    return guide


class TransformersGenerator:
    """Greedy or sampled generation with a transformers model, batched by length and padded on the left.

    Args:
        model: a causal language model.
        tokenizer: its tokenizer.
        batch_size: requests at once.
        max_new_tokens: where an answer is cut off at the latest.
        temperature: 0 is greedy.
        seed: for sampling.
        template_options: for the chat template.
        on_error: `"raise"`, or `"skip"` to yield a completion with an `error` for a prompt that is too long.
        guide: keeps the model to valid answers; see `token_guides`.
        policy: of the guide; see `genner.constrained.Policy`.
        drop_forced: leave entities that the guide and not the model decided on out of the answers.
        name: of the model, for the record.

    Attributes:
        steps: how many tokens were chosen under a guide.
        disagreements: at how many of them the model wanted a token that was not allowed.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        batch_size: int = 16,
        max_new_tokens: int = 1024,
        temperature: float = 0.0,
        seed: int = 0,
        on_error: Literal["raise", "skip"] = "raise",
        template_options: dict[str, Any] | None = None,
        guide: Callable[[str], TokenGuide] | None = None,
        policy: Policy = "copy_first",
        drop_forced: bool = False,
        name: str = "",
    ) -> None:
        self.model = model.eval()
        self.template = Template(tokenizer, **(template_options or {}))
        self.batch_size = batch_size
        self.max_new_tokens = max_new_tokens
        self.temperature, self.seed, self.on_error = temperature, seed, on_error
        self.guide, self.policy, self.drop_forced = guide, policy, drop_forced
        self.steps = self.disagreements = 0
        self.name = name or str(getattr(model.config, "name_or_path", "")) or type(model).__name__
        pad = tokenizer.pad_token_id
        self.pad = self.template.end if pad is None else pad

    def follow(self, recipe: Recipe) -> str:
        """Only allow valid answers; returns what does so."""
        self.guide = token_guides(recipe, self.template.tokenizer, self.template.end)
        return "tokens"

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """Yield the completions, the longest prompts first: what does not fit into memory fails at once.

        Raises:
            DataError: when a prompt is longer than the model can read, unless such are skipped.
        """
        asked = [(request, self.template.prompt(request.messages)) for request in requests]
        asked.sort(key=lambda pair: -len(pair[1]))
        while self.on_error == "skip" and asked:
            try:
                self._room(len(asked[0][1]))
            except DataError as error:
                yield Completion(asked.pop(0)[0].key, "", False, error=str(error))
            else:
                break
        for other in (False, True):
            alike = [pair for pair in asked if (pair[0].text is None) is other]
            for start in range(0, len(alike), self.batch_size):
                yield from self._batch(alike[start : start + self.batch_size])

    def _batch(self, batch: Sequence[tuple[Request, list[int]]]) -> Iterator[Completion]:
        import torch

        width = max(len(ids) for _, ids in batch)
        room = self._room(width)
        ids = torch.tensor([[self.pad] * (width - len(ids)) + ids for _, ids in batch], device=self.model.device)
        mask = torch.tensor([[0] * (width - len(ids)) + [1] * len(ids) for _, ids in batch], device=self.model.device)
        options: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if self.temperature > 0:
            torch.manual_seed(self.seed)
            options = {"do_sample": True, "temperature": self.temperature}
        guided: LogitsProcessor | None = None
        texts = [request.text for request, _ in batch if request.text is not None]
        if self.guide is not None and texts:
            guides = [self.guide(text) for text in texts]
            guided = LogitsProcessor(guides, policy=self.policy, count=True)
            options["logits_processor"] = [guided]
        with torch.inference_mode():
            written = self.model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=room,
                eos_token_id=self.template.end,
                pad_token_id=self.pad,
                **options,
            )[:, width:].tolist()
        if guided is not None:
            self.steps += guided.steps
            self.disagreements += guided.disagreements
        for row, ((request, asked), tokens) in enumerate(zip(batch, written, strict=True)):
            finished = self.template.end in tokens
            answer = tokens[: tokens.index(self.template.end)] if finished else tokens
            output = self.template.decode(answer)
            if guided is not None and self.drop_forced:
                output = without_forced(guided.guides[row].guide, output, self._places(answer, guided.disagreed[row]))
            yield Completion(request.key, output, finished, len(asked), len(answer) + finished)

    def _places(self, answer: list[int], steps: Sequence[int]) -> list[tuple[int, int]]:
        """Return what the tokens of some steps wrote, as (start, end) in characters of the answer."""
        decode = self.template.decode
        return [(len(decode(answer[:step])), len(decode(answer[: step + 1]))) for step in steps if step < len(answer)]

    def _room(self, width: int) -> int:
        """Return how many tokens may follow a prompt of `width` tokens."""
        limit = getattr(self.model.config, "max_position_embeddings", None)
        room = self.max_new_tokens if limit is None else min(self.max_new_tokens, limit - width)
        if room < 1:
            raise DataError(f"a prompt has {width} tokens, and the model can read {limit}: split the documents")
        return room
