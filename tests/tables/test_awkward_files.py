"""Files as they really arrive: each has one thing wrong, and says so with code, file, line and column."""

from __future__ import annotations

import gzip
import os
import tempfile
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from relprod.engine.duck import connection
from relprod.tables import reader
from relprod.tables.load import load_tables

HEAD = "service,activity,period,volume,unit_cost\n"
ACTIVITY = (
    HEAD
    + """Home care,Visit,2016-17 Q1,100,20
Home care,Visit,2016-17 Q2,110,20
Home care,Visit,2016-17 Q3,120,21
Home care,Visit,2016-17 Q4,130,21
"""
)


def test_a_good_file(bench):
    loaded = bench.activity(ACTIVITY)
    assert loaded.findings == ()
    table = loaded.tables["activity"]
    assert table["volume"].to_pylist() == [Decimal(100), Decimal(110), Decimal(120), Decimal(130)]
    assert table["_line"].to_pylist() == [2, 3, 4, 5]
    assert table["period"].to_pylist()[0] == "2016-17 Q1"
    assert table["_period"].to_pylist() == [2016 * 4 + quarter for quarter in range(4)]
    (file,) = loaded.files
    assert (file.table, file.path, file.rows, file.bytes) == ("activity", "activity.csv", 4, len(ACTIVITY))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quoted_line_ends_and_blank_lines_before_a_bad_cell(bench, end):
    text = HEAD + '"Home\ncare",Visit,2016-17 Q1,1,1\n\n\nHome care,Visit,2016-17 Q2,abc,1\n'
    assert bench.errors(bench.activity(text.replace("\n", end)))[0] == ("RP021", "activity.csv", 6, "volume", 1)


def test_crlf_with_a_lone_line_feed_in_a_cell(bench):
    text = HEAD.replace("\n", "\r\n") + '"Home\ncare",Visit,2016-17 Q1,1,1\r\nHome care,Visit,2016-17 Q1,x,1\r\n'
    assert bench.errors(bench.activity(text)) == [("RP021", "activity.csv", 4, "volume", 1)]


def test_a_blank_line_before_the_header(bench):
    assert bench.errors(bench.activity("\n\n" + HEAD + "Home care,Visit,2016-17 Q1,-1,1\n")) == [("RP033", "activity.csv", 4, "volume", 1)]


def test_a_byte_order_mark_is_tolerated(bench):
    assert bench.activity("\ufeff" + ACTIVITY).findings == ()
    assert bench.activity("\ufeff" + ACTIVITY, encoding="cp1252").findings == ()


def test_cp1252_in_utf8(bench):
    loaded = bench.activity(ACTIVITY.encode() + "Café,Visit,2016-17 Q1,1,1\n".encode("cp1252"))
    assert bench.errors(loaded) == [("RP006", "activity.csv", 6, None, 1)]
    assert 'encoding = "cp1252"' in bench.only(loaded, "RP006").message


def test_cp1252_when_the_study_says_so(bench):
    loaded = bench.activity((HEAD + "Café,Visit £,2016-17 Q1,£1,1\n".replace("£1", '"£1,000"')).encode("cp1252"), encoding="cp1252")
    assert loaded.tables["activity"]["service"].to_pylist() == ["Café"]
    assert loaded.tables["activity"]["volume"].to_pylist() == [Decimal(1000)]


def test_utf16(bench):
    assert bench.activity(ACTIVITY.encode("utf-16"), encoding="utf-16").findings == ()
    loaded = bench.activity(ACTIVITY.encode("utf-16"))
    assert [code for code, *_ in bench.errors(loaded)] == ["RP006"]
    assert 'encoding = "utf-16"' in bench.only(loaded, "RP006").message


def test_a_nul_byte(bench):
    assert bench.errors(bench.activity(ACTIVITY.replace("120", "12\0"))) == [("RP007", "activity.csv", 4, None, 1)]


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_empty(bench, content):
    assert bench.errors(bench.activity(content)) == [("RP004", "activity.csv", None, None, 1)]


def test_header_only(bench):
    loaded = bench.activity(HEAD)
    assert [finding.code for finding in loaded.findings] == ["RP015", "RP005"]
    assert "activity" not in loaded.tables


def test_ragged_rows_after_a_quoted_line_end(bench):
    text = HEAD + '"Home\ncare",Visit,2016-17 Q1,1,1\n\nA,B,2016-17 Q2,1,1,000\nA,B\nA,B,2016-17 Q3,1,1\n'
    assert bench.errors(bench.activity(text))[:2] == [("RP013", "activity.csv", 5, None, 1), ("RP013", "activity.csv", 6, None, 1)]


