"""Page: contacts, people and unpaid work."""

from __future__ import annotations

from .example import Example

title = "Contacts, people and unpaid work"

text = """
What relprod finds in single contacts, in who outcomes go to, and in the hours that families give. See
[how to account from contact records](../how-to/contact-records.md) for the study file.
"""

examples = [
    Example(
        "Returns and chases",
        """
        Five contacts of one person with one service; the window is 28 days and its last day counts.

        - b opens on 10 January. a closed on 5 January, 5 days before: a **return**.
        - c opens on 12 January, while b is open (it closes on 20 January): a **chase**. a closed 7 days before, so it is a return too,
          and is one contact of failure demand.
        - d opens on 17 February, 28 days after b closed: a return.
        - e opens on 1 May, and nothing closed in the 28 days before: neither. Nor is a, which is the first.
        """,
        given={
            "contacts": """
            contact | opened     | closed
            a       | 2024-01-02 | 2024-01-05
            b       | 2024-01-10 | 2024-01-20
            c       | 2024-01-12 | 2024-01-12
            d       | 2024-02-17 | 2024-02-18
            e       | 2024-05-01 | 2024-05-01
            """
        },
        settings={"window_days": 28.0},
        expected={
            "repeats": """
            person | contacts | returns | chases | failures
            P      | 5        | 3       | 1      | 3
            """
        },
    ),
    Example(
        "The coded share, its bounds, and what an audit makes of it",
        """
        Of 100 contacts staff coded 60 as value, 20 as failure, and 20 not at all. The share is 20 / (60 + 20) = 0.25. If all that is not
        coded were value, it would be 20 / 100 = 0.20; if all were failure, 40 / 100 = 0.40.

        In an audit, staff had found 85 % of failure demand and 95 % of value demand. Corrected (Rogan and Gladen), the share is
        (0.25 + 0.95 - 1) / (0.85 + 0.95 - 1) = 0.20 / 0.80 = 0.25: the two mistakes cancel. Of a coded share of 0.45 it makes
        0.40 / 0.80 = 0.50, and of 0.03, which is less than miscoding alone would give, 0.
        """,
        given={
            "codes": """
            activity | value | failure | uncoded
            calls    | 60    | 20      | 20
            visits   | 55    | 45      | 0
            reviews  | 97    | 3       | 0
            """
        },
        settings={"sensitivity": 0.85, "specificity": 0.95},
        expected={
            "coded share": """
            activity | share | low  | high | corrected
            calls    | 0.25  | 0.20 | 0.40 | 0.25
            visits   | 0.45  | 0.45 | 0.45 | 0.50
            reviews  | 0.03  | 0.03 | 0.03 | 0.00
            """
        },
    ),
    Example(
        "Continuity",
        """
        A person meets worker A four times, then B three times, then C: N = 8 contacts, in 7 consecutive pairs.

        - usual provider of care: 4 / 8 = 0.5
        - Bice and Boxerman: (16 + 9 + 1 - 8) / (8 x 7) = 18 / 56 = 0.3214
        - consecutive contacts with the same worker: 3 + 2 = 5 of 7 pairs = 0.7143; the other 2 are hand-offs

        Somebody who meets a new worker every time has 0, and the same one every time 1.
        """,
        given={
            "persons": """
            person | workers
            P      | AAAABBBC
            Q      | ABCD
            R      | AAAA
            """
        },
        expected={
            "continuity": """
            person | upc    | coc    | secon  | handoffs
            P      | 0.5000 | 0.3214 | 0.7143 | 2
            Q      | 0.2500 | 0.0000 | 0.0000 | 3
            R      | 1.0000 | 1.0000 | 1.0000 | 0
            """
        },
    ),
    Example(
        "Equity",
        """
        Five groups of equal size, the most deprived first, with outcomes 62, 68, 70, 72 and 74. Their mean is 346 / 5 = 69.2.

        With an aversion of 1 the equally distributed equivalent is the geometric mean, the fifth root of 62 x 68 x 70 x 72 x 74 = 69.0737:
        this, had by everybody, would be worth as much. The equity factor is 69.0737 / 69.2 = 0.99817. With an aversion of 0 nobody
        minds how outcomes are spread, and the factor is 1.

        The slope index is that of the line through the groups at 0.1, 0.3, 0.5, 0.7 and 0.9 of the people:
        (0.4 x 12 + 0.2 x 4) / 0.4 = 14 from the most to the least deprived.
        """,
        given={
            "groups": """
            group | people | outcome
            1     | 100    | 62
            2     | 100    | 68
            3     | 100    | 70
            4     | 100    | 72
            5     | 100    | 74
            """
        },
        expected={
            "equity": """
            aversion | mean | ede     | factor  | slope
            0        | 69.2 | 69.2000 | 1.00000 | 14.0
            1        | 69.2 | 69.0737 | 0.99817 | 14.0
            """
        },
    ),
    Example(
        "Moving an hour from paid to unpaid",
        """
        In 2001 home care takes 80 paid hours, and families give 20. In 2002 an hour moves: 79 and 21. An hour costs 20, paid or not,
        and the outcome is what it was.

        The core account sees less input: 100 x 79 / 80 = 98.75, so productivity is 100 / 0.9875 = 101.27. In the extended account
        100 hours go in in both years, and productivity is 100: what looks like efficiency is a cost that moved.
        """,
        given={
            "hours": """
            period | paid | unpaid | rate
            2001   | 80   | 20     | 20
            2002   | 79   | 21     | 20
            """
        },
        expected={
            "extended account": """
            period | core   | extended
            2001   | 100.00 | 100.00
            2002   | 101.27 | 100.00
            """
        },
    ),
]
