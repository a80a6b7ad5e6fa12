"""The figures of relprod once more: slowly, plainly and apart from the package.

Every function is a definition of the method statement, in `fractions.Fraction`; roots and logarithms are
taken to 60 digits. Nothing is imported from relprod, numpy, pandas or duckdb, so that agreement with the
package is evidence. Speed does not matter here.
"""
