"""Write the answers to many prompts with a transformers model, drafts checked many tokens at a time.

What all prompts begin with is read once.  Then each pass reads, for every row of a batch, what is known of
its prompt and a draft of its answer; the model's own choice at each place decides how much of the draft is
kept, and adds one token.  A row that has ended makes room for the next prompt.  The answers are those of
reading and writing one token at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from genner.constrained.tokens import TokenState
from genner.models.cache import columns_class
from genner.models.choosing import Chooser
from genner.models.drafting import Acceptance, Drafter

__all__ = ["Job", "Passes", "answer_jobs", "obstacle"]

LONGEST = 32
"""Tokens of a draft at most."""

OVERHEAD = {"cpu": 16, "cuda": 512}
"""Tokens whose reading takes as long as a pass does besides, by device: how long drafts are worth their time."""


@dataclass(eq=False)
class Job:
    """A prompt and its answer.

    Args:
        key: of the caller's.
        prompt: the ids to read.
        room: how many tokens the answer may have.
        drafter: what guesses the answer; None for no drafts.
        guided: whether nothing but what the drafter's guide allows may be written.
        answer: the tokens written.
        disagreed: the steps at which the model wanted a token that its guide does not allow.
        repeated: those of them at which it wanted an item of a list once more.
        length: how many tokens of prompt and answer are in the cache.
        logprobs: where the model's log-probability of each token of the answer goes; None where nobody asks.
    """

    key: int
    prompt: list[int]
    room: int
    drafter: Drafter | None = None
    guided: bool = False
    answer: list[int] = field(default_factory=list)
    disagreed: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    length: int = 0
    logprobs: list[float] | None = None

    @property
    def waiting(self) -> list[int]:
        """The tokens that are known and not in the cache."""
        if self.length < len(self.prompt):
            return [*self.prompt[self.length :], *self.answer]
        return self.answer[self.length - len(self.prompt) :]

    @property
    def state(self) -> TokenState | None:
        """Where the answer is in its guide, if it has to keep to one."""
        return self.drafter.state if self.guided and self.drafter is not None else None


@dataclass
class Passes:
    """What was read, to compare without a clock.

    Args:
        passes: of the model.
        tokens: read in them, over all rows, padding included.
        drafted: tokens of drafts among them.
        accepted: of these, the ones that were kept.
    """

    passes: int = 0
    tokens: int = 0
    drafted: int = 0
    accepted: int = 0


def obstacle(model: Any, longest: int) -> str | None:
    """Return why a model cannot read drafts, or None where it can.

    Args:
        longest: tokens of the longest prompt with its answer.
    """
    config = model.config.get_text_config()
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    attention = config._attn_implementation
    if attention not in ("sdpa", "eager"):
        return f"{attention} attention takes no mask for each token"
    missing = {"position_ids", "logits_to_keep"} - set(signature(base.forward).parameters)
    if missing or getattr(base, "_is_stateful", False):
        return f"{type(base).__name__} cannot read tokens at positions of their own"
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
    window = getattr(config, "sliding_window", None)
    if kinds - {"sliding_attention"} or (window is not None and window < longest):
        return f"{type(base).__name__} has layers that do not look at all tokens"
    return None


def answer_jobs(
    model: Any, jobs: Sequence[Job], chooser: Chooser, *, batch_size: int, end: int, passes: Passes | None = None
) -> Iterator[Job]:
    """Yield every job as soon as its answer is written.

    Args:
        batch_size: rows at once.
        end: id of the token that ends an answer.
        passes: where what was read is counted.
    """
    if not jobs:
        return
    batch = _Batch(model, passes or Passes())
    queue = list(jobs)[::-1]
    shared = _shared([job.prompt for job in jobs])
    running = [queue.pop() for _ in range(min(batch_size, len(queue)))]
    batch.begin(running[0].prompt[:shared], len(running))
    for job in jobs:
        job.length = shared
    width = LONGEST
    while running:
        # longer drafts than can become worth reading would cost more time to make than they save
        rows, drafts, width = batch.plan(running, min(LONGEST, 2 * width + 4), bool(queue))
        choices = batch.read(running, rows, drafts, width)
        done: list[int] = []
        for at, row in enumerate(rows):
            if _take(running[row], drafts[row], width, choices, at, chooser, end, batch.passes):
                done.append(row)
        for row in done:
            yield running[row]
        for row in done[:]:
            if queue:
                running[row] = queue.pop()
                done.remove(row)
        if done:
            running = batch.drop(running, done)


def _shared(prompts: Sequence[list[int]]) -> int:
    """Return how many tokens all prompts begin with; the last of a prompt is left to be read with its draft."""
    low, high = min(prompts), max(prompts)
    most = min(len(prompt) for prompt in prompts) - 1
    return next((at for at in range(most) if low[at] != high[at]), most)


def _take(job: Job, draft: Any, width: int, choices: Any, row: int, chooser: Chooser, end: int, passes: Passes) -> bool:
    """Keep what the model wants of a draft and one token more; return whether the answer has ended."""
    known = len(job.waiting)
    if known > width:
        job.length += width
        return False
    tokens, kinds = draft.tokens[: width - known], draft.kinds[: width - known]
    kept = 0
    ended = False
    while True:
        scores, best = choices(row, known - 1 + kept)
        token, disagrees, state = chooser.choose(scores, best, job.state)
        if disagrees:
            job.disagreed.append(len(job.answer))
        if state is not job.state and job.drafter is not None:
            job.repeated.append(len(job.answer))
            job.drafter.state = state
        job.answer.append(token)
        if job.logprobs is not None:
            job.logprobs.append(float(scores.float().log_softmax(-1)[token]))
        if job.drafter is not None:
            job.drafter.advance((token,))
        ended = token == end or len(job.answer) >= job.room
        if kept == len(tokens) or token != tokens[kept]:
            break
        kept += 1
        if ended:
            break
    job.length += known + kept
    passes.drafted += len(tokens)
    passes.accepted += kept
    if job.drafter is not None:
        job.drafter.drafting.acceptance.see(kinds, kept)
    return ended


class _Batch:
    """The rows that are read together."""

    def __init__(self, model: Any, passes: Passes) -> None:
        import torch

        self.torch: Any = torch
        self.model, self.passes = model, passes
        self.cache = columns_class()()
        base = model.get_base_model() if hasattr(model, "get_base_model") else model
        # newer releases of transformers call it `cache`
        self.cache_name = "cache" if "cache" in signature(base.forward).parameters else "past_key_values"
        self.additive = model.config.get_text_config()._attn_implementation == "eager"
        self.most = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        self.overhead = OVERHEAD.get(model.device.type, OVERHEAD["cuda"])

    def begin(self, prefix: list[int], rows: int) -> None:
        """Read what all prompts begin with."""
        if prefix:
            self._pass([prefix], [0], [0], [len(prefix) - 1])
        self.cache.repeat(rows)

    def plan(self, jobs: Sequence[Job], limit: int, more: bool) -> tuple[list[int], list[Any], int]:
        """Draft for each row, and return the rows to read, the drafts of all, and how many tokens each is to read.

        The width is the one with the most tokens that will be of use for the time they take.  A long prompt is read
        over several passes then, which costs nothing as long as there are `more` prompts to fill the rows that end
        before it; after that it is read at once and alone, or it would be the last to end.
        """
        from genner.models.drafting import Draft

        drafts: list[Any] = []
        use = [0.0] * (max(len(job.waiting) for job in jobs) + limit + 1)
        for job in jobs:
            known = len(job.waiting)
            room = min(limit, job.room - len(job.answer) - 1)
            draft = job.drafter.draft(room) if job.drafter is not None else Draft([], [])
            drafts.append(draft)
            for at in range(known):
                use[at + 1] += 1
            if draft.kinds and job.drafter is not None:
                acceptance: Acceptance = job.drafter.drafting.acceptance
                for at, chance in enumerate(acceptance.chances(draft.kinds), known + 1):
                    use[at] += chance
        best, width, total = -1.0, 1, 0.0
        for at in range(1, len(use)):
            total += use[at]
            rate = total / (self.overhead + at * len(jobs))
            if rate > best:
                best, width = rate, at
        rows = [*range(len(jobs))]
        behind = [] if more else [row for row in rows if len(jobs[row].waiting) > 2 * width]
        if behind:
            rows, width = behind, max(len(jobs[row].waiting) for row in behind)
        return rows, drafts, width

    def read(
        self, jobs: Sequence[Job], rows: Sequence[int], drafts: Sequence[Any], width: int
    ) -> Callable[[int, int], tuple[Any, int]]:
        """Read `width` tokens for some rows; return the scores and the best token at a place of one of them."""
        read: list[list[int]] = []
        wanted: set[int] = set()
        for row in rows:
            known = jobs[row].waiting
            tokens = [*known, *drafts[row].tokens][:width]
            if len(known) <= width:
                wanted.update(range(len(known) - 1, len(tokens)))
            read.append(tokens + [tokens[-1]] * (width - len(tokens)))
        columns = sorted(wanted) or [width - 1]
        logits = self._pass(read, rows, [job.length for job in jobs], columns)
        best = logits.argmax(-1).tolist()
        at = {column: index for index, column in enumerate(columns)}
        return lambda row, column: (logits[row, at[column]], best[row][at[column]])

    def drop(self, jobs: list[Job], done: list[int]) -> list[Job]:
        """Forget the rows that are done."""
        kept = [row for row in range(len(jobs)) if row not in done]
        if kept:
            self.cache.keep(self.torch.tensor(kept, device=self.model.device))
        return [jobs[row] for row in kept]

    def _pass(
        self, read: Sequence[list[int]], rows: Sequence[int], lengths: Sequence[int], columns: Sequence[int]
    ) -> Any:
        torch, device = self.torch, self.model.device
        ids = torch.tensor(read, device=device)
        begins = torch.tensor([lengths[row] for row in rows], device=device)
        positions = begins[:, None] + torch.arange(ids.shape[1], device=device)
        cache = self.cache
        cache.width = int(begins.max()) + ids.shape[1]
        cache.rows, cache.columns = torch.tensor(rows, device=device)[:, None], positions
        mask = (torch.arange(cache.width, device=device) <= positions[:, :, None])[:, None]
        if self.additive:
            mask = torch.zeros(mask.shape, device=device).masked_fill(~mask, torch.finfo(torch.float32).min)
        if self.most is not None:  # padding may reach further than the model can read
            positions = positions.clamp(max=self.most - 1)
        self.passes.passes += 1
        self.passes.tokens += ids.numel()
        with torch.inference_mode():
            return self.model(
                input_ids=ids,
                position_ids=positions,
                attention_mask=mask,
                logits_to_keep=torch.tensor(columns, device=device),
                use_cache=True,
                **{self.cache_name: cache},
            ).logits
