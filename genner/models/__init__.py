"""What answers: models on this machine, vLLM and OpenAI-compatible servers behind one protocol, and what is asked."""

from __future__ import annotations

from genner.models.answers import answer_all
from genner.models.constraint import CONSTRAINTS, constraint
from genner.models.generator import Completion, Generator, Request, Throughput, requests_for
from genner.models.loading import Loaded, load
from genner.models.recipe import Recipe
from genner.models.retrieval import BM25, Nearest
from genner.models.server import ServerError, ServerGenerator
from genner.models.transformers import TransformersGenerator, token_guides
from genner.models.verification import Verdict, verify
from genner.models.vllm import VllmGenerator

__all__ = [
    "BM25",
    "CONSTRAINTS",
    "Completion",
    "Generator",
    "Loaded",
    "Nearest",
    "Recipe",
    "Request",
    "ServerError",
    "ServerGenerator",
    "Throughput",
    "TransformersGenerator",
    "Verdict",
    "VllmGenerator",
    "answer_all",
    "constraint",
    "load",
    "requests_for",
    "token_guides",
    "verify",
]
