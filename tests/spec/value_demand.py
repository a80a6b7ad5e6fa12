"""Page: value demand."""

from __future__ import annotations

from .example import Example

title = "Value demand"

text = """
Some work exists only because an earlier contact failed: the call to ask where the visit is, the second visit because the first did not
mend it.
The official measure counts it as output. The account `value_demand` takes it out, and keeps what people wanted in the first place.

The **failure share** of an activity is its failure volume divided by its volume. The **removal** factor says how much of failure demand
is taken out, and is 1 unless
the study says otherwise. Then

- volume = volume x quality level x (1 - removal x failure share)
- value = value x (1 - removal x failure share)

The value matters because it is the weight: an activity that is mostly failure demand counts for less. What failure demand costs is
reported. It stays
in inputs, because it was spent.
"""

examples = [
    Example(
        "Less failure demand is more output",
        """
        There were 100 calls in both years. In 2001, 20 of them were failure demand, in 2002 only 10. Output counted in calls does not
        change.
        What people wanted is 80 and then 90 calls: 90 / 80 = 1.125.

        A call cost 3, so failure demand cost 20 % of 300 = 60, and then 10 % of 300 = 30.
        """,
        given={
            "activity": """
            service | activity | period | volume | cost | failure_volume
            Care    | calls    | 2001   | 100    | 300  | 20
            Care    | calls    | 2002   | 100    | 300  | 10
            """
        },
        settings={"reference": "2001", "link": "previous-period", "removal": 1.0},
        expected={
            "productivity": """
            service | period | account      | output
            Care    | 2002   | activity     | 100.0
            Care    | 2002   | value_demand | 112.5
            """,
            "failure demand": """
            activity | period | share | cost
            calls    | 2001   | 20    | 60
            calls    | 2002   | 10    | 30
            """,
        },
    ),
    Example(
        "Taking out half of it",
        """
        With a removal of 0.5, half of failure demand is left in: (100 - 5) / (100 - 10) = 95 / 90 = 1.055556. What it costs is the same.
        """,
        given={
            "activity": """
            service | activity | period | volume | cost | failure_volume
            Care    | calls    | 2001   | 100    | 300  | 20
            Care    | calls    | 2002   | 100    | 300  | 10
            """
        },
        settings={"reference": "2001", "link": "previous-period", "removal": 0.5},
        expected={
            "productivity": """
            service | period | account      | output
            Care    | 2002   | value_demand | 105.556
            """,
            "failure demand": """
            activity | period | share | cost
            calls    | 2002   | 10    | 30
            """,
        },
    ),
    Example(
        "The same share all along changes nothing",
        """
        A quarter of all calls is failure demand in both years. Calls rose by 20 %, and so did the calls that people wanted: 90 / 75 =
        1.2. It is the change of the share that
        moves growth, not its level.
        """,
        given={
            "activity": """
            service | activity | period | volume | cost | failure_volume
            Care    | calls    | 2001   | 100    | 300  | 25
            Care    | calls    | 2002   | 120    | 360  | 30
            """
        },
        settings={"reference": "2001", "link": "previous-period", "removal": 1.0},
        expected={
            "productivity": """
            service | period | account      | output
            Care    | 2002   | activity     | 120.0
            Care    | 2002   | value_demand | 120.0
            """
        },
    ),
    Example(
        "Weights without failure demand",
        """
        Visits and calls cost 100 each, and half of the calls are failure demand in both years. Visits rose by 10 % and calls by 40 %.

        - activity: 0.5 x 1.10 + 0.5 x 1.40 = 1.25
        - value demand: visits weigh 100 and calls 100 x (1 - 0.5) = 50, so 2/3 x 1.10 + 1/3 x 1.40 = 1.20
        """,
        given={
            "activity": """
            service | activity | period | volume | cost | failure_volume
            Care    | visits   | 2001   | 10     | 100  | 0
            Care    | visits   | 2002   | 11     | 110  | 0
            Care    | calls    | 2001   | 100    | 100  | 50
            Care    | calls    | 2002   | 140    | 140  | 70
            """
        },
        settings={"reference": "2001", "link": "previous-period", "removal": 1.0},
        expected={
            "productivity": """
            service | period | account      | output
            Care    | 2002   | activity     | 125.0
            Care    | 2002   | value_demand | 120.0
            """
        },
    ),
]
