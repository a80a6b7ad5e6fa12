"""What each key of a study moves at most: every key has a kind, and the kinds are true of the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import relprod as rp
from relprod.audit.key_kinds import KIND_OF, KINDS, kind_of
from relprod.audit.study_keys import KeyChange, key_changes
from relprod.run.basis import BASIS
from relprod.run.starter import CONTACTS, start_study
from relprod.study.load import parse_study
from relprod.study.model import Study
from relprod.study.parameters import _fields

if TYPE_CHECKING:
    from pathlib import Path

    from relprod.run.model import Run

NAMED = ("tables", "exclusions", "assumptions")


def test_every_key_of_the_study_file_has_a_kind_and_no_other_has():
    keys = [".".join((path[0], "*", *path[1:]) if path[0] in NAMED else path) for path, _ in _fields(Study)]
    assert sorted(KIND_OF) == sorted(keys)
    assert set(KIND_OF.values()) == set(KINDS)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("study.title", "words"),
        ("equity.aversion", "account"),
        ("equity", "account"),
        ("failure_demand", "contacts"),
        ("failure_demand.audit", "account"),
        ("output", "account"),
        ("tables", "places"),
        ("tables.inputs", "places"),
        ("tables.inputs.path", "places"),
        ("tables.inputs.columns", "rows"),
        ("tables.inputs.columns.volume", "rows"),
        ("assumptions", "words"),
        ("assumptions.unpaid", "words"),
        ("assumptions.unpaid.owner", "words"),
        ("a_later_section", "rows"),
        ("equity.a_later_key", "rows"),
    ],
)
def test_a_key_or_a_section_moves_what_the_most_of_it_moves(key: str, kind: str):
    assert kind_of(tuple(key.split("."))) == kind


def test_a_name_with_a_full_stop_is_one_name():
    assert kind_of(("assumptions", "equity.aversion", "source")) == "words"
    assert kind_of(("tables", "in.puts", "encoding")) == "rows"


def test_keys_that_differ_are_told_with_both_values():
    before = {"a": {"x": 1.0, "y": ["p"], "z": True}, "only": {"k": 1}, "same": 3}
    after = {"a": {"x": 0.5, "y": ["p", "q"], "z": False}, "same": 3}
    found = list(key_changes(before, after))
    assert [change.path for change in found] == [("a", "x"), ("a", "y"), ("a", "z"), ("only",)]
    assert [change.says for change in found] == [
        "was 1.0, and is 0.5", "was ['p'], and is ['p', 'q']", "was true, and is false", "was set, and is not set",
    ]  # fmt: skip
    assert KeyChange(("a", "x"), 1.0, 0.5) == found[0]
    assert found[0].key == "a.x"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    folder = tmp_path_factory.mktemp("kinds") / "study"
    start_study(folder, CONTACTS, 1500)
    return folder, rp.compute(folder)


def computed_with(folder: Path, edits: dict[str, str]) -> tuple[Run, set[str]]:
    """The run with some lines of the study replaced, and the kinds of the keys that differ."""
    text = (folder / "relprod.toml").read_text(encoding="utf-8")
    before = parse_study(text, folder=folder)
    for old, new in edits.items():
        assert text.count(f"\n{old}\n") == 1, old
        text = text.replace(f"\n{old}\n", f"\n{new}\n")
    after = parse_study(text, folder=folder)
    return rp.compute(after), {kind_of(change.path) for change in key_changes(before.resolved(), after.resolved())}


OF_THE_ACCOUNT = {
    'reference = "2023-24"': 'reference = "2024-25"',
    'index = "laspeyres"': 'index = "fisher"',
    'link = "annual-overlap"': 'link = "fixed"',
    "removal = 1.0": "removal = 0.5",
    "attribution = 0.7": "attribution = 0.2",
    "aversion = 1.0": "aversion = 3.5",
    'outcome = "outcome_after"': 'outcome = "resolved"',
    'output_side = "in-outcome"': 'output_side = "hours"',
}
BESIDE = {
    "tolerance = 0.01": "tolerance = 0.02",
    'paid_minutes_input = "frontline staff"': 'paid_minutes_input = "other staff"',
    "inclusive_end = true": "inclusive_end = true\nrisk_days = [3]",
    'currency = "GBP"': 'currency = "EUR"',
    'link = "annual-overlap"': 'link = "annual-overlap"\nmin_match = 0.1\nmin_match_error = 0.1',
}


def test_keys_of_the_account_leave_the_cells_as_they_are(plain: tuple[Path, Run]):
    folder, before = plain
    after, kinds = computed_with(folder, OF_THE_ACCOUNT)
    assert kinds == {"account"}
    held = [name for name in BASIS if name in before.tables]
    assert len(held) == 5
    assert all(after.tables[name].equals(before.tables[name]) for name in held)
    assert not after.tables["productivity"].equals(before.tables["productivity"])


def test_keys_beside_the_account_and_words_leave_the_account_as_it_is(plain: tuple[Path, Run]):
    folder, before = plain
    after, kinds = computed_with(folder, BESIDE)
    assert kinds == {"beside", "words"}
    for name in ("productivity", "bridge", "contributions", "links", "failure_demand", "equity", "unpaid"):
        assert after.tables[name].equals(before.tables[name])
    assert not after.tables["repeat_risk"].equals(before.tables["repeat_risk"])
