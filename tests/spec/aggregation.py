"""Page: from services to the total."""

from __future__ import annotations

from .example import Example

title = "Services and the total"

text = """
The name of a service may be a path, such as `Care > Home care > North`. Every beginning of the path is a service too, and all of them
lie below `All services`.

The index of a service that has others below it is made from theirs, by the same function as an index is made from activities: their
indices are the volumes, and
their **expenditure** is the value. A service for which no input is given weighs what its activities cost. Weights are the same in every
account.

Rows given at the level of a service that has others below it count as one more part, its **own level**. They weigh their own
expenditure where every service below
has input of its own; otherwise that expenditure also pays for what lies below, and they weigh what their activities cost.

**One step or several.** A Laspeyres index is the same whether all activities are averaged at once or service by service, if

- services weigh what their activities cost (no inputs are given, or inputs in the same proportions),
- every activity is there in every period, and
- the link is annual-overlap, previous-period or fixed.

With other formulas, with new and gone items, or with expenditure as weights, the two differ, and relprod's figure is the one in several
steps.
"""

CARE = """
service           | activity | period | volume | cost
Care > Home care  | visits   | 2001   | 10     | 30
Care > Home care  | visits   | 2002   | 11     | 33
Care > Day centre | places   | 2001   | 10     | 10
Care > Day centre | places   | 2002   | 14     | 14
Roads             | repairs  | 2001   | 5      | 40
Roads             | repairs  | 2002   | 5      | 40
"""

examples = [
    Example(
        "In several steps",
        """
        No inputs are given, so services weigh what their activities cost.

        - Care, from its two services: (30 x 1.10 + 10 x 1.40) / 40 = 47 / 40 = 1.175
        - All services, from care and roads: (40 x 1.175 + 40 x 1.00) / 80 = 87 / 80 = 1.0875

        In one step from the three activities: (30 x 1.10 + 10 x 1.40 + 40 x 1.00) / 80 = 87 / 80, which is the same.
        """,
        given={"activity": CARE},
        settings={"reference": "2001", "link": "previous-period"},
        expected={
            "productivity": """
            service      | period | account  | output | flags
            Care         | 2002   | activity | 117.50 | no-input
            All services | 2002   | activity | 108.75 | no-input
            """
        },
    ),
    Example(
        "Weighed by expenditure",
        """
        Now inputs are given. Home care took 100 and the day centre 100 of 400, and roads 200.

        - Care: 0.5 x 1.10 + 0.5 x 1.40 = 1.25
        - All services: (200 x 1.25 + 200 x 1.00) / 400 = 1.125

        A day centre that costs more than its activities' price list says weighs more.
        """,
        given={
            "activity": CARE,
            "inputs": """
            service           | input | period | expenditure | volume
            Care > Home care  | staff | 2001   | 100         | 1
            Care > Home care  | staff | 2002   | 100         | 1
            Care > Day centre | staff | 2001   | 100         | 1
            Care > Day centre | staff | 2002   | 100         | 1
            Roads             | staff | 2001   | 200         | 1
            Roads             | staff | 2002   | 200         | 1
            """,
        },
        settings={"reference": "2001", "link": "previous-period"},
        expected={
            "productivity": """
            service      | period | account  | output | input | productivity
            Care         | 2002   | activity | 125.0  | 100.0 | 125.0
            All services | 2002   | activity | 112.5  | 100.0 | 112.5
            """
        },
    ),
    Example(
        "Own level",
        """
        Care also takes first calls for all of its services. They are its own level, one more part beside home care: they cost 60 and
        home care's visits 40.

        0.4 x 1.10 + 0.6 x 1.20 = 0.44 + 0.72 = 1.16
        """,
        given={
            "activity": """
            service          | activity    | period | volume | cost
            Care > Home care | visits      | 2001   | 10     | 40
            Care > Home care | visits      | 2002   | 11     | 44
            Care             | first calls | 2001   | 10     | 60
            Care             | first calls | 2002   | 12     | 72
            """
        },
        settings={"reference": "2001", "link": "previous-period"},
        expected={
            "productivity": """
            service          | period | account  | output
            Care > Home care | 2002   | activity | 110
            Care             | 2002   | activity | 116
            """
        },
    ),
    Example(
        "A service whose output is not measured",
        """
        Of grounds, only the input is known. Its output is taken to be its input, so that its productivity is 100, as the Office for
        National Statistics does for
        defence and police. It is marked `output=input`, and it pulls the total towards 100.

        - Home care: output 1.20, input 1.00
        - Grounds: input 1.50, so output 1.50
        - All services, 300 and 100 of 400: output 0.75 x 1.20 + 0.25 x 1.50 = 1.275; input 0.75 x 1.00 + 0.25 x 1.50 = 1.125; 1.275 /
          1.125 = 1.133333
        """,
        given={
            "activity": """
            service   | activity | period | volume | cost
            Home care | visits   | 2001   | 10     | 40
            Home care | visits   | 2002   | 12     | 48
            """,
            "inputs": """
            service   | input | period | expenditure | volume
            Home care | staff | 2001   | 300         | 10
            Home care | staff | 2002   | 300         | 10
            Grounds   | staff | 2001   | 100         | 2
            Grounds   | staff | 2002   | 150         | 3
            """,
        },
        settings={"reference": "2001", "link": "previous-period"},
        expected={
            "productivity": """
            service      | period | account  | output | input | productivity | flags
            Home care    | 2002   | activity | 120.0  | 100.0 | 120.000      | none
            Grounds      | 2002   | activity | 150.0  | 150.0 | 100.000      | output=input
            All services | 2002   | activity | 127.5  | 112.5 | 113.333      | none
            """
        },
    ),
]
