"""Why a text is not a number, and what to do about it."""

from __future__ import annotations

import re

ADVICE = {
    "percent": "Write a share as a number: 0.12 and not 12%.",
    "decimal comma": "Write a point for the decimals and no point for the thousands: 1234.50.",
    "missing": "Leave the cell empty where there is no number, if the column allows that.",
    "spreadsheet": "It is the error of a spreadsheet formula: correct the formula and save the table again.",
    "unit": "Write the number alone; the unit belongs in the name of the column.",
    "infinite": "A number must be finite. Leave the cell empty where it is not known.",
    "letters": "Write a plain number such as 1234.5.",
    "other": "Write a plain number such as 1234.5, with a point for the decimals.",
}

_PATTERNS = (
    ("spreadsheet", re.compile(r"#.*|Err:.*", re.IGNORECASE)),
    ("percent", re.compile(r".*\d\s*%")),
    ("missing", re.compile(r"n/?a|none|null|nil|nan|missing|unknown|not (known|available|applicable)|tbc|[-.*:x]+|\.\.", re.IGNORECASE)),
    ("infinite", re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)),
    ("decimal comma", re.compile(r"[£$€ ]*[+-]?(\d{1,3}(\.\d{3})+|\d+),\d*[ €]*")),
    ("unit", re.compile(r"[£$€ ]*[+-]?[\d.,]+\s*[^\W\d_][\w ./]*")),
    ("letters", re.compile(r".*[^\W\d_].*", re.DOTALL)),
)


def what_is_wrong(text: str) -> str:
    """Return in one word why a text is not a number: a key of `ADVICE`."""
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(text.strip())), "other")
