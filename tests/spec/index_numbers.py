"""Page: the five index formulas."""

from __future__ import annotations

from .example import Example

title = "Index numbers"

text = """
A service does many things, and they cannot be added up as they are: ten home visits and twenty phone calls are not thirty of anything.
An index number compares each activity with itself, and averages these comparisons by what the activities cost.

For each activity, the **relative** is its volume now divided by its volume in the base. Its **value** is what it cost. A **share** is its
part of the value of all activities, and shares add up to one. There are five ways to average:

- **Laspeyres**: sum of (share in the base x relative). This is the formula of the official accounts.
- **Paasche**: 1 / sum of (share now / relative).
- **Fisher**: the square root of Laspeyres x Paasche.
- **Törnqvist**: the product of relative ^ (average of the share in the base and the share now).
- **Walsh**: sum of sqrt(value in the base x value now x relative), divided by sum of sqrt(value in the base x value now / relative).

All of them give the same answer when every relative is the same, and lie between the smallest and the largest relative. Every example
on this page uses the same figures. Visits went from 10 to 12, so their relative is 1.2; calls went from 20 to 30, a relative of 1.5.
Visits took 75 of a cost of 100 in 2001 and 60 of a cost of 100 in 2002. An index is printed with its reference, here 2001, as 100.
"""

ITEMS = """
item   | period | volume | value
visits | 2001   | 10     | 75
calls  | 2001   | 20     | 25
visits | 2002   | 12     | 60
calls  | 2002   | 30     | 40
"""


def of(formula: str, name: str, arithmetic: str, expected: str) -> Example:
    """Return the example of one formula."""
    rows = f"""
    period | index   | matched
    2001   | 100.000 | 100
    2002   | {expected} | 100
    """
    settings = {"index": formula, "link": "previous-period"}
    return Example(name, arithmetic, given={"items": ITEMS}, settings=settings, expected={"index": rows})


examples = [
    of("laspeyres", "Laspeyres", "0.75 x 1.2 + 0.25 x 1.5 = 0.900 + 0.375 = 1.275", "127.500"),
    of("paasche", "Paasche", "1 / (0.6 / 1.2 + 0.4 / 1.5) = 1 / (0.500000 + 0.266667) = 1 / 0.766667 = 1.304348", "130.435"),
    of("fisher", "Fisher", "sqrt(1.275 x 1.304348) = sqrt(1.663043) = 1.289590", "128.959"),
    of(
        "tornqvist",
        "Törnqvist",
        "The average shares are (0.75 + 0.60) / 2 = 0.675 and (0.25 + 0.40) / 2 = 0.325.\n\n"
        "1.2 ^ 0.675 x 1.5 ^ 0.325 = 1.130960 x 1.140852 = 1.290259",
        "129.026",
    ),
    of(
        "walsh",
        "Walsh",
        "- above: sqrt(75 x 60 x 1.2) + sqrt(25 x 40 x 1.5) = sqrt(5400) + sqrt(1500) = 73.4847 + 38.7298 = 112.2145\n"
        "- below: sqrt(75 x 60 / 1.2) + sqrt(25 x 40 / 1.5) = sqrt(3750) + sqrt(666.67) = 61.2372 + 25.8199 = 87.0571\n\n"
        "112.2145 / 87.0571 = 1.288976",
        "128.898",
    ),
    Example(
        "What each activity adds: Laspeyres",
        """
        The growth is 27.5 %. An activity's contribution is its share in the base times the growth of its volume, in percentage points:

        - visits: 0.75 x (1.2 - 1) = 0.150
        - calls: 0.25 x (1.5 - 1) = 0.125

        They add up to the growth: 15.0 + 12.5 = 27.5.
        """,
        given={"items": ITEMS},
        settings={"index": "laspeyres", "link": "previous-period"},
        expected={
            "contributions": """
            item   | period | points
            visits | 2002   | 15.0
            calls  | 2002   | 12.5
            """
        },
    ),
    Example(
        "What each activity adds: Fisher",
        """
        Fisher is an average of relatives too, with weights that take the costs of both years (van IJzeren's form). The weight of an
        activity is its value in the base, plus its value now / its relative / the change of prices. Cost did not change (100 and 100) while
        volume rose by 1.289590, so that prices changed by 1 / 1.289590 = 0.775440.

        - visits: 75 + 60 / 1.2 / 0.775440 = 75 + 64.4795 = 139.4795, a share of 0.701365
        - calls: 25 + 40 / 1.5 / 0.775440 = 25 + 34.3891 = 59.3891, a share of 0.298635

        0.701365 x 0.2 = 0.140273 and 0.298635 x 0.5 = 0.149317; together 0.289590, the growth.
        """,
        given={"items": ITEMS},
        settings={"index": "fisher", "link": "previous-period"},
        expected={
            "contributions": """
            item   | period | points
            visits | 2002   | 14.027
            calls  | 2002   | 14.932
            """
        },
    ),
    Example(
        "What each activity adds: Törnqvist",
        """
        Törnqvist multiplies, so what adds up are logarithms: average share x ln(relative). They are scaled to the growth, which is
        0.290259 for a logarithm of ln(1.290259) = 0.254843, a scale of 1.138972.

        - visits: 0.675 x ln(1.2) = 0.675 x 0.182322 = 0.123067; x 1.138972 = 0.140170
        - calls: 0.325 x ln(1.5) = 0.325 x 0.405465 = 0.131776; x 1.138972 = 0.150089
        """,
        given={"items": ITEMS},
        settings={"index": "tornqvist", "link": "previous-period"},
        expected={
            "contributions": """
            item   | period | points
            visits | 2002   | 14.017
            calls  | 2002   | 15.009
            """
        },
    ),
]
