"""The words by which rows are put in order: a column's name, and with a minus the same turned around."""

from enum import StrEnum


class OrderWord(StrEnum):
    """What rows stand by; those of a page or a board are named by a subclass."""

    @property
    def column(self) -> str:
        """The column that the rows stand by."""
        return self.value.removeprefix("-")

    @property
    def is_down(self) -> bool:
        """Whether the last, the largest or the latest comes first."""
        return self.value.startswith("-")