def test_a_row_whose_cells_moved_into_an_empty_one_is_ragged(bench):
    head = HEAD.replace("unit_cost", "unit_cost,failure_volume")
    text = head + "Home care,Visit,2016-17 Q1,100,20,\nHome care,Visit,2016-17 Q2,50,123,20,\n"
    assert bench.errors(bench.activity(text)) == [("RP013", "activity.csv", 3, None, 1)]


def test_ragged_rows_without_anything_quoted(bench):
    text = ACTIVITY + "A,B,2016-17 Q2,1,1,000\nHome care,Visit,2016-17 Q3,x,1\n"
    assert bench.errors(bench.activity(text)) == [("RP013", "activity.csv", 6, None, 1), ("RP021", "activity.csv", 7, "volume", 1)]


def test_a_quotation_mark_left_open(bench):
    assert bench.errors(bench.activity(ACTIVITY + '"Home care,Visit,2016-17 Q1,1,1\nA,B,2016-17 Q1,1,1\n')) == [
        ("RP014", "activity.csv", 6, None, 1)
    ]


def test_a_quotation_mark_closed_in_the_middle(bench):
    assert bench.errors(bench.activity(ACTIVITY + '"Home" care,Visit,2016-17 Q1,1,1\n')) == [("RP014", "activity.csv", 6, None, 1)]


def test_a_line_of_more_than_two_megabytes(bench):
    loaded = bench.activity(ACTIVITY + '"' + "x" * 3_000_000 + '",B,2016-17 Q1,1,1\n')
    assert [code for code, *_ in bench.errors(loaded)] == ["RP014"]


def test_missing_column_with_a_suggestion(bench):
    loaded = bench.activity(ACTIVITY.replace("volume", "Volume"))
    assert bench.errors(loaded) == [("RP010", "activity.csv", 1, "volume", 1)]
    assert "did you mean 'Volume'?" in bench.only(loaded, "RP010").message


def test_duplicate_column(bench):
    loaded = bench.activity("service,activity,period,volume,unit_cost,volume\nA,B,2016-17 Q1,1,1,2\n")
    assert bench.errors(loaded) == [("RP011", "activity.csv", 1, "volume", 2)]


def test_extra_columns_are_said_once(bench):
    loaded = bench.activity("service,activity,period,volume,unit_cost,note,failure_volum\nA,B,2016-17 Q1,1,1,x,2\n")
    found = bench.only(loaded, "RP012")
    assert (found.severity, found.count, found.line) == ("info", 2, 1)
    assert "did you mean 'failure_volume'?" in found.message
    assert "activity" in loaded.tables


def test_semicolons(bench):
    assert bench.errors(bench.activity(ACTIVITY.replace(",", ";"))) == [("RP017", "activity.csv", 1, None, 1)]


def test_rows_of_empty_cells_are_left_out(bench):
    loaded = bench.activity(ACTIVITY + ",,,,\n,,,,\n")
    assert bench.only(loaded, "RP009").lines == (6, 7)
    assert loaded.tables["activity"].num_rows == 4


def test_gzip(bench):
    loaded = bench.activity(gzip.compress(ACTIVITY.encode()), name="activity.csv.gz")
    assert loaded.findings == ()
    assert loaded.tables["activity"].num_rows == 4


def test_gzip_in_two_members(bench):
    content = gzip.compress(HEAD.encode()) + gzip.compress(ACTIVITY.removeprefix(HEAD).encode())
    assert bench.activity(content, name="activity.csv.gz").tables["activity"].num_rows == 4


def test_gzip_with_a_bad_cell_after_a_quoted_line_end(bench):
    text = HEAD + '"Home\ncare",Visit,2016-17 Q1,1,1\nA,B,2016-17 Q1,x,1\n'
    assert bench.errors(bench.activity(gzip.compress(text.encode()), name="a.csv.gz")) == [("RP021", "a.csv.gz", 4, "volume", 1)]


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-12], lambda _: b"not gzip", lambda data: data[:20] + b"\xff\xff\xff" + data[23:], lambda _: b""]
)
def test_damaged_gzip(bench, damage):
    ((found, *_),) = [bench.errors(bench.activity(damage(gzip.compress(ACTIVITY.encode())), name="activity.csv.gz"))]
    assert found[:3] in [("RP008", "activity.csv.gz", None), ("RP004", "activity.csv.gz", None)]


def test_a_folder(bench):
    (bench.folder / "activity.csv").mkdir()
    assert bench.errors(bench.load(activity="activity.csv")) == [("RP002", "activity.csv", None, None, 1)]


def test_a_file_that_is_not_there(bench):
    bench.write("activity.csv", ACTIVITY)
    loaded = bench.load(activity="activty.csv")
    assert bench.errors(loaded) == [("RP001", "activty.csv", None, None, 1)]
    assert "did you mean 'activity.csv'?" in bench.only(loaded, "RP001").message


