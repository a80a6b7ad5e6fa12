"""From ``relprod.toml`` to a `Study`, with errors in the words of the person who wrote the file."""

from __future__ import annotations

import difflib
import itertools
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from relprod.errors import StudyError
from relprod.shown import visible
from relprod.study.columns import columns_of
from relprod.study.model import TABLE_NAMES, Study, models_in
from relprod.study.parameters import parameter_names
from relprod.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

FILE_NAME = "relprod.toml"

_LARGEST = 1_000_000
"""Bytes of a study file. The largest of the examples has six thousand."""
_DEEP = re.compile(r"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){50}")
"""A key of more than fifty parts, which takes memory by the square of them; none of ours has more than three."""
_PROBLEMS_SHOWN = 20
_KEY_WITHIN = 200
"""Characters at the beginning of a line in which its key is looked for."""


def load_study(path: str | Path = ".") -> Study:
    """Return the study in a ``relprod.toml`` or in the folder that holds one.

    Raises:
        StudyError: there is no such file, or something in it is wrong. All that is wrong is said at once.

    """
    given = Path(path)
    file = given / FILE_NAME if given.is_dir() else given
    try:
        text = _content(file).decode("utf-8-sig")
    except FileNotFoundError:
        message = f"There is no study file at '{file}'. A study is a file named {FILE_NAME}; 'relprod init DIR' makes one that runs."
        raise StudyError(message) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = f"{file.name}:{line}: the study file is not UTF-8 text. Save it again with the encoding UTF-8."
        raise StudyError(message) from None
    except OSError as error:
        message = f"The study file '{file}' cannot be read: {error.strerror}."
        raise StudyError(message) from None
    return parse_study(text, folder=file.parent, file=file.name)


def parse_study(text: str, *, folder: Path, file: str = FILE_NAME) -> Study:
    """Return the study that a TOML text states; `folder` is what its paths are relative to.

    Raises:
        StudyError: the text is not TOML, or states no valid study.

    """
    data = _parsed(text, file)
    study: Study | None = None
    errors: list[ErrorDetails] = []
    try:
        study = Study.model_validate(data, by_alias=True, strict=True)
    except ValidationError as error:
        errors = error.errors()
    problems = list(itertools.islice(_problems(data, errors), _PROBLEMS_SHOWN + 1))
    if problems or study is None:
        lines = [f"{file}:{_line_of(text, where)}: {_dotted(where)}{what}" for where, what in problems[:_PROBLEMS_SHOWN]]
        more = [f"{file}: and more like these; correct these first."] if len(problems) > _PROBLEMS_SHOWN else []
        raise StudyError("\n".join([*lines, *more]))
    return study.located(folder, file)


def _content(file: Path) -> bytes:
    """Return the bytes of a study file, of which there cannot be many."""
    with file.open("rb") as opened:
        content = opened.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        message = f"'{file}' is larger than any study file ({_LARGEST:,} bytes). Is it the right file? Data belong in tables beside it."
        raise StudyError(message)
    return content


def _parsed(text: str, file: str) -> dict[str, Any]:
    """Return what a TOML text states."""
    too_deep = f"{file}: the study file is nested deeper than any study. Look for brackets or points that are repeated."
    if _DEEP.search(text):
        raise StudyError(too_deep)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = ' Text needs quotation marks: title = "My study".' if "Invalid value" in str(error) else ""
        message = f"{file}: the study file is not valid TOML: {visible(str(error))}.{hint}"
    except RecursionError:
        message = too_deep
    except ValueError:  # Python reads no whole number of more than some thousand digits
        message = f"{file}: the study file holds a number with more digits than any number that is meant. Correct it."
    raise StudyError(message)


