"""Table Schema to Pandera: what every record of a table must satisfy, each check carrying the code of its rule.

A frame comes in with three columns for each column ``x`` of the table: the value, ``x:how`` and ``x:raw``
(see `relprod.tables.screens`). Checks on ``x:how`` speak of cells that could not be read, checks on ``x`` of
values, checks on the frame of cells that disagree. A check's name is ``code|column|variant``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pandera.pandas as pa_pandas
import pyarrow as pa

from relprod.tables.arrow_types import arrow_type
from relprod.tables.cells import How, how_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from relprod.tables.schema import Column, TableSchema

Test = tuple[str, "Callable[[pd.Series], pd.Series]"]
_EXAMPLES_KEPT = 5
_UNREADABLE_CODES = {
    "exact": "RP021",
    "float": "RP021",
    "choice": "RP024",
    "boolean": "RP025",
    "datetime": "RP026",
    "period": "RP030",
    "period-or-year": "RP030",
}


def value_schema(schema: TableSchema, present: frozenset[str]) -> pa_pandas.DataFrameSchema:
    """Return the Pandera schema of rows whose every cell was read as it was written: limits, and cells beside one another.

    It has those columns alone of which there is something to check, with their types; the others have theirs from having been read.
    """
    every = {name: list(_value_checks(schema.column(name))) for name in sorted(present)}
    beside = {other for name in present for other in (schema.column(name).at_most, schema.column(name).not_before) if other in present}
    beside |= {name for name in present if {schema.column(name).at_most, schema.column(name).not_before} & present}
    columns = {
        name: pa_pandas.Column(pd.ArrowDtype(arrow_type(schema.column(name))), nullable=True, checks=checks)
        for name, checks in every.items()
        if checks or name in beside
    }
    return pa_pandas.DataFrameSchema(columns, checks=list(_frame_checks(schema, present)))


def check_name(code: str, column: str, variant: str = "") -> str:
    """Return the name of a check, from which `relprod.tables.validation` reads what it was about."""
    return f"{code}|{column}|{variant}"


def pandera_schema(schema: TableSchema, present: frozenset[str]) -> pa_pandas.DataFrameSchema:
    """Return the Pandera schema of a table; `present` names the columns that the file has.

    A column that is not there is not checked for empty cells: that it is missing is said once.
    """
    columns: dict[str, pa_pandas.Column] = {}
    for column in schema.columns:
        if column.name in present:
            columns[column.name] = pa_pandas.Column(pd.ArrowDtype(arrow_type(column)), nullable=True, checks=list(_value_checks(column)))
            columns[how_name(column.name)] = pa_pandas.Column(pd.ArrowDtype(pa.int8()), checks=list(_how_checks(column)))
    return pa_pandas.DataFrameSchema(columns, checks=list(_frame_checks(schema, present)))


def _check(code: str, column: str, holds: Callable[..., pd.Series], variant: str = "") -> pa_pandas.Check:
    """Return a check that keeps few failure cases: the mask of what failed is what is read afterwards."""
    return pa_pandas.Check(holds, name=check_name(code, column, variant), error=code, ignore_na=False, n_failure_cases=_EXAMPLES_KEPT)


def _differs(code: How) -> Callable[[pd.Series], pd.Series]:
    return lambda how: how != int(code)


def _none_of(*codes: How) -> Callable[[pd.Series], pd.Series]:
    return lambda how: ~how.isin([int(code) for code in codes])


def _how_checks(column: Column) -> Iterator[pa_pandas.Check]:
    """Yield the checks on how the cells of a column were read."""
    name = column.name
    if column.must_be_filled:
        yield _check("RP020", name, _differs(How.BLANK))
    if column.kind in _UNREADABLE_CODES:
        yield _check(_UNREADABLE_CODES[column.kind], name, _differs(How.UNREADABLE))
    if column.is_number:
        yield _check("RP022", name, _none_of(How.FORMATTED, How.FORMATTED_AND_ROUNDED))
        yield _check("RP023", name, _none_of(How.ROUNDED, How.FORMATTED_AND_ROUNDED))
        yield _check("RP027", name, _differs(How.TOO_LARGE))
    elif column.kind in {"text", "identifier", "service"}:
        yield _check("RP028", name, _differs(How.SPREADSHEET_NUMBER))
        yield _check("RP029", name, _differs(How.SPREADSHEET_ERROR))
    if column.is_period:
        yield _check("RP031", name, _differs(How.OTHER_CALENDAR))
        yield _check("RP032", name, _differs(How.OTHER_FREQUENCY))
    if column.kind == "service":
        yield _check("RP035", name, _differs(How.BROKEN_PATH))


def _holds_or_empty(holds: Callable[[pd.Series], pd.Series]) -> Callable[[pd.Series], pd.Series]:
    """Return the same test, passed where a value is NULL (which other checks speak of)."""
    return lambda values: holds(values).fillna(True)  # noqa: FBT003 - pandas takes the value by position


def _value_checks(column: Column) -> Iterator[pa_pandas.Check]:
    """Yield the checks on the values of a column of numbers; a negative number has a rule of its own."""
    if not column.is_number:
        return
    name, low, high, above = column.name, column.minimum, column.maximum, column.exclusive_minimum
    if low == 0 and high is None:
        yield _check("RP033", name, _holds_or_empty(lambda values: values >= 0))
        return
    if low is not None:
        yield _check("RP034", name, _holds_or_empty(lambda values: values >= low))
    if high is not None:
        yield _check("RP034", name, _holds_or_empty(lambda values: values <= high))
    if above is not None:
        yield _check("RP034", name, _holds_or_empty(lambda values: values > above))


def limits_in_words(column: Column, variant: str = "") -> str:
    """Return what the values of a column must be, for RP034: "from 0 to 1", "greater than 0"."""
    if variant == "lower-share":
        return "from 0 to less than 1 where the direction is 'lower-share'"
    if column.minimum is not None and column.maximum is not None:
        return f"from {column.minimum} to {column.maximum}"
    return "greater than 0"


def _frame_checks(schema: TableSchema, present: frozenset[str]) -> Iterator[pa_pandas.Check]:
    """Yield the checks on cells of one row beside one another."""
    yield from _pair_checks(schema, present)
    for column in schema.columns:
        if column.at_most in present and column.name in present:
            yield _check("RP038", column.name, _ordered(column.name, str(column.at_most)))
        if column.not_before in present and column.name in present:
            yield _check("RP037", column.name, _ordered(str(column.not_before), column.name))
    if schema.name == "activity" and "volume" in present:
        for name in sorted(present & {"unit_cost", "cost"}):
            yield _check("RP039", name, _cost_where_volume(name))
    if schema.name == "quality" and present >= {"value", "direction"}:
        yield _check("RP034", "value", _share_below_one, "lower-share")
        yield _check("RP034", "value", _positive_unless_share, "positive")


def _pair_checks(schema: TableSchema, present: frozenset[str]) -> Iterator[pa_pandas.Check]:
    """Yield the checks on two columns of which at most, or exactly, one is filled in."""
    for pair in (schema.at_most_one_of, schema.exactly_one_of):
        if pair and present.issuperset(pair):
            yield _check("RP036", pair[0], _not_both(*pair), "both")
    if schema.exactly_one_of:
        given = [name for name in schema.exactly_one_of if name in present]
        yield _check("RP036", schema.exactly_one_of[0], _any_filled(given), "neither")


def _not_both(first: str, second: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda frame: (frame[how_name(first)] == int(How.BLANK)) | (frame[how_name(second)] == int(How.BLANK))


def _any_filled(names: list[str]) -> Callable[[pd.DataFrame], pd.Series]:
    def holds(frame: pd.DataFrame) -> pd.Series:
        filled = pd.Series(False, index=frame.index)  # noqa: FBT003 - pandas takes the value by position
        for name in names:
            filled |= frame[how_name(name)] != int(How.BLANK)
        return filled

    return holds


def _ordered(lower: str, upper: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda frame: (frame[lower] <= frame[upper]).fillna(True)  # noqa: FBT003 - pandas takes the value by position


def _cost_where_volume(cost: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda frame: ((frame[cost] != 0) | (frame["volume"] <= 0)).fillna(True)  # noqa: FBT003 - pandas takes the value by position


def _share_below_one(frame: pd.DataFrame) -> pd.Series:
    inside = (frame["value"] >= 0) & (frame["value"] < 1)
    return (inside | (frame["direction"] != "lower-share")).fillna(True)  # noqa: FBT003 - pandas takes the value by position


def _positive_unless_share(frame: pd.DataFrame) -> pd.Series:
    return ((frame["value"] > 0) | (frame["direction"] == "lower-share")).fillna(True)  # noqa: FBT003 - pandas takes the value by position
