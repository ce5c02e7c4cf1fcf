"""A tiny Llama with random weights and a tokenizer made on the spot: all that a test of machinery needs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from genner.study.samples import load_sample

PAD, END = "<pad>", "<end>"


@lru_cache(maxsize=1)
def tokenizer() -> Any:
    """Return a byte-level BPE tokenizer of 700 tokens, trained on the flat sample; it has no chat template."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    made = ByteLevelBPETokenizer()
    texts = [document.text for document in load_sample("flat", "train")]
    made.train_from_iterator(texts, vocab_size=700, special_tokens=[PAD, END], show_progress=False)
    return PreTrainedTokenizerFast(tokenizer_object=made._tokenizer, pad_token=PAD, eos_token=END)


def model(width: int = 32, *, seed: int = 0) -> Any:
    """Return a Llama of two layers that has learned nothing."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)  # more only wait for each other on a model this small
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer()),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        initializer_range=0.2,  # the weights are never trained, and LoRA must be able to move the logits
        bos_token_id=None,
        eos_token_id=tokenizer().eos_token_id,
        pad_token_id=tokenizer().pad_token_id,
    )
    return LlamaForCausalLM(config).eval()


def save(folder: Path, width: int = 32) -> Path:
    """Write model and tokenizer into `folder`, as a base model to train on or to ask."""
    model(width).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder
