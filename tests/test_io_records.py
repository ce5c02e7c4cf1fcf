"""Instruction data and generated predictions, and the sentence inside their prompts."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genner import io
from genner.exceptions import DataError
from genner.io import InstructionRecord, PredictionRecord
from genner.io.chat import source_of

INSTRUCTION = "Your task ...\nLabel Set:\nDNA: Deoxyribonucleic acid ...\nNow process the input sentence:"

TEMPLATES = {
    "llama3": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "llama3, stripped": "user\n\n{}assistant\n\n",
    "llama3, padded": "<|eot_id|><|eot_id|><|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "qwen": "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n{}<|im_end|>\n"
    "<|im_start|>assistant\n",
    "qwen, stripped": "system\nYou are a helpful assistant.\nuser\n{}\nassistant\n",
    "qwen3, no thinking": "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
    "qwen3, stripped": "user\n{}\nassistant\n<think>\n\n</think>\n\n",
    "gemma": "<bos><start_of_turn>user\n{}<end_of_turn>\n<start_of_turn>model\n",
    "gemma, stripped": "user\n{}\nmodel\n",
    "mistral": "<s>[INST] {}[/INST]",
    "llama2": "<s>[INST] {} [/INST]",
    "phi3": "<|user|>\n{}<|end|>\n<|assistant|>\n",
    "phi4": "<|im_start|>user<|im_sep|>{}<|im_end|><|im_start|>assistant<|im_sep|>",
    "deepseek": "<｜begin▁of▁sentence｜><｜User｜>{}<｜Assistant｜>",
    "default": "Human: {}\nAssistant:",
    "alpaca": "### Instruction:\n{}\n\n### Response:\n",
    "vicuna": "USER: {} ASSISTANT:",
    "none": "{}",
}

SENTENCES = [
    "This is the first demonstration of a specific interaction with PU.1 on a myeloid PU.1 binding site.",
    "the assistant said : [ INST ] <b> user",
    " a sentence with a space at its start",
    "two\nlines",
    "",
]


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_the_sentence_is_found_in_every_template(template: str, sentence: str) -> None:
    """What LLaMA-Factory wraps around instruction and input comes off, and nothing else."""
    assert PredictionRecord(template.format(f"{INSTRUCTION}\n{sentence}"), "", "").source == sentence


@pytest.mark.parametrize("sentence", SENTENCES)
def test_our_own_wording(sentence: str) -> None:
    """A line that is `Input:` alone announces the sentence; worked examples do not."""
    prompt = f"Find ...\nExamples:\nInput: a\nOutput: b\n\nInput:\n{sentence}"

    assert source_of(prompt) == sentence


@pytest.mark.parametrize(
    "prompt",
    [
        "<|im_start|>system\n{}<|im_end|>\n<|im_start|>user\nHi .<|im_end|>\n<|im_start|>assistant\n",
        "<|start_header_id|>system<|end_header_id|>\n\n{}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi ."
        "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        "<|im_start|>user\n{}\nOne .<|im_end|>\n<|im_start|>assistant\n[]<|im_end|>\n<|im_start|>user\nHi .<|im_end|>\n"
        "<|im_start|>assistant\n",
    ],
    ids=["system", "llama3 system", "examples as turns"],
)
def test_a_turn_of_its_own(prompt: str) -> None:
    """Where the instruction or an example has a turn of its own, the sentence is the last turn of the user."""
    assert source_of(prompt.format(INSTRUCTION)) == "Hi ."


def test_a_prompt_that_marks_no_sentence() -> None:
    """Nothing is guessed."""
    assert PredictionRecord("Tag this: Hi .", "", "").source is None
    assert InstructionRecord("Tag this: Hi .", "", "").source is None


@pytest.mark.parametrize(
    ("instruction", "given"),
    [(INSTRUCTION, "Hi ."), (f"{INSTRUCTION}\nHi .", ""), ("", f"{INSTRUCTION}\nHi .")],
    ids=["apart", "all in the instruction", "all in the input"],
)
def test_source_of_instruction_data(instruction: str, given: str) -> None:
    """The input is the sentence, or the part of it that an instruction announces."""
    assert InstructionRecord(instruction, given, "[]").source == "Hi ."


records = st.builds(
    InstructionRecord,
    st.text(),
    st.text(),
    st.text(),
    st.dictionaries(st.sampled_from(["system", "history"]), st.text()),
)


@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
@given(written=st.lists(records, max_size=3))
def test_instructions_round_trip(tmp_path_factory: pytest.TempPathFactory, suffix: str, written) -> None:
    """An array or JSON Lines by the suffix; all texts come back, and other keys too."""
    path = tmp_path_factory.mktemp("alpaca") / f"train{suffix}"

    assert io.write_instructions(written, path) == len(written)
    assert list(io.read_instructions(path)) == written
    if suffix == ".json":
        assert len(json.loads(path.read_text("utf-8"))) == len(written)


@given(written=st.lists(st.builds(PredictionRecord, st.text(), st.text(), st.text()), max_size=3))
def test_predictions_round_trip(written) -> None:
    """One JSON object a line, as LLaMA-Factory writes them."""
    stream = StringIO(newline="\n")
    io.write_predictions(written, stream)
    stream.seek(0)

    assert list(io.read_predictions(stream)) == written


def test_errors_name_the_line_also_inside_an_array() -> None:
    """Each record of a pretty-printed array has its line."""
    stream = StringIO('[\n  {"instruction": "a",\n   "output": "b"},\n  {"instruction": "a", "output": 3}\n]\n')

    with pytest.raises(DataError) as caught:
        list(io.read_instructions(stream))

    assert str(caught.value) == "<stream>:4: output: expected a string, got 3"


def test_skipping(tmp_path: Path) -> None:
    """Bad records are skipped and counted as anywhere."""
    path = tmp_path / "generated_predictions.jsonl"
    path.write_text('{"prompt": "a", "predict": "b", "label": "c"}\n{"prompt": "a"}\nnot json\n')
    report = io.ReadReport()

    (record,) = io.read_predictions(path, on_error="skip", report=report)

    assert record == PredictionRecord("a", "b", "c")
    assert (report.read, report.skipped) == (1, 2)
    assert [problem.line for problem in report.problems] == [2, 3]


@pytest.mark.parametrize(
    ("text", "format", "function"),
    [
        ('{"prompt": "a", "predict": "b", "label": "c"}', "predictions", "genner.io.read_predictions()"),
        ('[{"instruction": "a", "input": "b", "output": "c"}]', "alpaca", "genner.io.read_instructions()"),
    ],
)
def test_they_are_no_documents(tmp_path: Path, text: str, format: str, function: str) -> None:
    """`read` recognises the file and names the function that reads it."""
    path = tmp_path / "x.json"
    path.write_text(text)

    assert io.guess_format(path) == format
    with pytest.raises(DataError) as caught:
        io.read(path)
    assert function in str(caught.value)
    assert str(caught.value).startswith(str(path))
    with pytest.raises(DataError, match="not documents"):
        io.write([], path, format)


@pytest.mark.parametrize("more", [{}, {"entities": []}])
def test_tags_next_to_a_text_are_read(tmp_path: Path, more: dict[str, object]) -> None:
    """A record with a text, tokens and a tag for each is no document without entities."""
    record = {"id": "1", "text": "Ada left.", **more, "tokens": ["Ada", "left."], "ner_tags": ["B-PER", "O"]}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")

    (document,) = io.read(path)

    assert document.text == "Ada left."
    assert document.entities == ((0, 3, "PER"),)


def test_an_error_in_json_names_its_column_in_one_sentence() -> None:
    """The parser's own message ends with `at` where a string has no end."""
    with pytest.raises(DataError, match=r"expected JSON: Unterminated string starting at column 10$"):
        list(io.read(StringIO('{"text": "Ann\n'), "jsonl"))
