"""The answers of `verify`, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from relprod.report.plain import print_plain
from relprod.shown import json_text

if TYPE_CHECKING:
    from rich.console import Console

    from relprod.audit.verify import Verification

_ASKED = {"inputs": "Same inputs?", "study": "Same study?", "figures": "Same figures?"}
_WORDS = {True: ("yes", "green"), False: ("NO", "bold red"), None: ("cannot be told", "yellow")}
_CLOSING = {
    True: "Verified: same inputs, same study, same figures.",
    False: "Not verified.",
}


def print_verification(console: Console, found: Verification) -> None:
    """Print the three answers, each with what differs, and the verdict last."""
    for answer in found.answers:
        word, style = _WORDS[answer.holds]
        print_plain(console, Text.assemble(f"{_ASKED[answer.question]:<14} ", (word, style), f". {answer.says}"))
        for difference in answer.differences:
            print_plain(console, Padding(Text.assemble((difference.where, "bold"), f": {difference.what}"), (0, 0, 0, 4)))
    print_plain(console, Text(f"\n{_CLOSING[found.holds]}", style="bold"))


def as_json(found: Verification) -> str:
    """Return the three answers as JSON."""
    content: dict[str, object] = {"verified": found.holds}
    for answer in found.answers:
        content[answer.question] = {name: value for name, value in asdict(answer).items() if name != "question"}
    return json_text(content, indent=2) + "\n"
