r"""Table Schema to SQL: the one SELECT through which every cell goes, whatever file it came from.

Cells arrive as text. A cell is cast only when its whole text has passed a lexical pattern, because casts are
generous (``'1_000'`` and ``'inf'`` pass). Each column ``x`` leaves as three: ``x`` (the value, or NULL), ``x:how``
(a `How`) and ``x:raw`` (the text, kept only where it was not read as it is). Columns of words (services, periods,
choices …) leave as the text that they are: they have few distinct values, which `relprod.tables.words` reads.

Decimals beyond those kept are rounded half away from zero, as the engine and as accountants do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from relprod.tables.cells import EMPTY_ROW, SPREADSHEET_ERROR, SPREADSHEET_NUMBER, WHITE_SPACE, How, how_name, raw_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from relprod.tables.schema import Column, TableSchema

_LARGEST_EXPONENT = 80
_WHITE = f"'{WHITE_SPACE}'"
_CURRENCY = "[£$€]"
_SIGN = "[+\u2212-]"
_EXPONENT = "([eE][+-]?[0-9]+)?"
_DIGITS = rf"([0-9]+\.?[0-9]*|\.[0-9]+){_EXPONENT}"
_GROUPED = r"[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?"  # not 0,123, which is a decimal comma
_BODY = f"({_DIGITS}|{_GROUPED})"
PLAIN = f"[+-]?{_DIGITS}"
FORMATTED = (
    f"({_SIGN} ?{_CURRENCY}? ?|{_CURRENCY} ?{_SIGN}? ?)?{_BODY}"
    rf"|\( ?{_CURRENCY}? ?{_BODY} ?\)"
    rf"|{_CURRENCY} ?\( ?{_BODY} ?\)"
)
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?"
_ZONE = "( ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?"
ISO = f"{_DATE}([T ]{_TIME}{_ZONE})?"


def name_in_sql(name: str) -> str:
    """Return a name in SQL's quotation marks."""
    return '"' + name.replace('"', '""') + '"'


