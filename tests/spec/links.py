"""Page: links and chains."""

from __future__ import annotations

from .example import Example

title = "Links"

text = """
An index compares a period with a **base**. What the base is, and how the comparisons are put together over the years, is the **link**.

| link                | each period is compared with                                | and the result is multiplied by the index of |
| ------------------- | ----------------------------------------------------------- | --------------------------------------------- |
| annual-overlap      | the average of the year before                              | the year before, on average                   |
| previous-period     | the period before                                           | the period before                             |
| over-the-year       | the same quarter of the year before                         | that quarter                                  |
| one-quarter-overlap | the last quarter of the year before                         | that quarter                                  |
| fixed               | the reference                                               | nothing                                       |

Annual overlap is the default. It compares with a whole year, so that a season is never compared with another season. With Laspeyres,
and every activity there in every quarter, the average of a year's four quarters is exactly what the account by year says. In the first
year there is no year before, and the base is that year itself. For an account by year, all but `fixed` are the same.

The average of a year is taken for each activity over the quarters in which it takes part.

Over-the-year and one-quarter-overlap value the base quarter at the average unit costs of its year.

An activity takes part in a link only when it has a volume and a cost in the base and in the period. What is left out is never silent:
each link says what share of the base's cost is matched, and which items are new and which are gone.
"""

QUARTERS = """
item   | period  | volume | value
visits | 2001 Q1 | 8      | 30
visits | 2001 Q2 | 10     | 30
visits | 2001 Q3 | 10     | 30
visits | 2001 Q4 | 12     | 30
visits | 2002 Q1 | 11     | 33
calls  | 2001 Q1 | 20     | 20
calls  | 2001 Q2 | 20     | 20
calls  | 2001 Q3 | 20     | 20
calls  | 2001 Q4 | 20     | 20
calls  | 2002 Q1 | 25     | 25
"""


def by_quarter(link: str, name: str, arithmetic: str, *expected: str) -> Example:
    """Return the example of one link, on the same five quarters."""
    labels = ("2001 Q1", "2001 Q2", "2001 Q3", "2001 Q4", "2002 Q1")
    rows = "\n".join(["period | index", *(f"{label} | {value}" for label, value in zip(labels, expected, strict=True))])
    reference = "2001 Q1" if link == "previous-period" else "2001"
    return Example(name, arithmetic, given={"items": QUARTERS}, settings={"link": link, "reference": reference}, expected={"index": rows})


