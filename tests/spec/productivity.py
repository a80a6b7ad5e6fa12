"""Page: productivity and the bridge."""

from __future__ import annotations

from .example import Example

title = "Productivity and the bridge"

text = """
**Productivity** is 100 x output / input. It is a ratio of indices: 110 for 104 is 100 x 110 / 104 = 105.8, and not 100 + 10 - 4.

There is one productivity for each account, and each account is the one before with one more step: `activity`, `quality_adjusted`,
`value_demand`. The **bridge** says what
each step, and the input, adds to the growth of productivity. The **factor** of a component is its account's output divided by the one
before:

- volume = output of `activity`
- quality = output of `quality_adjusted` / output of `activity`
- value demand = output of `value_demand` / output of `quality_adjusted`
- input

each now compared with then. The factors multiply to the growth of productivity: volume x quality x value demand / input.

To make them add up, take logarithms and scale them to the growth: points = ln(factor) x growth / ln(1 + growth), with a minus for the
input. The points add up to the growth
exactly.
"""

TABLES = {
    "activity": """
    service | activity | period | volume | cost | failure_volume
    Care    | visits   | 2001   | 100    | 300  | 20
    Care    | visits   | 2002   | 110    | 363  | 11
    """,
    "quality": """
    service | period | indicator | value | direction
    Care    | 2001   | goals met | 80    | higher
    Care    | 2002   | goals met | 88    | higher
    """,
    "inputs": """
    service | input | period | expenditure | volume
    Care    | staff | 2001   | 300         | 50
    Care    | staff | 2002   | 360         | 55
    """,
}
SETTINGS = {"reference": "2001", "link": "previous-period", "removal": 1.0}

examples = [
    Example(
        "Three accounts",
        """
        - Visits: 110 / 100 = 1.10
        - Quality: 88 / 80 = 1.10, so quality-adjusted output is 110 x 1.10 = 121
        - Failure demand fell from 20 % to 10 %: 0.90 / 0.80 = 1.125, so value demand is 121 x 1.125 = 136.125
        - Input: 55 / 50 = 1.10

        So productivity is 100 x 110 / 110 = 100, 100 x 121 / 110 = 110, and 100 x 136.125 / 110 = 123.75.
        """,
        given=TABLES,
        settings=SETTINGS,
        expected={
            "productivity": """
            service | period | account          | output  | input   | productivity
            Care    | 2002   | activity         | 110.000 | 110.000 | 100.00
            Care    | 2002   | quality_adjusted | 121.000 | 110.000 | 110.00
            Care    | 2002   | value_demand     | 136.125 | 110.000 | 123.75
            """
        },
    ),
    Example(
        "The bridge",
        """
        The factors are 1.10, 1.10, 1.125 and 1.10, and 1.10 x 1.10 x 1.125 / 1.10 = 1.2375. The growth is 23.75 %, and ln(1.2375) =
        0.213093, so the scale is
        23.75 / 0.213093 = 111.4537 points for one unit of logarithm.

        - volume, quality: ln(1.10) = 0.095310; x 111.4537 = 10.62
        - value demand: ln(1.125) = 0.117783; x 111.4537 = 13.13
        - input: -10.62

        10.62 + 10.62 + 13.13 - 10.62 = 23.75.
        """,
        given=TABLES,
        settings=SETTINGS,
        expected={
            "bridge": """
            service | period | since    | component    | factor | points
            Care    | 2002   | previous | volume       | 1.1000 | 10.62
            Care    | 2002   | previous | quality      | 1.1000 | 10.62
            Care    | 2002   | previous | value_demand | 1.1250 | 13.13
            Care    | 2002   | previous | input        | 1.1000 | -10.62
            Care    | 2002   | previous | productivity | 1.2375 | 23.75
            """
        },
    ),
    Example(
        "Without input there is no productivity",
        """
        Output is stated, productivity and the bridge are not, and the service is marked `no-input`.
        """,
        given={key: value for key, value in TABLES.items() if key != "inputs"},
        settings=SETTINGS,
        expected={
            "productivity": """
            service | period | account      | output  | productivity | flags
            Care    | 2002   | value_demand | 136.125 | missing      | no-input
            """,
            "bridge": """
            service | period | since    | component    | points
            Care    | 2002   | previous | volume       | missing
            Care    | 2002   | previous | productivity | missing
            """,
        },
    ),
]
