"""Theorems about reading: line numbers are exact, the screen of numbers is a decimal parser, order and files do not matter."""

from __future__ import annotations

import csv
import io
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relprod.engine.duck import connection
from relprod.tables import csv_file
from relprod.tables.cells import How
from relprod.tables.schema import table_schema
from relprod.tables.screens import screened

QUICK = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
names = st.text(st.sampled_from('ab ,"\n'), min_size=1, max_size=6).map(lambda text: f"x{text}x")


@QUICK
@given(
    records=st.lists(st.tuples(names, st.sampled_from(["1", "abc", "ragged", "long"]), st.integers(0, 2)), min_size=1, max_size=30),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
)
def test_line_numbers_are_exact(bench, records, end, last):
    head, text, bad, ragged = "service,activity,period,volume,unit_cost\n", io.StringIO(), [], []
    text.write(head)
    for name, volume, blanks in records:
        text.write("\n" * blanks)
        line = text.getvalue().count("\n") + 1
        cells = ["A", name, "2016-17 Q1", volume, "1"]
        if volume in {"ragged", "long"}:
            ragged.append(line)
            cells = cells[:-1] if volume == "ragged" else [*cells, "1", "2"]
        elif volume == "abc":
            bad.append(line)
        csv.writer(text, lineterminator="\n").writerow(cells)
    content = text.getvalue() if last else text.getvalue().rstrip("\n")
    loaded = bench.activity(content.replace("\n", end))
    found = {
        code: sorted(line for finding in loaded.findings if finding.code == code for line in finding.lines) for code in ("RP021", "RP013")
    }
    counts = {code: sum(finding.count for finding in loaded.findings if finding.code == code) for code in ("RP021", "RP013")}
    assert counts == {"RP021": len(bad), "RP013": len(ragged)}
    assert found["RP021"] == bad[:5]
    assert set(found["RP013"]) <= set(ragged)
    assert not ragged or ragged[0] in found["RP013"]


def parsed(text: str, precision: int, scale: int) -> tuple[Decimal | None, How]:
    """What the screen must say, in plain Python."""
    stripped = text.strip(" ")
    if not stripped:
        return None, How.BLANK
    plain = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII) is not None
    body = r"(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?)"
    patterns = (rf"(?:([+-]) ?£? ?|£ ?([+-])? ?)?({body})", rf"(\() ?£? ?({body}) ?\)", rf"£ ?(\() ?({body}) ?\)")
    match = next((found for pattern in patterns if (found := re.fullmatch(pattern, stripped, re.ASCII))), None)
    if match is None:
        return None, How.UNREADABLE
    *signs, digits = match.groups()
    sign = next((each for each in signs if each), "")
    with localcontext() as context:
        context.prec = 200
        try:
            value = Decimal(digits.replace(",", ""))
            kept = value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        except InvalidOperation:
            return None, How.TOO_LARGE
        if abs(kept) >= Decimal(10) ** (precision - scale):
            return None, How.TOO_LARGE
        kept = -kept if sign in {"-", "("} else kept
        rounded = kept.copy_abs() != value
    return kept, {
        (True, False): How.AS_IT_IS,
        (True, True): How.ROUNDED,
        (False, False): How.FORMATTED,
        (False, True): How.FORMATTED_AND_ROUNDED,
    }[plain, rounded]


number_like = st.one_of(
    st.text(st.sampled_from("0159.,-+eE£() x%_"), max_size=8),
    st.decimals(allow_nan=False, allow_infinity=False, places=None).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"\A[+-]?[0-9]{1,14}\.[0-9]{0,20}\Z"),
    st.from_regex(r"\A[+-]?[0-9]{1,4}\.[0-9]{0,9}[eE][+-]?[0-9]{1,2}\Z"),
    st.from_regex(r"\A[(]?£?[1-9][0-9]{0,2}(,[0-9]{3}){0,3}(\.[0-9]{0,12})?[)]?\Z"),
)


@QUICK
@given(st.lists(number_like, min_size=1, max_size=80))
def test_the_screen_of_numbers_is_a_decimal_parser(texts):
    with connection() as con:
        con.register("cells", pa.table({"volume": texts, "unit_cost": texts}))
        query = screened(
            table_schema("activity"), {"volume": "volume", "unit_cost": "unit_cost"}, source="cells", every=["volume"], date_formats={}
        )
        rows = con.sql(query).fetchall()
    for text, (volume, volume_how, _, cost, cost_how, _, _) in zip(texts, rows, strict=True):
        assert (text, volume, How(volume_how)) == (text, *parsed(text, 22, 10))
        assert (text, cost, How(cost_how)) == (text, *parsed(text, 16, 6))


@QUICK
@given(st.permutations(range(12)), st.integers(0, 12), st.sampled_from(["csv", "frame"]))
def test_order_and_files_do_not_matter(bench, order, cut, kind):
    head = "service,activity,period,volume,unit_cost\n"
    rows = [f"S{index % 3},A,2016-17 Q{index // 3 + 1},{index}.5,2\n" for index in range(12)]
    bench.write("all.csv", head + "".join(rows))
    whole = bench.load(activity="all.csv").tables["activity"]
    shuffled = [rows[index] for index in order]
    bench.write("part_1.csv", head + "".join(shuffled[:cut]))
    bench.write("part_2.csv", head + "".join(shuffled[cut:]))
    if kind == "frame":
        names = ["service", "activity", "period", "volume", "unit_cost"]
        frame = pa.table(dict(zip(names, zip(*(row.strip().split(",") for row in shuffled), strict=True), strict=True)))
        other = bench.load({"activity": frame}).tables["activity"]
    else:
        other = bench.load(activity="part_*.csv").tables["activity"]
    columns = ["service", "activity", "period", "volume", "unit_cost", "_period"]
    key = [(name, "ascending") for name in columns]
    assert other.select(columns).sort_by(key) == whole.select(columns).sort_by(key)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_file_in_many_batches(bench, monkeypatch, rows):
    monkeypatch.setattr(csv_file, "BATCH_ROWS", rows)
    text = "service,activity,period,volume,unit_cost\n" + "".join(
        f'"A\n{i}",B,2016-17 Q1,{"x" if i % 4 == 3 else i},1\n' for i in range(20)
    )
    (found,) = [finding for finding in bench.activity(text).findings if finding.code == "RP021"]
    assert (found.count, found.lines) == (5, (8, 16, 24, 32, 40))
