"""The quick reader of plain texts: it finds the cells that lie between commas, or says that it cannot; nothing in between."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from relprod.engine.duck import connection
from relprod.tables import plain_text, reader
from relprod.tables.ahead import Ahead
from relprod.tables.csv_file import Layout
from relprod.tables.load import load_tables
from relprod.tables.plain_text import NotPlainError, plain_batches
from relprod.tables.sources import find_files

NAMES = ("contact_id", "person_id", "opened")
ODD = ['"', "\0", "\n", ",", "\ufeff"]


def taken(folder, content, names=NAMES):
    """Return the records of a text as rows of texts, with whether each is empty."""
    (folder / "a.csv").write_bytes(content)
    (file,) = find_files("contacts", ["a.csv"], folder)[0]
    layout = Layout("contacts", "a.csv", tuple(names), {name: at for at, name in enumerate(names)}, ())
    with Ahead() as ahead:
        batches = list(plain_batches(file.path, ahead.look(file, "utf-8"), layout))
    return [(*row,) for row in zip(*(pa.Table.from_batches(batches)[name].to_pylist() for name in (*names, "row:empty")), strict=True)]


def of_lines(content, names=NAMES):
    """Return the same by cutting lines at their commas, or None where that is not all there is to it."""
    text = content.decode()
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    rows = [line.split(",") for line in lines if line]
    if '"' in text or "\0" in text or any(len(row) != len(names) for row in rows):
        return None
    return [(*(cell or None for cell in row), not any(row)) for row in rows]


@pytest.mark.parametrize("seed", range(60))
def test_it_finds_what_lies_between_commas_or_says_that_it_cannot(tmp_path, monkeypatch, seed):
    source = random.Random(seed)  # noqa: S311 - a seeded test
    monkeypatch.setattr(plain_text, "_PIECE", source.choice([200, 1000, 1 << 23]))
    monkeypatch.setattr(plain_text, "_BLOCK", source.choice([128, 1 << 20]))
    words = ["", "C1", " x ", "2016-05-01", "Zoë", "N/A", "null", "é" * 9]
    rows = [[source.choice(words) for _ in NAMES] for _ in range(source.randint(1, 200))]
    text = source.choice(["\n", "\r\n"]).join([",".join(NAMES), *(",".join(row) for row in rows)])
    text = source.choice(["", "\ufeff"]) + text + source.choice(["", "\n"])
    if seed % 2:
        at = source.randrange(1, len(text) + 1)
        text = text[:at] + source.choice(ODD) + text[at:]
    content = text.encode()
    expected = of_lines(content)
    try:
        found = taken(tmp_path, content)
    except NotPlainError:
        assert expected is None or "\ufeff" in text[1:]
    else:
        assert found == expected


def test_texts_without_anything_odd_are_plain(tmp_path):
    assert taken(tmp_path, b"contact_id,person_id,opened\n1,2,3\n,,\n4,,6") == [
        (*NAMES, False),
        ("1", "2", "3", False),
        (None, None, None, True),
        ("4", None, "6", False),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b'a,b,c\n1,2,3\n4,"5",6\n',
        b'a,b,c\n1,2,3\n4,5"6,7\n',
        b"a,b,c\n1,2,3\n4,5\n",
        b"a,b,c\n1,2,3\n4,5,6,\n",
        b"a,b,c\n1,2,3\n\0,5,6\n",
        b"a,b,c\n1,2,3\n\xff,5,6\n",
        b"a,b,c\n1,2," + b"x" * (1 << 21) + b"\n",
        b"a,b,c\n1,2," + b"x" * (1 << 24) + b"\n",
    ],
    ids=["mark", "stray mark", "short", "surplus", "NUL", "byte", "long line", "longer line"],
)
def test_what_must_be_read_with_care(tmp_path, content):
    with pytest.raises(NotPlainError):
        taken(tmp_path, content)


def test_blank_lines_are_no_records(tmp_path):
    assert taken(tmp_path, b"\na\n1\n\n\r\n2\n", ["a"]) == [("a", False), ("1", False), ("2", False)]


@pytest.mark.parametrize(("size", "at_the_start"), [(18, True), (40, False)])
def test_the_mark_of_another_files_beginning_is_kept(tmp_path, monkeypatch, size, at_the_start):
    monkeypatch.setattr(plain_text, "_PIECE", size)
    content = b"aaa,bbb,cc\n1,2,3\n" + "\ufeffa,b,c\n1,2,3\n".encode()
    if at_the_start:
        with pytest.raises(NotPlainError):
            taken(tmp_path, content)
    else:
        assert taken(tmp_path, content)[2] == ("\ufeffa", "b", "c", False)


CONTACTS = [f"C{at},P{at % 7},Care,Visit,2016-05-{1 + at % 28:02d}" for at in range(300)]


GOOD = "C300,P1,Care,Visit,2016-05-09"


@pytest.mark.parametrize("late", [GOOD.replace("Care", '"Care"'), f"{GOOD},", "C300,P1,Care", ",,,,", f"\n\n{GOOD}", None])
def test_what_was_read_of_a_text_that_turns_out_otherwise_is_forgotten(bench, monkeypatch, late):
    """Contacts and findings are those of the other reader, whatever comes late in the file."""
    monkeypatch.setattr(plain_text, "_PIECE", 512)
    monkeypatch.setattr("relprod.tables.store._BATCH_ROWS", 50)
    bench.write("unit_costs.csv", "service,activity,period,unit_cost\nCare,Visit,2016-17,5\n")
    bench.write("contacts.csv", "\n".join(["contact_id,person_id,service,activity,opened", *CONTACTS, *([late] if late else []), ""]))
    study = bench.study({"contacts": "contacts.csv", "unit_costs": "unit_costs.csv"})

    def read():
        with connection() as con:
            loaded = load_tables(con, study)
            contacts = "SELECT contact_id, person_id, service, opened, _line FROM contacts ORDER BY 1"
            return loaded.findings, loaded.files, con.execute(contacts).fetchall() if loaded.has_contacts else None

    quick = read()
    monkeypatch.setattr(reader, "plain_batches", refusing)
    assert read() == quick
    refused = late is not None and late.count(",") != GOOD.count(",")
    assert (quick[2] is None) if refused else len(quick[2]) == 300 + (late or "").count("C300")


def refusing(*_):
    raise NotPlainError
