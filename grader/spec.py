"""What a competition asks of a file: the metric, the columns, and how large a file may be."""

from dataclasses import dataclass

from grader.errors import BadSpec
from grader.metrics import metric_named

USAGE_COLUMN = "Usage"


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps that hold before memory is spent on a file. bytes: as uploaded; unpacked_bytes: after gzip.

    A line is what ends with a newline, so a quoted field with newlines in it counts as several.
    """

    bytes: int = 256 * 1024 * 1024
    unpacked_bytes: int = 256 * 1024 * 1024
    rows: int = 10_000_000
    columns: int = 1_000
    line_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class GradingSpec:
    """How a competition's files are read and scored.

    labels: the class labels a submission may use, where staff declare them; they are public. Left empty, any
    text
    is a label, and one that is not the true one is simply wrong: taking the allowed labels from the key would
    tell students, at no cost, which classes its private rows have. Raises BadSpec or UnknownMetric.
    """

    metric: str
    id_column: str
    target_columns: tuple[str, ...]
    limits: Limits = Limits()
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "target_columns", tuple(self.target_columns))
        object.__setattr__(self, "labels", tuple(self.labels))
        metric = metric_named(self.metric)
        if not self.target_columns:
            raise BadSpec("A competition needs at least one target column.")
        if len(self.target_columns) > 1 and not metric.many_columns:
            raise BadSpec(f"{self.metric} takes one target column, not {len(self.target_columns)}.")
        if len({*self.columns, USAGE_COLUMN}) != len(self.columns) + 1:
            raise BadSpec(
                f"The columns {', '.join(self.columns)} and {USAGE_COLUMN} must have different names."
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a submission, id first."""
        return (self.id_column, *self.target_columns)