def _problems(data: dict[str, Any], errors: list[ErrorDetails]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield where something is wrong with a study, and what: first what we say better than pydantic, then what it says."""
    better = list(itertools.islice(_unknown_assumptions(data), _PROBLEMS_SHOWN + 1))
    yield from itertools.chain(_unknown_tables(data), better)
    yield from (_placed(each) for each in errors if not _already_said(each, better))


def _placed(error: ErrorDetails) -> tuple[tuple[str, ...], str]:
    """Return where an error is and what it says; one about a section as a whole that begins with a key is at that key."""
    where, sentence = tuple(str(part) for part in error["loc"]), _sentence(error)
    key, colon, rest = sentence.partition(": ")
    if error["type"] == "value_error" and colon and key in getattr(_model_at((*where, key)), "model_fields", {}):
        return (*where, key), rest
    return where, sentence


def _dotted(where: tuple[str, ...]) -> str:
    """Return the key as it is written in TOML, followed by a colon, or nothing for the file as a whole."""
    if where[1:] and where[1].isdigit():
        return visible(f"[[{where[0]}]] entry {int(where[1]) + 1}, {'.'.join(where[2:])}: ".replace(", : ", ": "))
    return visible(f"[{where[0]}] {'.'.join(where[1:])}: ".replace("] : ", "]: ")) if where else ""


def _already_said(error: ErrorDetails, better: Iterable[tuple[tuple[str, ...], str]]) -> bool:
    """Return whether this was said better, of an assumption that names no parameter."""
    where = tuple(str(part) for part in error["loc"])
    return any(where[: len(said)] == said for said, _ in better)


def _unknown_tables(data: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    tables = data.get("tables")
    for name in tables if isinstance(tables, dict) else ():
        if name not in TABLE_NAMES:
            yield ("tables", name), f"there is no table of this name{did_you_mean(name, TABLE_NAMES)}"


def _unknown_assumptions(data: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    assumptions = data.get("assumptions")
    known = parameter_names()
    for name, entry in assumptions.items() if isinstance(assumptions, dict) else ():
        if name not in known and not _names_a_data_parameter(name):
            yield ("assumptions", name), _what_is_wrong_with_assumption(name, entry, known)


def _what_is_wrong_with_assumption(name: str, entry: object, known: tuple[str, ...]) -> str:
    """Return what to do about an assumption that names no parameter: mostly its quotation marks are missing."""
    if isinstance(entry, dict):
        inside = next((f"{name}.{key}" for key, value in entry.items() if isinstance(value, dict)), None)
        if inside is not None:
            return f'the name of a parameter needs quotation marks, because it holds a point: write [assumptions."{inside}"]'
    return f"no parameter has this name{did_you_mean(name, known)}"


def _names_a_data_parameter(name: str) -> bool:
    """Return whether an assumption documents a whole column of a table, which is where a parameter can also live."""
    table, _, column = name.partition(".")
    return table in TABLE_NAMES and column in columns_of(table)


def _model_at(where: tuple[int | str, ...]) -> type[BaseModel] | None:
    """Return the section model that the last key of `where` belongs to."""
    model: type[BaseModel] | None = Study
    for key in where[:-1]:
        field = model.model_fields.get(str(key)) if model is not None else None
        inside = next(iter(models_in(field)), None) if field is not None else None
        model = inside or model
    return model


_A_DATE = "should be a date, without quotation marks, such as 2025-04-30"
_A_SECTION = "should be a section of its own: a line [{section}], and its keys below"
_WRITTEN_SO = {
    "tables": "should be a path in quotation marks, or a list of them",
    "exclusions": 'should be conditions in braces, such as { area = "E01", closed = { missing = true } }',
}
_PLAINLY = {
    "missing": "is required and is not there",
    "too_short": "needs at least one entry",
    "string_too_short": "is empty: write something between the quotation marks",
    "string_type": "should be text, in quotation marks",
    "date_type": _A_DATE,
    "date_parsing": _A_DATE,
    "date_from_datetime_parsing": _A_DATE,
    "model_type": _A_SECTION,
    "dict_type": _A_SECTION,
    "model_attributes_type": _A_SECTION,
}


def _sentence(error: ErrorDetails) -> str:
    """Return what is wrong and what to do, for one of pydantic's errors."""
    kind, context, value = error["type"], error.get("ctx", {}), error.get("input")
    if kind == "extra_forbidden":
        model = _model_at(error["loc"])
        return f"there is no such key{did_you_mean(str(error['loc'][-1]), model.model_fields if model else ())}"
    if kind in {"model_type", "dict_type", "model_attributes_type"} and error["loc"][0] in _WRITTEN_SO:
        return _WRITTEN_SO[str(error["loc"][0])]
    if kind in _PLAINLY:
        return _PLAINLY[kind].format(section=".".join(str(part) for part in error["loc"]))
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return f"'{visible(str(value))}' is not allowed{did_you_mean(str(value), options)}" + (
            f" Allowed: {', '.join(options)}." if difflib.get_close_matches(str(value).lower(), options, n=1) else ""
        )
    if kind == "value_error":
        return str(context.get("error", error["msg"]))
    text = error["msg"].removeprefix("Input should be ")
    return f"should be {text}" if text != error["msg"] else error["msg"]


def _line_of(text: str, where: tuple[str, ...]) -> int:
    """Return the line on which a key, or else its section, is written; 1 where neither is found."""
    best, section = 1, ""
    entries: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line[:_KEY_WITHIN].strip()
        if header := re.fullmatch(r"\[+\s*(.+?)\s*\]+\s*(#.*)?", stripped):
            section = re.sub(r"[\"'\s]", "", header[1])
            first, point, rest = section.partition(".")
            entries[section] += stripped.startswith("[[")
            if entries[first]:
                section = f"{first}.{entries[first] - 1}{point}{rest}"
            wanted = ".".join(where)
            if where and (section == ".".join(where[: section.count(".") + 1]) or f"{section}.".startswith(f"{wanted}.")):
                best = number
            continue
        key = re.match(r"([\w.\"' -]+?)\s*=", stripped)
        if key is None or not where:
            continue
        full = ".".join(part for part in (section, re.sub(r"[\"']", "", key[1])) if part)
        if ".".join(where) == full or ".".join(where).startswith(f"{full}."):
            best = number
    return best
