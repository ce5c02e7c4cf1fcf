"""Time the first minute of a new user: an empty environment, `pip install`, three statements, entities printed.

    python benchmarks/first_minute.py server --server-python PYTHON     # genner[openai], a llama.cpp server
    python benchmarks/first_minute.py local                             # genner[training], the model in this process

The server (`PYTHON -m llama_cpp.server`) and the local model are SmolLM2-135M-Instruct, see `real_model.py`; the
model is converted before the clock starts, as a user's model lies on the disk already.  pip takes what its cache
holds, so the first line is also a figure of this machine.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import real_model

ROOT = Path(__file__).parent.parent

PROGRAM = """
import genner
shown = [
    genner.Document("Bob Dylan sang in Oslo .", [(0, 9, "PER"), (18, 22, "LOC")]),
    genner.Document("I met Anna Berg in Paris .", [(6, 15, "PER"), (19, 24, "LOC")]),
]
text = "Peter Jones lives in London ."
(found,) = genner.extract(text, ["PER", "LOC"], {model!r}, format="bracket", demonstrations=shown{more})
for entity in found:
    print(entity.label, found.surface(entity), entity.start, entity.end)
"""


def timed(name: str, command: list[str], **options: str) -> str:
    """Run a command, print how long it took, and return what it printed."""
    began = time.monotonic()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **options})
    print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)
    return done.stdout


def served(python: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server of the model and return it with its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = str(real_model.gguf_file())
    command = [python, "-m", "llama_cpp.server", "--model", model, "--n_ctx", "2048", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return server, f"http://127.0.0.1:{port}/v1"
        if server.poll() is not None:
            raise SystemExit(f"{python} has no llama-cpp-python[server]")
        time.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["server", "local"])
    parser.add_argument("--server-python", default="python3", help="interpreter that has llama-cpp-python[server]")
    options = parser.parse_args()
    extra = "openai" if options.kind == "server" else "training"
    server, model, more = None, str(real_model.folder()), ", guided=True, max_new_tokens=64"
    if options.kind == "server":
        server, url = served(options.server_python)
        model, more = "openai:smollm2", f", url={url!r}{more}"
    try:
        with tempfile.TemporaryDirectory() as folder:
            python = f"{folder}/venv/bin/python"
            timed("python3 -m venv", ["python3", "-m", "venv", f"{folder}/venv"])
            install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            if extra == "training":
                timed("pip install torch", [*install, "torch"])
            timed(f"pip install 'genner[{extra}]'", [*install, f"{ROOT}[{extra}]"])
            program = PROGRAM.format(model=model, more=more)
            print(timed("three statements", [python, "-c", program], OPENAI_API_KEY="none"), end="")
    finally:
        if server is not None:
            server.kill()


if __name__ == "__main__":
    main()
