"""Page: inputs."""

from __future__ import annotations

from .example import Example

title = "Inputs"

text = """
Productivity divides output by what went in, and what went in must be a volume too: if only prices rose, nothing more went in. There are
two ways to measure it.

- **Direct**: the volume is counted, such as full-time equivalents or hours worked.
- **Indirect**: the volume is spending in current prices divided by a price index, the **deflator**. The scale of the deflator does not
  matter: 100 and 105 say the
  same as 1 and 1.05.

The volumes of a service's inputs are averaged like activities, by what was spent on each, with the same formula and the same links.
"""

OUTPUT = """
service | activity | period | volume | cost
Care    | visits   | 2001   | 100    | 400
Care    | visits   | 2002   | 108    | 470
"""

examples = [
    Example(
        "Counted and deflated",
        """
        - Staff are counted: 10 and then 11 full-time equivalents, a relative of 1.10. They cost 300 of a spending of 400 in 2001.
        - Supplies are deflated: 100 / 100 = 1.00 and then 126 / 105 = 1.20, a relative of 1.20, though spending rose by 26 %.

        With the shares of 2001 the input is 0.75 x 1.10 + 0.25 x 1.20 = 0.825 + 0.300 = 1.125. Output rose by 8 %, so that
        productivity is 100 x 108 / 112.5 = 96.
        """,
        given={
            "activity": OUTPUT,
            "inputs": """
            service | input    | period | expenditure | volume | deflator
            Care    | staff    | 2001   | 300         | 10     |
            Care    | staff    | 2002   | 345         | 11     |
            Care    | supplies | 2001   | 100         |        | prices
            Care    | supplies | 2002   | 126         |        | prices
            """,
            "deflators": """
            deflator | period | index
            prices   | 2001   | 100
            prices   | 2002   | 105
            """,
        },
        settings={"reference": "2001", "link": "previous-period"},
        expected={
            "productivity": """
            service | period | account  | output | input | productivity
            Care    | 2001   | activity | 100.0  | 100.0 | 100.0
            Care    | 2002   | activity | 108.0  | 112.5 | 96.0
            """
        },
    ),
    Example(
        "Dearer is not more",
        """
        The same ten people are paid 8 % more. The volume of input has not changed, so that it stays at 100 and productivity is 108.
        """,
        given={
            "activity": OUTPUT,
            "inputs": """
            service | input | period | expenditure | volume
            Care    | staff | 2001   | 300         | 10
            Care    | staff | 2002   | 324         | 10
            """,
        },
        settings={"reference": "2001", "link": "previous-period"},
        expected={
            "productivity": """
            service | period | account  | output | input | productivity
            Care    | 2002   | activity | 108.0  | 100.0 | 108.0
            """
        },
    ),
    Example(
        "Inputs given at several levels",
        """
        Staff of home care are known, and for care as a whole the head office. The input of care is all input at or below it: home
        care's 300 and head
        office's 100, so 0.75 x 1.10 + 0.25 x 1.00 = 1.075. The input of home care is its own, 1.10.
        """,
        given={
            "activity": """
            service          | activity | period | volume | cost
            Care > Home care | visits   | 2001   | 100    | 400
            Care > Home care | visits   | 2002   | 110    | 440
            """,
            "inputs": """
            service          | input       | period | expenditure | volume
            Care > Home care | staff       | 2001   | 300         | 10
            Care > Home care | staff       | 2002   | 330         | 11
            Care             | head office | 2001   | 100         | 2
            Care             | head office | 2002   | 100         | 2
            """,
        },
        settings={"reference": "2001", "link": "previous-period"},
        expected={
            "productivity": """
            service          | period | account  | output  | input   | productivity
            Care > Home care | 2002   | activity | 110.000 | 110.000 | 100.000
            Care             | 2002   | activity | 110.000 | 107.500 | 102.326
            """
        },
    ),
]
