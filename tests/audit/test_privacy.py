"""Nothing of a person's row is in what an auditor is shown; the listing of lines holds the contact's own id, and nothing else of it."""

from __future__ import annotations

import csv
import io
import shutil

import pytest
from cli.driving import relprod

import relprod as rp

CANARY = "Xanthippe"
EXCLUSION = """
[[exclusions]]
table = "contacts"
where = { activity = "Enquiry", opened = { from = 2024-05-01, to = 2024-05-03 } }
reason = "Entered twice"
owner = "Who"
"""
SUNG = ("Ref No", "Person ref", "Worker", "Area")


@pytest.fixture(scope="module")
def folder(computed, tmp_path_factory):
    """The example of contacts with a name in every column that could tell of a person, and two runs, the second without some contacts."""
    place = tmp_path_factory.mktemp("singing") / "study"
    shutil.copytree(computed["council-contacts"], place, ignore=shutil.ignore_patterns("run"))
    for file in place.glob("contacts_*.csv"):
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, **{name: f"{CANARY}{row[name]}" for name in SUNG if row[name]}} for row in rows)
        file.write_text(text.getvalue(), encoding="utf-8")
    head, *lines = (place / "areas.csv").read_text(encoding="utf-8").splitlines()
    (place / "areas.csv").write_text("\n".join([head, *(f"{CANARY}{line}" for line in lines)]) + "\n", encoding="utf-8")
    rp.compute(place, place / "before")
    with (place / "relprod.toml").open("a", encoding="utf-8") as study:
        study.write(EXCLUSION)
    rp.compute(place, place / "run")
    return place


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "run"),
        ("verify", "run", "--format", "json"),
        ("verify", "run", "--sample", "40"),
        ("trace", "run"),
        ("trace", "run", "--format", "json", "--depth", "9"),
        ("trace", "run", "--format", "markdown"),
        ("trace", "run", "--table", "failure_demand", "--column", "failure_volume"),
        ("trace", "run", "--table", "equity", "--service", "Homelessness"),
        ("trace", "run", "--exclusion", "1"),
        ("diff", "before", "run"),
        ("diff", "before", "run", "--format", "json"),
        ("assumptions", "run"),
    ],
    ids=" ".join,
)
def test_no_output_holds_a_person(folder, arguments):
    command, *others = arguments
    places = [folder / each if each in {"run", "before"} else each for each in others]
    ended = relprod(command, *places, columns=200)
    assert ended.code == 0
    assert len(ended.out) > 50
    assert CANARY.casefold() not in (ended.out + ended.err).casefold()


def test_a_listing_of_lines_holds_the_contacts_own_id_alone(folder, tmp_path):
    target = tmp_path / "lines.csv"
    ended = relprod("trace", folder / "run", "--account", "activity", "--column", "output", "--period", "2023-24 Q1", "--rows", target)
    assert ended.code == 0
    assert CANARY not in ended.out + ended.err
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))
    singing = [{name for name, text in row.items() if CANARY in text} for row in rows if row["table"] == "contacts"]
    assert len(singing) > 100
    assert all(names == {"contact_id"} for names in singing)
