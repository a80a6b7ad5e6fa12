"""Page: quality."""

from __future__ import annotations

from .example import Example

title = "Quality"

text = """
More of a worse service is not more service. The quality level **k** says how good a service is compared with the reference, where k is
1, and
the volume of every activity of the service is multiplied by it. What activities cost is left as it is: quality changes volumes, not
weights.

An **indicator** is something observed about the service. How much better it became since the period before is its **relative**:

| direction     | relative                       |
| ------------- | ------------------------------ |
| `higher`      | now / before                   |
| `index`       | now / before                   |
| `lower`       | before / now                   |
| `lower-share` | (1 - now) / (1 - before)       |

Only part of a change is the service's own doing: with an **attribution** of a, the relative q counts as 1 + a x (q - 1). Several
indicators are
averaged by **weight**. k is the product of these averages from period to period.

An indicator of one activity speaks for that activity. Otherwise the indicators of its service speak for it, or of the nearest service
above.
"""

ACTIVITY = """
service | activity | period | volume | cost
Care    | visits   | 2001   | 100    | 300
Care    | visits   | 2002   | 110    | 330
"""


def of(title: str, text: str, indicators: str, *levels: str) -> Example:
    """Return an example of k in two years."""
    rows = "\n".join(["service | period | k", *(f"Care | {2001 + number} | {level}" for number, level in enumerate(levels))])
    return Example(
        title, text, {"activity": ACTIVITY, "quality": indicators}, {"quality": rows}, {"reference": "2001", "link": "previous-period"}
    )