examples = [
    by_quarter(
        "annual-overlap",
        "Annual overlap",
        """
        In 2001 there were 40 visits in four quarters, 10 on average, for a cost of 120; and 20 calls on average, for a cost of 80. The
        shares of the year's cost are 0.6 and 0.4. Every quarter of 2001, the first year, is compared with the average of 2001:

        - Q1: 0.6 x 8/10 + 0.4 x 20/20 = 0.48 + 0.40 = 0.88
        - Q2 and Q3: 0.6 x 10/10 + 0.4 x 20/20 = 1.00
        - Q4: 0.6 x 12/10 + 0.4 x 20/20 = 1.12

        Their average is (0.88 + 1.00 + 1.00 + 1.12) / 4 = 1, so the reference 2001 is 100. The first quarter of 2002 is compared with the
        same averages: 0.6 x 11/10 + 0.4 x 25/20 = 0.66 + 0.50 = 1.16, times the average index of 2001, which is 1.
        """,
        "88",
        "100",
        "100",
        "112",
        "116",
    ),
    by_quarter(
        "previous-period",
        "Previous period",
        """
        Visits cost 30 and calls 20 in each quarter of 2001: shares of 0.6 and 0.4.

        - Q2: 0.6 x 10/8 + 0.4 = 1.15, so 100 x 1.15 = 115
        - Q3: 1.00, so 115
        - Q4: 0.6 x 12/10 + 0.4 = 1.12, so 115 x 1.12 = 128.8
        - 2002 Q1: 0.6 x 11/12 + 0.4 x 25/20 = 0.55 + 0.50 = 1.05, so 128.8 x 1.05 = 135.24

        Compare 135.24 / 100 with annual overlap's 116 / 88 = 1.318. Each link is right, but a chain of quarters that rise and fall with
        the seasons drifts; that is why it is not the default.
        """,
        "100.00",
        "115.00",
        "115.00",
        "128.80",
        "135.24",
    ),
    by_quarter(
        "over-the-year",
        "Over the year",
        """
        The unit costs of 2001 are 120 / 40 = 3 a visit and 80 / 80 = 1 a call. At these, the first quarter of 2001 was worth 8 x 3 = 24 and
        20 x 1 = 20. So the first quarter of 2002 is

        (24 x 11/8 + 20 x 25/20) / (24 + 20) = (33 + 25) / 44 = 1.318182 times the first quarter of 2001: 88 x 1.318182 = 116.
        """,
        "88",
        "100",
        "100",
        "112",
        "116",
    ),
    by_quarter(
        "one-quarter-overlap",
        "One-quarter overlap",
        """
        At the same unit costs the last quarter of 2001 was worth 12 x 3 = 36 and 20 x 1 = 20. So the first quarter of 2002 is

        (36 x 11/12 + 20 x 25/20) / (36 + 20) = (33 + 25) / 56 = 1.035714 times the last quarter of 2001: 112 x 1.035714 = 116.

        In the first year that is linked, these three links agree. From the second on they differ.
        """,
        "88",
        "100",
        "100",
        "112",
        "116",
    ),
    by_quarter(
        "fixed",
        "Fixed",
        "Every quarter is compared with the reference: here the average of 2001, as in the first year of annual overlap.",
        "88",
        "100",
        "100",
        "112",
        "116",
    ),
    Example(
        "New and gone items",
        """
        In 2002 day centres close and a helpline opens. Only visits are there in both years, so the link is 11/10 = 1.10. They were 60 of a
        cost of 100 in 2001: the matched share is 60 %. relprod warns below 90 % and refuses an account below 50 %.

        In 2003 the helpline has a base, and counts: visits 66 and helpline 22 of a cost of 88, shares of 0.75 and 0.25. The link is
        0.75 x 11/11 + 0.25 x 6/5 = 0.75 + 0.30 = 1.05, and the index 110 x 1.05 = 115.5. That the helpline opened never counted as growth:
        what it was like before it was there cannot be known.
        """,
        given={
            "items": """
            item        | period | volume | value
            visits      | 2001   | 10     | 60
            day centres | 2001   | 5      | 40
            visits      | 2002   | 11     | 66
            helpline    | 2002   | 5      | 22
            visits      | 2003   | 11     | 66
            helpline    | 2003   | 6      | 27
            """
        },
        settings={"link": "annual-overlap"},
        expected={
            "index": """
            period | index | matched
            2001   | 100.0 | 100
            2002   | 110.0 | 60
            2003   | 115.5 | 100
            """,
            "links": """
            parent | period | matched | new      | gone
            Care   | 2002   | 60      | helpline | day centres
            Care   | 2003   | 100     | none     | none
            """,
        },
    ),
    Example(
        "A year that starts late, and one that is not over",
        """
        The data start in the third quarter of 2001. The average of 2001 is the average of the quarters there are, (10 + 30) / 2 = 20:
        the third quarter is 10/20 = 0.5 and the fourth 30/20 = 1.5. The first quarter of 2002, all that there is of that year, is
        40/20 = 2 times the average of 2001.

        A base of two quarters carries their season with it. relprod gives a warning for it.
        """,
        given={
            "items": """
            item   | period  | volume | value
            visits | 2001 Q3 | 10     | 10
            visits | 2001 Q4 | 30     | 30
            visits | 2002 Q1 | 40     | 40
            """
        },
        settings={"link": "annual-overlap", "reference": "2001"},
        expected={
            "index": """
            period  | index
            2001 Q3 | 50
            2001 Q4 | 150
            2002 Q1 | 200
            """
        },
    ),
    Example(
        "An item that starts within a year",
        """
        Calls are new in the third quarter of 2001 and are there for the rest of it. For 2001, its own base, visits have an average of 10 at
        a cost of 40, and calls, over the two quarters in which they are there, (20 + 20) / 2 = 20 at a cost of 40. Shares are 0.5
        and 0.5. In the first half calls are not matched; visits alone say 10/10 = 1. In the second half: 0.5 x 10/10 + 0.5 x 20/20 = 1.

        An average over all four quarters, (0 + 0 + 20 + 20) / 4 = 10, would leave calls out of the first half and double them in the
        second: output would seem to grow by a half because calls began, and an item of two quarters in every year would double every year.
        """,
        given={
            "items": """
            item   | period  | volume | value
            visits | 2001 Q1 | 10     | 10
            visits | 2001 Q2 | 10     | 10
            visits | 2001 Q3 | 10     | 10
            visits | 2001 Q4 | 10     | 10
            calls  | 2001 Q3 | 20     | 20
            calls  | 2001 Q4 | 20     | 20
            """
        },
        settings={"link": "annual-overlap", "reference": "2001"},
        expected={
            "index": """
            period  | index | matched
            2001 Q1 | 100   | 50
            2001 Q2 | 100   | 50
            2001 Q3 | 100   | 100
            2001 Q4 | 100   | 100
            """
        },
    ),
    Example(
        "A chain that breaks",
        """
        Nothing is known of 2002. Nothing can then be compared with 2002 either, and the chain does not start again: an index that did
        would set 2003 beside 2001 without a comparison between them. Use `fixed` where there are gaps.
        """,
        given={
            "items": """
            item   | period | volume | value
            visits | 2001   | 10     | 10
            visits | 2003   | 11     | 11
            """
        },
        settings={"link": "annual-overlap"},
        expected={
            "index": """
            period | index
            2001   | 100
            2002   | missing
            2003   | missing
            """
        },
    ),
]
