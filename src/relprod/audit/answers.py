"""What an auditor is told: a question, yes or no or not to be told, and what differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Question = Literal["inputs", "study", "figures"]


@dataclass(frozen=True)
class Difference:
    """One thing that differs: `where` (a file, a key, a table) and what of it."""

    where: str
    what: str


@dataclass(frozen=True)
class Answer:
    """The answer to one question: whether it holds, None where it cannot be told; one sentence; and all that differs."""

    question: Question
    holds: bool | None
    says: str
    differences: tuple[Difference, ...] = ()
