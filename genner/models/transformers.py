"""Generation with a transformers model on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from genner.constrained import LogitsProcessor, Policy, TokenGuide, Vocabulary, get_guide, without_forced
from genner.exceptions import DataError
from genner.models.choosing import Chooser
from genner.models.drafting import Drafter, Drafting
from genner.models.generator import Completion, Request
from genner.models.recipe import Recipe
from genner.models.speculative import Job, Passes, answer_jobs, obstacle
from genner.models.template import Template
from genner.types import Document

__all__ = ["TransformersGenerator", "token_guides"]


def token_guides(recipe: Recipe, tokenizer: Any, end: int, **options: Any) -> Callable[[str], TokenGuide]:
    """Return what makes the guide of a text: nothing but a valid answer about it can be written.

    Args:
        end: id of the token that ends an answer.
        options: for `genner.constrained.get_guide`.  By default entities are whole words, as they are in corpora:
            a model that stops inside a word has slipped.  Answers of a recipe that is not nested are flat, where
            the format has positions.

    Raises:
        DataError: when the tokens do not spell what this tokenizer decodes them to.
    """
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos=end)
    flat = {"max_depth": 1} if getattr(recipe.codec, "positional", True) and not recipe.nested else {}
    options = {"boundaries": "word"} | flat | options

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
    """Greedy or sampled generation with a transformers model: what prompts share is read once, and answers are drafted.

    The answers are those of the `generate` of transformers without penalties.  A model whose attention takes
    no mask for each token is run by `generate`, batched by length and padded on the left.

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
        drop_forced: leave entities that the guide and not the model decided on out of the answers; an item in
            place of one that the model wanted once more is always left out.
        name: of the model, for the record.
        logprobs: give the probability of each token as well.

    Attributes:
        draft: what makes the guide by which answers are drafted where they are not kept to one; see `expect`.
        passes: of the model, and tokens read in them.
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
        logprobs: bool = False,
    ) -> None:
        self.model = model.eval()
        self.template = Template(tokenizer, **(template_options or {}))
        self.batch_size = batch_size
        self.max_new_tokens = max_new_tokens
        self.temperature, self.seed, self.on_error = temperature, seed, on_error
        self.guide, self.policy, self.drop_forced = guide, policy, drop_forced
        self.logprobs = logprobs
        self.draft: Callable[[str], TokenGuide] | None = None
        self.passes = Passes()
        self.steps = self.disagreements = 0
        self.name = name or str(getattr(model.config, "name_or_path", "")) or type(model).__name__
        pad = tokenizer.pad_token_id
        self.pad = self.template.end if pad is None else pad
        self._drafting: Drafting | None = None
        self._expected: Recipe | None = None

    def follow(self, recipe: Recipe) -> str:
        """Only allow valid answers; returns what does so.

        Args:
            recipe: how texts are asked about.
        """
        self.guide = token_guides(recipe, self.template.tokenizer, self.template.end)
        return "tokens"

    def expect(self, recipe: Recipe) -> None:
        """Draft answers as this recipe has them; they stay free."""
        if self.guide is not None or recipe == self._expected:
            return
        self._expected = recipe
        try:
            self.draft = token_guides(recipe, self.template.tokenizer, self.template.end)
        except DataError:  # no guide, or none that can read these tokens: one token at a time, then
            self.draft = None

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """Yield the completions, the longest prompts first: what does not fit into memory fails at once.

        Args:
            requests: what is asked.

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
        if asked:
            longest = len(asked[0][1])
            drafted = obstacle(self.model, longest + self._room(longest)) is None
            yield from self._drafted(asked) if drafted else self._generated(asked)

    def _drafted(self, asked: Sequence[tuple[Request, list[int]]]) -> Iterator[Completion]:
        chooser = Chooser(self.policy, temperature=self.temperature, seed=self.seed)
        jobs = [
            Job(
                at,
                ids,
                self._room(len(ids)),
                self._drafter(request),
                guided=self.guide is not None,
                logprobs=[] if self.logprobs else None,
            )
            for at, (request, ids) in enumerate(asked)
        ]
        options: dict[str, Any] = {"batch_size": self.batch_size, "end": self.template.end, "passes": self.passes}
        for job in answer_jobs(self.model, jobs, chooser, **options):
            if job.drafter is not None:
                job.drafter.drafting.learn(job.drafter.guide, job.answer)
            guide = job.drafter.guide if job.guided and job.drafter is not None else None
            forced = job.disagreed if self.drop_forced else job.repeated
            yield self._completion(*asked[job.key], job.answer, guide, forced, job.logprobs)
            job.drafter = None  # the states of a guide are many
        self.steps += chooser.steps
        self.disagreements += chooser.disagreements

    def _drafter(self, request: Request) -> Drafter | None:
        make = self.guide or self.draft
        if make is None or request.text is None:
            return None
        guide = make(request.text)
        if self._drafting is None or self._drafting.vocabulary is not guide.vocabulary:
            self._drafting = Drafting(self.template.tokenizer, guide.vocabulary, self.template.end)
        return Drafter(self._drafting, guide)

    def _generated(self, asked: Sequence[tuple[Request, list[int]]]) -> Iterator[Completion]:
        for other in (False, True):
            alike = [pair for pair in asked if (pair[0].text is None) is other]
            for start in range(0, len(alike), self.batch_size):
                yield from self._batch(alike[start : start + self.batch_size], start)

    def _batch(self, batch: Sequence[tuple[Request, list[int]]], drawn: int) -> Iterator[Completion]:
        import torch

        width = max(len(ids) for _, ids in batch)
        ids = torch.tensor([[self.pad] * (width - len(ids)) + ids for _, ids in batch], device=self.model.device)
        mask = torch.tensor([[0] * (width - len(ids)) + [1] * len(ids) for _, ids in batch], device=self.model.device)
        options: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if self.temperature > 0:
            torch.manual_seed(self.seed + drawn)  # equal questions in two batches have different answers
            options = {"do_sample": True, "temperature": self.temperature}
        guided: LogitsProcessor | None = None
        texts = [request.text for request, _ in batch if request.text is not None]
        if self.guide is not None and texts:
            guides = [self.guide(text) for text in texts]
            guided = LogitsProcessor(guides, policy=self.policy, count=True)
            options["logits_processor"] = [guided]
        with torch.inference_mode():
            generated = self.model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=self._room(width),
                eos_token_id=self.template.end,
                pad_token_id=self.pad,
                return_dict_in_generate=True,
                output_logits=self.logprobs,
                **options,
            )
        written = generated.sequences[:, width:].tolist()
        logprobs: list[list[float] | None] = [None] * len(batch)
        if self.logprobs:
            steps = [scores.float().log_softmax(-1) for scores in generated.logits]
            logprobs = [
                [float(scores[row, token]) for scores, token in zip(steps, tokens, strict=True)]
                for row, tokens in enumerate(written)
            ]
        if guided is not None:
            self.steps += guided.steps
            self.disagreements += guided.disagreements
        for row, ((request, asked), tokens) in enumerate(zip(batch, written, strict=True)):
            guide = None if guided is None else guided.guides[row]
            forced: Sequence[int] = ()
            if guided is not None:
                forced = guided.disagreed[row] if self.drop_forced else guided.repeated[row]
            yield self._completion(request, asked, tokens, guide, forced, logprobs[row])

    def _completion(
        self,
        request: Request,
        asked: list[int],
        tokens: list[int],
        guide: TokenGuide | None,
        forced: Sequence[int],
        logprobs: list[float] | None,
    ) -> Completion:
        finished = self.template.end in tokens
        answer = tokens[: tokens.index(self.template.end)] if finished else tokens
        output = self.template.decode(answer)
        if guide is not None and forced:
            output = without_forced(guide.guide, output, self._places(answer, forced))
        spelled = () if logprobs is None else self._spelled(answer, logprobs)
        if "".join(text for text, _ in spelled) != output:
            spelled = ()  # entities were left out of the answer
        return Completion(request.key, output, finished, len(asked), len(answer) + finished, logprobs=spelled)

    def _spelled(self, answer: list[int], logprobs: list[float]) -> tuple[tuple[str, float], ...]:
        """Pair each token with the text that it adds to the answer; those that add none are one with the next.

        Each is decoded behind the one before it, for some tokenizers leave out a space at the beginning.
        """
        decode = self.template.decode
        found: list[tuple[str, float]] = []
        before = first = 0
        for at in range(1, len(answer) + 1):
            known, text = decode(answer[before:first]), decode(answer[before:at])
            if at == len(answer) or (len(text) > len(known) and not text.endswith("\ufffd")):
                found.append((text[len(known) :], sum(logprobs[first:at])))
                before, first = first, at
        return tuple(found)

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
