"""A linear programme that grows by columns and rows and is solved again from where it was, by HiGHS.

SciPy carries HiGHS; its `linprog` begins from nothing each time, which takes ten times as long. The package `highspy`
has the same class in public, but its library cannot be loaded beside that of OR-Tools; SciPy is pinned.
"""

import numpy as np
from scipy.optimize._highspy import _core as highs

INFINITE = highs.kHighsInf


class Unsolved(Exception):
    """HiGHS gave no solution."""


class Growing:
    """Maximise gain @ x, low <= rows <= high, 0 <= x."""

    def __init__(self, low, high):
        self.model, none = highs._Highs(), np.empty(0)
        for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("simplex_strategy", 0)):
            self.model.setOptionValue(name, value)
        nothing = np.zeros(0, np.int32)
        self.model.addRows(len(low), low, high, 0, np.zeros(len(low), np.int32), nothing, none)
        self.columns, self.rows = 0, len(low)

    def add_columns(self, gain, matrix):
        """matrix : csc (rows, new columns)."""
        count = len(gain)
        where = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        self.model.addCols(count, -gain, np.zeros(count), np.full(count, INFINITE), matrix.nnz, *where, matrix.data)
        self.columns += count

    def add_rows(self, high, matrix):
        """matrix : csr (new rows, columns); these are at most `high`."""
        count = len(high)
        where = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        self.model.addRows(count, np.full(count, -INFINITE), high, matrix.nnz, *where, matrix.data)
        self.rows += count

    def solve(self, gain, most, seconds):
        """(columns,) best x and (rows,) prices of the rows; most : (columns,) the most that x may be.

        Raises Unsolved, where `seconds` are over too.
        """
        self.model.setOptionValue("time_limit", self.model.getRunTime() + max(seconds, 0.01))
        every = np.arange(self.columns, dtype=np.int32)
        self.model.changeColsCost(self.columns, every, -gain)
        self.model.changeColsBounds(self.columns, every, np.zeros(self.columns), most)
        self.model.run()
        if self.model.getModelStatus() != highs.HighsModelStatus.kOptimal:
            raise Unsolved(str(self.model.getModelStatus()))
        found = self.model.getSolution()
        return np.array(found.col_value), -np.array(found.row_dual)
