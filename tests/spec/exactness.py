"""Page: exactness."""

from __future__ import annotations

from .example import Example

title = "Exactness"

text = """
The same figures in give the same figures out, to the last bit: whatever the order of rows, the number of files, the number of
processors or their kind.

That is not a matter of course. A computer keeps a number to about sixteen digits, and rounds after every addition, so that a long sum
depends on the order in which it is
taken. relprod takes two precautions:

- Money and counts are added up exactly, as decimals and whole numbers, before anything becomes a rounded number.
- Wherever rounded numbers are added up, the result is the exact sum rounded once (what Python's `math.fsum` gives). It depends on the
  numbers alone.

Figures are printed rounded, and kept unrounded. So a total may differ from the sum of what is printed by one in the last place, and
never by more than rounding explains.
"""

examples = [
    Example(
        "Ten times ten pence",
        """
        Added one after another, ten times 0.1 is 0.9999999999999999, because 0.1 cannot be kept exactly and each addition rounds.
        Rounded once, it is 1.0.
        """,
        given={"numbers": "number\n" + "\n".join(["0.1"] * 10)},
        expected={"sum": "sum\n1.0"},
    ),
    Example(
        "A small number between two large ones",
        """
        Added in this order, 1 is lost: 10000000000000000 + 1 is rounded to 10000000000000000. The exact sum is 1.
        """,
        given={"numbers": "number\n10000000000000000\n1\n-10000000000000000"},
        expected={"sum": "sum\n1.0"},
    ),
    Example(
        "In another order",
        "The same numbers in another order have the same sum.",
        given={"numbers": "number\n1\n10000000000000000\n-10000000000000000"},
        expected={"sum": "sum\n1.0"},
    ),
    Example(
        "Rows in another order",
        """
        The rows of an account in another order are the same account. 0.75 x 1.2 + 0.25 x 1.5 = 1.275, from the last row up.
        """,
        given={
            "items": """
            item   | period | volume | value
            calls  | 2002   | 30     | 40
            visits | 2002   | 12     | 60
            calls  | 2001   | 20     | 25
            visits | 2001   | 10     | 75
            """
        },
        settings={"link": "previous-period"},
        expected={
            "index": """
            period | index
            2001   | 100.0
            2002   | 127.5
            """
        },
    ),
]