def test_a_pattern_that_matches_nothing(bench):
    assert bench.errors(bench.load(activity="act*.csv")) == [("RP001", "act*.csv", None, None, 1)]


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_no_permission(bench):
    bench.write("activity.csv", ACTIVITY).chmod(0)
    assert bench.errors(bench.load(activity="activity.csv")) == [("RP002", "activity.csv", None, None, 1)]


def test_another_type_of_file(bench):
    assert bench.errors(bench.activity(b"PK\x03\x04", name="activity.xlsx")) == [("RP003", "activity.xlsx", None, None, 1)]


def test_a_pipe_is_not_waited_for(bench):
    os.mkfifo(bench.folder / "activity.csv")
    assert bench.errors(bench.load(activity="activity.csv")) == [("RP002", "activity.csv", None, None, 1)]


def test_parquet(bench):
    columns = {
        "service": ["A", "A"],
        "activity": ["B", "B"],
        "period": ["2016-17 Q1", "2016-17 Q2"],
        "volume": [1.5, float("nan")],
        "unit_cost": [1, 2],
    }
    pq.write_table(pa.table(columns), bench.folder / "activity.parquet")
    assert bench.errors(bench.load(activity="activity.parquet")) == [("RP020", "activity.parquet", 2, "volume", 1)]


def test_a_parquet_file_that_is_none(bench):
    assert bench.errors(bench.activity("service,activity", name="activity.parquet")) == [("RP008", "activity.parquet", None, None, 1)]


def test_two_files_of_which_one_has_an_error(bench):
    bench.write("a_1.csv", ACTIVITY)
    bench.write("a_2.csv", HEAD + "Day care,Day,2016-17 Q1,1,1\nDay care,Day,2016-17 Q2,x,1\n")
    loaded = bench.load(activity="a_*.csv")
    assert bench.errors(loaded) == [("RP021", "a_2.csv", 3, "volume", 1)]
    assert [file.path for file in loaded.files] == ["a_1.csv", "a_2.csv"]


def test_a_file_named_by_two_patterns_is_read_once(bench):
    bench.write("data/a_1.csv", ACTIVITY)
    loaded = bench.load(activity=["data/a_1.csv", "data/*.csv", "data/../data/a_1.csv"])
    assert loaded.findings == ()
    assert [file.path for file in loaded.files] == ["data/a_1.csv"]


def test_the_same_file_under_two_names(bench):
    bench.write("a_1.csv", ACTIVITY)
    bench.write("a_2.csv", ACTIVITY)
    loaded = bench.load(activity="a_*.csv")
    assert bench.errors(loaded)[0] == ("RP019", "a_2.csv", None, None, 1)


def test_a_name_that_looks_like_a_pattern(bench):
    bench.write("activity [1].csv", ACTIVITY)
    bench.write("activity 1.csv", "nonsense")
    assert bench.load(activity="activity [1].csv").findings == ()


def test_a_name_with_quotation_marks(bench):
    bench.write('o\'brien "x".csv', ACTIVITY)
    study = bench.study({"activity": "placeholder.csv"})
    source = study.tables["activity"].model_copy(update={"path": ('o\'brien "x".csv',)})
    study = study.model_copy(update={"tables": {"activity": source}}).located(bench.folder)
    with connection() as con:
        assert load_tables(con, study).findings == ()


def test_column_names_of_the_file(bench):
    loaded = bench.activity(ACTIVITY.replace("volume", "Number of visits"), columns={"volume": '"Number of visits"'.strip('"')})
    assert loaded.findings == ()
    loaded = bench.activity(ACTIVITY, columns={"volume": "Visits", "volum": "x"})
    assert bench.errors(loaded) == [("RP010", "activity.csv", 1, "volume", 1), ("RP018", "relprod.toml", None, "volum", 1)]


def test_a_file_that_changes_while_it_is_read(bench, monkeypatch):
    monkeypatch.setattr(reader, "stamp_of", lambda _path: (0, 0))
    assert bench.errors(bench.activity(ACTIVITY)) == [("RP016", "activity.csv", None, None, 1)]


def test_nothing_private_is_left_behind(bench, monkeypatch, tmp_path_factory):
    private = tmp_path_factory.mktemp("private")
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    bench.activity(ACTIVITY.encode("utf-16"), encoding="utf-16")
    assert list(private.iterdir()) == []


def test_a_long_cell_does_not_lose_the_lines(bench):
    text = HEAD + f'"{"x" * 200_000}\ny",Visit,2016-17 Q1,1,1\nA,B,2016-17 Q1,x,1\n'
    assert bench.errors(bench.activity(text)) == [("RP021", "activity.csv", 4, "volume", 1)]
