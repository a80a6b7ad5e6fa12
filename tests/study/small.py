"""A study of few lines, and what may be added to it."""

from __future__ import annotations

from pathlib import Path

from relprod.study import Study, parse_study

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/relprod.toml"))
HEAD = """\
[study]
title = "A study"
frequency = "quarter"
calendar = "financial-uk"
reference = "2023-24"

[tables]
activity = "activity.csv"
"""
EXCLUSION = '[[exclusions]]\ntable = "contacts"\nreason = "Entered twice"\nowner = "Head of performance"\n'
CONDITIONS = """\
[exclusions.where]
service = ["Care", "Housing > North"]
opened = { from = 2024-01-01, to = 2024-01-07 }
closed = 2024-01-03
minutes = { to = 0.5 }
resolved = false
person_id = { missing = true }
"""


def study(more: str = "", head: str = HEAD) -> Study:
    return parse_study(head + more, folder=Path())
