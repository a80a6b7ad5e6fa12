"""Bytes looked through before anyone asks: each text once, from before it is read, and no longer than somebody wants to know."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from relprod.engine.duck import connection
from relprod.tables import ahead as module
from relprod.tables import intake
from relprod.tables.ahead import Ahead
from relprod.tables.load import load_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTACTS = "contact_id,person_id,service,activity,opened\n" + "".join(f"C{at},P1,Care,Visit,2016-05-01\n" for at in range(1, 4))
COSTS = "service,activity,period,unit_cost\nCare,Visit,2016-17,5\n"


@pytest.fixture
def study(bench):
    bench.write("unit_costs.csv", COSTS)
    bench.write("a.csv", CONTACTS)
    bench.write("b.csv", CONTACTS.replace("C", "D").replace("Dare", "Care"))
    return bench.study({"contacts": {"path": ["a.csv", "b.csv"]}, "unit_costs": "unit_costs.csv"})


@pytest.mark.parametrize("begun", [True, False])
def test_each_text_is_looked_through_once_whoever_begins(study, monkeypatch, begun):
    looked = []

    def counted(file, *rest):
        looked.append(file.label)
        return intake.examined(file, *rest)

    monkeypatch.setattr(module, "examined", counted)
    with connection() as con, Ahead() as ahead:
        if begun:
            ahead.begin(study)
        loaded = load_tables(con, study, ahead=ahead)
    assert looked == ["a.csv", "b.csv"]
    digests = {file.path: file.sha256 for file in loaded.files if file.table == "contacts"}
    assert digests == {name: sha256((study.folder / name).read_bytes()).hexdigest() for name in ("a.csv", "b.csv")}


def test_a_text_that_changes_after_it_was_begun_is_not_taken_for_what_it_was(bench, study):
    with connection() as con, Ahead() as ahead:
        ahead.begin(study)
        bench.write("b.csv", CONTACTS + "D9,P1,Care,Visit,2016-05-01\n")
        found = [(finding.code, finding.file) for finding in load_tables(con, study, ahead=ahead).findings if finding.is_error]
    assert found == [("RP016", "b.csv")]


def test_nobody_waits_for_a_text_that_nobody_wants_to_know_of(study, monkeypatch):
    def endless(_file: object) -> Iterator[bytes]:
        while True:
            yield b"a line\n"

    monkeypatch.setattr(intake, "_chunks", endless)
    with Ahead() as ahead:
        ahead.begin(study)
        first, second = (ahead.look(file, "utf-8") for file in module.find_files("contacts", ["a.csv", "b.csv"], study.folder)[0])
    assert first.seen.done()
    assert second.seen.cancelled() or second.scan.stopped


def test_what_cannot_be_begun_is_left_to_the_reader(bench, study, monkeypatch):
    monkeypatch.setattr(module, "examined", lambda *_: pytest.fail("looked"))
    bench.write("c[1].csv", CONTACTS)
    bench.write("d.txt", CONTACTS)
    (study.folder / "e.csv").symlink_to(study.folder / "nowhere.csv")
    for path in ("nowhere.csv", "c[1].csv", "d.txt", "e.csv"):
        with Ahead() as ahead:
            ahead.begin(bench.study({"contacts": path}))
            ahead.begin(bench.study({"unit_costs": "unit_costs.csv"}))
