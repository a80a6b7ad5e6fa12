"""Identifiers as numbers: the same order, the same texts, and never where a text would be lost."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relprod.engine.duck import connection
from relprod.records.contacts import RepeatSettings, measures
from relprod.tables.contacts import COUNTED
from relprod.tables.load import load_tables
from relprod.tables.numbering import Numbered

PREFIXES = ("", "C", "P-", "case_2023-", "A1B")


@given(prefix=st.sampled_from(PREFIXES), digits=st.integers(1, 18), data=st.data())
def test_numbers_are_in_the_order_of_the_texts_and_give_them_back(prefix, digits, data):
    some = st.integers(0, 10**digits - 1)
    values = [data.draw(some), *data.draw(st.lists(st.one_of(st.none(), some), max_size=9))]
    data.draw(st.randoms()).shuffle(values)
    texts = [None if value is None else f"{prefix}{value:0{digits}d}" for value in values]
    numbered = Numbered("contact_id")
    assert numbered.numbers(pa.array(texts, pa.string())).to_pylist() == values
    assert numbered.holds
    assert (numbered.known.prefix, numbered.known.digits) == (prefix, digits)
    known = sorted(text for text in texts if text is not None)
    assert [int(text[len(prefix) :]) for text in known] == sorted(value for value in values if value is not None)


@pytest.mark.parametrize(
    "text", ["", " C01", "C01 ", "C1", "C001", "D01", "C0x", "C0/", "C0:", "C+1", "C0é", "C-1", "1E+05", "#N/A", "\tC1", "C0\u0661", "0C1"]
)
def test_one_text_of_another_form_keeps_all_of_its_batch_as_texts(text):
    numbered = Numbered("contact_id")
    assert numbered.numbers(pa.array(["C07", "C10"])).to_pylist() == [7, 10]
    assert numbered.numbers(pa.array(["C07", text])) is None
    assert (numbered.holds, numbered.known) == (False, None)
    assert numbered.numbers(pa.array(["C11"])).to_pylist() == [11]


@pytest.mark.parametrize("first", [" C1", "C1 ", "", "C", "1C", "1E+5", "Err:502", "#1", "1" * 19, "é1", "+1"])
def test_a_first_text_that_ends_in_no_digits_or_begins_strangely_numbers_nothing(first):
    numbered = Numbered("contact_id")
    assert numbered.numbers(pa.array([first, first])) is None
    assert numbered.known is None


def test_an_order_that_goes_up_is_noticed_across_batches():
    numbered = Numbered("contact_id")
    for texts, ascending in ((["C01", "C05"], True), ([], True), (["C06"], True), (["C06"], False), (["C07"], False)):
        numbered.note_order(numbered.numbers(pa.array(texts, pa.string())))
        assert numbered.ascending is ascending
    for texts in (["C02", "C02"], ["C02", "C01"], ["C02", None]):
        again = Numbered("contact_id")
        again.note_order(again.numbers(pa.array(texts, pa.string())))
        assert not again.ascending


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["C0000000001"], "INTEGER"),
        (["C2147483647", "C0000000001"], "INTEGER"),
        (["C2147483648", "C0000000001"], "BIGINT"),
    ],
)
def test_the_type_is_the_smallest_that_holds_the_numbers_that_there_are(texts, kind):
    numbered = Numbered("contact_id")
    for text in texts:
        numbered.numbers(pa.array([text, None]))
    assert numbered.kind_in_sql == kind


@pytest.mark.parametrize("prefix", PREFIXES)
def test_numbers_and_texts_in_sql(prefix):
    numbered = Numbered("person_id")
    numbered.numbers(pa.array([f"{prefix}007"]))
    known = numbered.known
    with connection() as con:
        asked = {f"{prefix}007": 7, f"{prefix}7": None, f"{prefix}0007": None, "other": None, f"{prefix}+07": None}
        sql = f"SELECT a, {known.number_in_sql('a')} FROM (SELECT unnest(?) AS a)"  # noqa: S608 - a test
        texts = con.sql(sql, params=[list(asked)]).fetchall()
        assert dict(texts) == asked
        assert con.sql(f"SELECT {known.text_in_sql('7')}").fetchall() == [(f"{prefix}007",)]


def test_repeated_ids_are_found_whatever_the_ids_look_like(bench):
    """In order, out of order, as numbers and as texts: the second C2 is named each time."""
    head = "contact_id,person_id,service,activity,opened\n"
    bench.write("unit_costs.csv", "service,activity,period,unit_cost\nCare,Visit,2016-17,5\n")
    for ids in (("C1", "C2", "C2"), ("C2", "C1", "C2"), ("C2", "x", "C2"), ("x", "C2", "C2")):
        bench.write("contacts.csv", head + "".join(f"{each},P1,Care,Visit,2016-05-01\n" for each in ids))
        loaded = bench.load(contacts="contacts.csv", unit_costs="unit_costs.csv")
        (again,) = [found for found in loaded.findings if found.code == "RP040"]
        assert (again.count, again.lines) == (1, (4,))
        assert not bench.contacts or bench.contacts["contact_id"].to_pylist() == list(ids)


@pytest.mark.parametrize("ids", [("P99", "P01", "", "P99"), ("UNKNOWN", "P01", "", "P99")])
def test_declared_placeholders_are_known_whatever_the_ids_look_like(bench, ids):
    bench.extra = '[failure_demand]\nmethod = "repeat"\nplaceholder_ids = ["P99", "UNKNOWN"]\n'
    bench.write("unit_costs.csv", "service,activity,period,unit_cost\nCare,Visit,2016-17,5\n")
    rows = "".join(f"C{at},{person},Care,Visit,2016-05-01\n" for at, person in enumerate(ids))
    bench.write("contacts.csv", "contact_id,person_id,service,activity,opened\n" + rows)
    study = bench.study({"contacts": "contacts.csv", "unit_costs": "unit_costs.csv"})
    with connection() as con:
        (nobody,) = [found for found in load_tables(con, study).findings if found.code == "RP077"]
        settings = RepeatSettings(date(2016, 4, 1), date(2020, 3, 31), placeholder_ids=("P99", "UNKNOWN"))
        con.execute("CREATE TABLE service_nodes AS SELECT 'Care' AS service, 'Care' AS node")
        con.execute("CREATE TABLE days AS SELECT DATE '2016-05-01' AS day, 0 AS period")
        again = [measures(con, settings, ["placeholder_persons", "contact_cells"]) for _ in range(2)]
        kept = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    found = again[0]
    assert again[1] == found
    assert not kept & {"persons", COUNTED}
    assert (nobody.count, nobody.lines) == (3, (2, 4, 5))
    assert found["placeholder_persons"]["person_id"].to_pylist() == sorted({*ids} - {"P01", ""})
    assert found["contact_cells"].select(["volume", "no_person"]).to_pylist() == [{"volume": 4, "no_person": 3}]
