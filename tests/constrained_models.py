"""Small tokenizers trained here, and models that know nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from genner.study.samples import SAMPLES, load_sample
from genner.types import Document

MARKS = ['{"text": "', '", "label": "', '", "occurrence_index": ', '", "start": ', ', "end": ', " | PER]", "<PER>"]


def sentences() -> list[str]:
    """Return texts to train a tokenizer on: the samples, the marks of the formats, and a few of everything."""
    texts = [document.text for name in SAMPLES for split in ("train", "test") for document in load_sample(name, split)]
    return texts + MARKS * 20 + ["é ü ß 中文 ไทย 한국어 𝒳𝒴 🎉 [] {} <> | \\ / & \" '"]


def train(kind: str, size: int, texts: Iterable[str] = ()) -> Any:
    """Train a tokenizer of transformers: "bytes", "pieces" (SentencePiece with byte fallback) or "words"."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<unk>", "<s>", "</s>", "<pad>"]
    if kind == "bytes":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer: Any = trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
    elif kind == "pieces":
        single = [f"<0x{byte:02X}>" for byte in range(256)]
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        tokenizer.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        )
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=special + single,
            show_progress=False,
            limit_alphabet=150,
            max_token_length=16,
        )
    else:
        tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>", max_input_chars_per_word=2000))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=False)
        trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(list(texts) or sentences(), trainer)
    if kind == "pieces":  # single bytes are tokens, not marks: rebuild them as such
        tokenizer = _with_plain_bytes(tokenizer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def _with_plain_bytes(tokenizer: Any) -> Any:
    import json

    from tokenizers import Tokenizer

    setup = json.loads(tokenizer.to_str())
    setup["added_tokens"] = [item for item in setup["added_tokens"] if not item["content"].startswith("<0x")]
    return Tokenizer.from_str(json.dumps(setup))


@lru_cache(maxsize=8)
def tokenizer(kind: str, size: int = 4000) -> Any:
    return train(kind, size)


def random_model(size: int, *, seed: int = 0) -> Any:
    """Return a model of one small layer that has learned nothing."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)  # more only wait for each other on a model this small
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=size,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=8192,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=3,
        initializer_range=0.5,
    )
    return LlamaForCausalLM(config).eval()


def generate(model: Any, tokenizer: Any, prompts: Sequence[str], processor: Any, **options: Any) -> list[str]:
    """Return the answers of a model to a batch of prompts."""
    batch = tokenizer(list(prompts), return_tensors="pt", padding=True, return_token_type_ids=False)
    found = model.generate(
        **batch,
        logits_processor=[processor],
        max_new_tokens=options.pop("max_new_tokens", 3000),
        pad_token_id=3,
        eos_token_id=2,
        **options,
    )
    return [tokenizer.decode(row[batch["input_ids"].shape[1] :], skip_special_tokens=True) for row in found]


def short(documents: Iterable[Document], count: int, size: int = 120) -> list[Document]:
    return [document for document in documents if len(document.text) <= size][:count]