examples = [
    Example(
        "Quality-adjusted output",
        """
        Visits rose by 10 %, and the people who say that their goals were met from 80 to 88 in a hundred: 88 / 80 = 1.10, half of which is
        put down to the service: 1 + 0.5 x (1.10 - 1) = 1.05. Quality-adjusted output is 110 x 1.05 = 115.5.
        """,
        given={
            "activity": ACTIVITY,
            "quality": """
            service | period | indicator | value | direction | attribution
            Care    | 2001   | goals met | 80    | higher    | 0.5
            Care    | 2002   | goals met | 88    | higher    | 0.5
            """,
        },
        settings={"reference": "2001", "link": "previous-period"},
        expected={
            "quality": """
            service | period | k
            Care    | 2001   | 1.00
            Care    | 2002   | 1.05
            """,
            "productivity": """
            service | period | account          | output
            Care    | 2002   | activity         | 110.0
            Care    | 2002   | quality_adjusted | 115.5
            """,
        },
    ),
    of(
        "Two indicators",
        """
        Goals met rose from 80 to 88, a relative of 1.10, and complaints fell from 25 to 20, a relative of 25 / 20 = 1.25. Goals weigh
        three times as much:
        (3 x 1.10 + 1 x 1.25) / (3 + 1) = 4.55 / 4 = 1.1375.
        """,
        """
        service | period | indicator  | value | direction | weight
        Care    | 2001   | goals met  | 80    | higher    | 3
        Care    | 2002   | goals met  | 88    | higher    | 3
        Care    | 2001   | complaints | 25    | lower     | 1
        Care    | 2002   | complaints | 20    | lower     | 1
        """,
        "1.0000",
        "1.1375",
    ),
    of(
        "A share of bad results",
        """
        Readmissions fell from 10 % to 1 %. As `lower` that would be 0.10 / 0.01 = 10 times as good. As `lower-share` the good results
        are compared, which are
        the rest: 0.99 / 0.90 = 1.10.
        """,
        """
        service | period | indicator    | value | direction
        Care    | 2001   | readmissions | 0.10  | lower-share
        Care    | 2002   | readmissions | 0.01  | lower-share
        """,
        "1.00",
        "1.10",
    ),
    Example(
        "An indicator that stops",
        """
        The survey of 2002 is not in yet. Its last value is held: 88 / 88 = 1, so that k stays where it was, and the figure is marked
        provisional.
        In 2003, k is 1.10 x 1.00 x 99 / 88 = 1.2375.
        """,
        given={
            "activity": """
            service | activity | period | volume | cost
            Care    | visits   | 2000   | 100    | 300
            Care    | visits   | 2001   | 100    | 300
            Care    | visits   | 2002   | 100    | 300
            Care    | visits   | 2003   | 100    | 300
            """,
            "quality": """
            service | period | indicator | value | direction
            Care    | 2000   | goals met | 80    | higher
            Care    | 2001   | goals met | 88    | higher
            Care    | 2003   | goals met | 99    | higher
            """,
        },
        settings={"reference": "2000", "link": "previous-period"},
        expected={
            "quality": """
            service | period | k      | provisional
            Care    | 2000   | 1.0000 | no
            Care    | 2001   | 1.1000 | no
            Care    | 2002   | 1.1000 | yes
            Care    | 2003   | 1.2375 | no
            """
        },
    ),
    Example(
        "An indicator that starts late",
        """
        Complaints were first counted in 2002. An indicator needs two periods: in 2002 goals alone speak, 88 / 80 = 1.10. In 2003 goals
        do not
        change and complaints fall from 25 to 20: (1.00 + 1.25) / 2 = 1.125. k is 1.10 x 1.125 = 1.2375.
        """,
        given={
            "activity": """
            service | activity | period | volume | cost
            Care    | visits   | 2001   | 100    | 300
            Care    | visits   | 2002   | 100    | 300
            Care    | visits   | 2003   | 100    | 300
            """,
            "quality": """
            service | period | indicator  | value | direction
            Care    | 2001   | goals met  | 80    | higher
            Care    | 2002   | goals met  | 88    | higher
            Care    | 2003   | goals met  | 88    | higher
            Care    | 2002   | complaints | 25    | lower
            Care    | 2003   | complaints | 20    | lower
            """,
        },
        settings={"reference": "2001", "link": "previous-period"},
        expected={
            "quality": """
            service | period | k
            Care    | 2001   | 1.0000
            Care    | 2002   | 1.1000
            Care    | 2003   | 1.2375
            """
        },
    ),
    Example(
        "Whose quality it is",
        """
        The care service as a whole became 10 % better, its home care 20 %, and the evening visits of home care 30 %. Each activity
        takes the nearest: evening
        visits 1.30, the other visits of home care 1.20, and the day centre 1.10. Volumes do not change. Home care's two kinds of visit cost
        the same: 0.5 x 130 + 0.5 x 120 = 125.
        """,
        given={
            "activity": """
            service           | activity | period | volume | cost
            Care > Home care  | evening  | 2001   | 10     | 50
            Care > Home care  | evening  | 2002   | 10     | 50
            Care > Home care  | daytime  | 2001   | 10     | 50
            Care > Home care  | daytime  | 2002   | 10     | 50
            Care > Day centre | places   | 2001   | 10     | 100
            Care > Day centre | places   | 2002   | 10     | 100
            """,
            "quality": """
            service          | activity | period | indicator | value | direction
            Care             |          | 2001   | rating    | 10    | higher
            Care             |          | 2002   | rating    | 11    | higher
            Care > Home care |          | 2001   | rating    | 10    | higher
            Care > Home care |          | 2002   | rating    | 12    | higher
            Care > Home care | evening  | 2001   | rating    | 10    | higher
            Care > Home care | evening  | 2002   | rating    | 13    | higher
            """,
        },
        settings={"reference": "2001", "link": "previous-period"},
        expected={
            "productivity": """
            service           | period | account          | output
            Care > Home care  | 2002   | activity         | 100.0
            Care > Home care  | 2002   | quality_adjusted | 125.0
            Care > Day centre | 2002   | quality_adjusted | 110.0
            Care              | 2002   | quality_adjusted | 117.5
            """
        },
    ),
]
