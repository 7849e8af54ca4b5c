"""Rows of a table, as the program prints them."""

from __future__ import annotations

from typing import Any


class Rows(list[dict[str, Any]]):
    """A list of dictionaries, one for each row.

    about describes the table as a whole: for a ranking, one dictionary for each dataset, with
    its shortlist, candidates, agreement, ensemble and notes.
    """

    def __init__(self, rows: list[dict[str, Any]], about: list[dict[str, Any]] | None = None) -> None:
        super().__init__(rows)
        self.about = about or []

    def frame(self) -> Any:
        """The rows as a pandas DataFrame. ImportError where pandas is not installed."""
        import pandas

        return pandas.DataFrame(list(self))
