"""Where a figure comes from: its formula with the numbers put in, and every part down to cells and to the lines of files.

A figure is a *node*: a value, the formula by which it comes of its parts, and the parts, which are nodes again. The nodes are made from
the account that the run's cells give again, part by part and only when they are looked at, since behind one total stand all
cells of all periods.
Each formula is plain arithmetic of its own, not a call of the account's: working a figure out from its parts is a second reckoning
of it. Equity is the exception: how unequal outcomes are is asked of the account's own functions, with the outcomes and people shown.
"""