def text_in_sql(text: str) -> str:
    """Return a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


class Select(Protocol):
    """Writes the SELECT through which the cells of a table go; see `screened` for what it is given."""

    def __call__(
        self, schema: TableSchema, texts: Mapping[str, str], *, source: str, every: Sequence[str], date_formats: Mapping[str, str | None]
    ) -> str:
        """Return the SELECT."""


def screened(
    schema: TableSchema, texts: Mapping[str, str], *, source: str, every: Sequence[str], date_formats: Mapping[str, str | None]
) -> str:
    """Return the SELECT that reads a table.

    `texts` gives for each column that the file has the SQL that yields its text; the columns that it does not have
    are left out. `source` is what stands after FROM, `every` all columns of the source (a row in which all are
    NULL is marked ``row:empty``), and `date_formats` how dates are written (None for ISO 8601).
    """
    columns = [column for column in schema.columns if column.name in texts]
    texts_sql = [f"{texts[column.name]} AS {name_in_sql(column.name)}" for column in columns]
    empty = f"coalesce({', '.join(every)}, NULL) IS NULL AS {name_in_sql(EMPTY_ROW)}"
    middle = [part for column in columns for part in _prepared(column, date_formats.get(column.name))]
    last = [part for column in columns for part in _typed(column)]
    marker = name_in_sql(EMPTY_ROW)
    return (
        f"SELECT {', '.join([*last, marker])}\n"
        f"FROM (SELECT {', '.join([*middle, marker])}\n"
        f"FROM (SELECT {', '.join([*texts_sql, empty])}\nFROM {source}))"
    )


def _prepared(column: Column, date_format: str | None) -> list[str]:
    """Return the SQL of the middle step: the raw text, and the text or date to be typed."""
    name = name_in_sql(column.name)
    raw, ready, plain = (name_in_sql(f"{column.name}:{part}") for part in ("raw", "ready", "plain"))
    if column.is_word:
        return [name]
    trimmed = f"nullif(trim({name}, {_WHITE}), '')"
    if column.is_number:
        is_plain = f"regexp_full_match({name}, {text_in_sql(PLAIN)})"
        as_plain, from_formatted = name, _unformatted(trimmed)
        if column.kind == "exact":
            as_plain, from_formatted = _without_exponent(as_plain), _without_exponent(from_formatted)
        is_formatted = f"regexp_full_match({trimmed}, {text_in_sql(FORMATTED)})"
        return [
            f"CASE WHEN {trimmed} IS NOT NULL THEN {name} END AS {raw}",
            f"{is_plain} AS {plain}",
            f"CASE WHEN {is_plain} THEN {as_plain} WHEN {is_formatted} THEN {from_formatted} END AS {ready}",
        ]
    if column.kind == "datetime":
        return [f"{trimmed} AS {raw}", f"{_moment(trimmed, date_format)} AS {ready}"]
    return [f"{trimmed} AS {raw}"]


def _unformatted(text: str) -> str:
    """Return the SQL that turns a number written for people into a plain one; brackets mean minus."""
    digits = f"replace(regexp_replace({text}, '[£$€,() +]', '', 'g'), '\u2212', '-')"
    return f"CASE WHEN contains({text}, '(') THEN concat('-', {digits}) ELSE {digits} END"


def _moment(text: str, date_format: str | None) -> str:
    """Return the SQL that reads a date or a date and time; a zone is dropped, so that the wall clock stays as written."""
    if date_format is not None:
        return f"try_strptime({text}, {text_in_sql(date_format)})"
    stamp = rf"replace(regexp_extract({text}, '^({_DATE}([T ][0-9:]+(\.[0-9]{{1,6}})?)?)', 1), 'T', ' ')"
    return f"CASE WHEN regexp_full_match({text}, {text_in_sql(ISO)}) THEN TRY_CAST({stamp} AS TIMESTAMP) END"


def _typed(column: Column) -> list[str]:
    """Return the SQL of the last step: value, how and raw of one column."""
    raw = name_in_sql(raw_name(column.name))
    if column.is_word:
        return [name_in_sql(column.name)]
    if column.is_number:
        value, how = _number(column)
    elif column.kind == "datetime":
        value, how = _date(column)
    else:
        how = (
            f"CASE WHEN {raw} IS NULL THEN {How.BLANK:d} "
            f"WHEN regexp_full_match({raw}, {text_in_sql(SPREADSHEET_NUMBER)}) THEN {How.SPREADSHEET_NUMBER:d} "
            f"WHEN regexp_full_match({raw}, {text_in_sql(SPREADSHEET_ERROR)}) THEN {How.SPREADSHEET_ERROR:d} ELSE {How.AS_IT_IS:d} END"
        )
        value = raw
    how = f"CAST({how} AS TINYINT)"
    return [
        f"{value} AS {name_in_sql(column.name)}",
        f"{how} AS {name_in_sql(how_name(column.name))}",
        f"CASE WHEN {how} > {How.AS_IT_IS:d} THEN {raw} END AS {raw}",
    ]


def _number(column: Column) -> tuple[str, str]:
    """Return the SQL of value and how of a number; a double is too large when it is not finite."""
    raw, ready, plain = (name_in_sql(f"{column.name}:{part}") for part in ("raw", "ready", "plain"))
    if column.kind == "exact":
        value = f"TRY_CAST({ready} AS DECIMAL({column.precision},{column.scale}))"
        rounded = rf"regexp_matches({ready}, '\.[0-9]{{{column.scale}}}[0-9]*[1-9]')"
    else:
        double = f"TRY_CAST({ready} AS DOUBLE)"
        value, rounded = f"CASE WHEN isfinite({double}) THEN {double} END", "false"
    how = (
        f"CASE WHEN {raw} IS NULL THEN {How.BLANK:d} WHEN {ready} IS NULL THEN {How.UNREADABLE:d} "
        f"WHEN ({value}) IS NULL THEN {How.TOO_LARGE:d} "
        f"WHEN {rounded} THEN CASE WHEN {plain} THEN {How.ROUNDED:d} ELSE {How.FORMATTED_AND_ROUNDED:d} END "
        f"WHEN {plain} THEN {How.AS_IT_IS:d} ELSE {How.FORMATTED:d} END"
    )
    return value, how


def _without_exponent(number: str) -> str:
    """Return the SQL that writes a plain number without its exponent, by moving the point.

    DuckDB's own cast of ``1e16`` to a decimal does not notice that it is too large. Exponents are capped where every
    number is too large, or rounds to zero, whatever its digits.
    """
    mantissa = f"regexp_extract({number}, '^[+-]?([0-9.]*)', 1)"
    digits = f"replace({mantissa}, '.', '')"
    written = f"regexp_extract({number}, '[eE]([+-]?[0-9]+)', 1)"
    cap = f"CASE WHEN contains({written}, '-') THEN -{_LARGEST_EXPONENT} ELSE {_LARGEST_EXPONENT} END"
    power = f"greatest(-{_LARGEST_EXPONENT}, least({_LARGEST_EXPONENT}, coalesce(TRY_CAST({written} AS INTEGER), {cap})))"
    point = f"(length(regexp_extract({mantissa}, '^[0-9]*')) + {power})"
    moved = (
        f"CASE WHEN {point} <= 0 THEN concat('0.', repeat('0', -{point}), {digits}) "
        f"WHEN {point} >= length({digits}) THEN concat({digits}, repeat('0', {point} - length({digits}))) "
        f"ELSE concat(left({digits}, {point}), '.', substr({digits}, {point} + 1)) END"
    )
    return f"CASE WHEN regexp_matches({number}, '[eE]') THEN concat(regexp_extract({number}, '^-'), {moved}) ELSE {number} END"


def _date(column: Column) -> tuple[str, str]:
    """Return the SQL of value and how of a date, which must lie within the limits of its column."""
    raw, ready = name_in_sql(raw_name(column.name)), name_in_sql(f"{column.name}:ready")
    value = ready
    if column.minimum is not None and column.maximum is not None:
        value = f"CASE WHEN CAST({ready} AS DATE) BETWEEN DATE '{column.minimum}' AND DATE '{column.maximum}' THEN {ready} END"
    how = f"CASE WHEN {raw} IS NULL THEN {How.BLANK:d} WHEN ({value}) IS NULL THEN {How.UNREADABLE:d} ELSE {How.AS_IT_IS:d} END"
    return value, how
