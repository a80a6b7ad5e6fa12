"""Empty cells beyond the last column, which the engine drops without a word: found by counting commas, however many rows there are."""

from __future__ import annotations

import csv
import gzip
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relprod.tables import csv_file, intake
from relprod.tables.intake import Scan

HEAD = "contact_id,person_id,service,activity,opened,worker_id\n"
COSTS = "service,activity,period,unit_cost\nCare,Visit,2016-17,5\n"
MANY = csv_file._FEW_LINES + 10


def row(at: int, end: str = "\n") -> str:
    return f"C{at},P{at % 97},Care,Visit,2016-05-01,{end}"


def load(bench, text: str | bytes, name: str = "contacts.csv", **options: object):
    bench.write("unit_costs.csv", COSTS)
    bench.write(name, text)
    loaded = bench.load(contacts={"path": name, **options}, unit_costs="unit_costs.csv")
    return bench.errors(loaded)


def scanned(text: str, size: int) -> Scan:
    scan = Scan()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake, "_CHUNK", size)
        intake._look_through(io.BytesIO(text.encode()), "utf-8", scan, None)
    return scan


@given(text=st.text(alphabet='ab,,"" \n\r', max_size=20), size=st.integers(1, 6))
@example(text='\ufeff"a,b",c\n', size=4)
@example(text='"a""b,",c', size=1)
def test_commas_between_cells_are_those_outside_quotation_marks(text, size):
    """By a reader that takes one letter after another."""
    inside, commas, stray, before = False, 0, False, "\n"
    for letter in text.removeprefix("\ufeff"):
        if letter == '"':
            inside = not inside
            stray = stray or (inside and before not in '\n\r,"')
        commas += letter == "," and not inside
        before = letter
    scan = scanned(text, size)
    assert (scan.commas, scan.stray_quotes, scan.quoted) == (commas, stray, inside)


@given(rows=st.lists(st.lists(st.text(alphabet='ab,"\n', max_size=4), min_size=3, max_size=3), max_size=5), size=st.integers(1, 9))
def test_what_is_written_by_the_rules_has_as_many_commas_as_its_cells_ask_for(rows, size):
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    scan = scanned(file.getvalue(), size)
    assert (scan.commas, scan.stray_quotes, scan.quoted) == (2 * len(rows), False, False)


def test_one_row_among_very_many_has_an_empty_cell_too_many(bench):
    text = HEAD + "".join(row(at) for at in range(MANY)) + row(MANY, ",\n") + row(MANY + 1)
    assert load(bench, text) == [("RP013", "contacts.csv", MANY + 2, None, 1)]
    assert load(bench, text.replace(",,\n", ",\n")) == []


@pytest.mark.parametrize("written", ["plain", "quoted", "marks", "gzip", "utf-16", "mark of order"])
def test_however_the_file_is_written(bench, written):
    """Commas and line ends in quotation marks, marks that are none, other encodings: the same row is found, and no other."""
    good, bad = row(1) + row(2), row(3, ",\n") + row(4)
    if written == "quoted":
        good, bad = good.replace("Visit", '"Visit, at\nhome"'), bad.replace("Visit", '"Visit"')
    elif written == "marks":
        good, bad = good.replace("P", '5"P'), bad.replace("P", '6"P')
    text = HEAD + good + bad
    line, options, name, content = 6 if written == "quoted" else 4, {}, "contacts.csv", text.encode()
    if written == "gzip":
        name, content = "contacts.csv.gz", gzip.compress(content)
    elif written == "utf-16":
        options, content = {"encoding": "utf-16"}, text.encode("utf-16")
    elif written == "mark of order":
        content = b"\xef\xbb\xbf" + content.replace(b"contact_id", b'"contact_id"')
    assert [each for each in load(bench, content, name, **options) if each[0] != "RP047"] == [("RP013", name, line, None, 1)]


def test_a_mark_that_hides_a_comma_beside_a_cell_too_many(bench):
    """Inches, not quotation: what counts the commas sees one too few and one too many, and so must not be trusted."""
    assert load(bench, HEAD + row(1) + 'C2,5",6",Visit,2016-05-01,,\n') == [("RP013", "contacts.csv", 3, None, 1)]
