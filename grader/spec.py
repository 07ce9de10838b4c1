"""What a competition asks of a file: the metric, the columns, and how large a file may be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING, Any, NoReturn

from grader.errors import BadSpec
from grader.messages import Message
from grader.metrics import METRICS, Columns, Metric, named_metric
from grader.metrics.arguments import all_arguments, names_or_none
from grader.metrics.fields import TEXT
from grader.metrics.metric import Argument

if TYPE_CHECKING:
    from grader.custom_metrics.metric import CustomMetric

USAGE_COLUMN = "Usage"
OTHER_WIDTH = Message("{metric} takes {width} prediction columns; named: {count}.")
COLUMN_PER_LABEL = Message(
    "A prediction column for each label is needed; labels: {labels}, prediction columns: {predictions}."
)
CUSTOM = "custom"  # the name of a metric of the homework's own


def _raise_outside_the_sandbox(*_: object) -> NoReturn:
    raise AssertionError("a custom metric is called in the sandbox alone")


CUSTOM_DEFINITION = Metric(
    function=_raise_outside_the_sandbox,
    answers=TEXT,
    predictions=TEXT,
    columns=Columns.ANY,
    best=inf,
    worst=-inf,
    summary=Message("metric.py of the homework"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps that hold before memory is spent on a file. bytes: as uploaded; unpacked_bytes: of a packed file.

    A line is what ends with a newline, so a quoted field with newlines in it counts as several. items: of all
    lists, masks and texts of a file together, told by its blanks.
    """

    bytes: int = 256 * 1024 * 1024
    unpacked_bytes: int = 256 * 1024 * 1024
    rows: int = 10_000_000
    columns: int = 1_000
    line_bytes: int = 64 * 1024
    items: int = 12_000_000


@dataclass(frozen=True, slots=True)
class GradingSpec:
    """How a competition's files are read and scored.

    metric: a name of the catalogue, or an alias such as "MAP@5". target_columns: the true values in the key;
    for a metric of one column a class, one column of labels, or a column of 0 and 1 for each label.
    labels: the class labels a submission may use, where staff declare them; they are public. Left empty, any
    text is a label, and one that is not the true one is simply wrong: taking the allowed labels from the key
    would tell students, at no cost, which classes its private rows have.
    prediction_columns: the upload's columns beside the id; left empty, the target columns, or the labels for
    a metric that takes one column a class. auxiliary: the key's further columns, by what the metric calls
    them (weights, groups, ...). arguments: the metric's settings; those not given get their defaults.
    custom: the homework's own metric where `metric` is "custom"; only then a key can be graded by.
    leaks_accepted: why an order of the rows may show the targets; empty: a key in which one does is refused.
    Raises BadSpec or UnknownMetric.
    """

    metric: str
    id_column: str
    target_columns: tuple[str, ...]
    limits: Limits = Limits()
    labels: tuple[str, ...] = ()
    prediction_columns: tuple[str, ...] = ()
    auxiliary: Mapping[str, str] = field(default_factory=dict, hash=False)
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    custom: "CustomMetric | None" = field(default=None, hash=False)
    leaks_accepted: str = ""

    def __post_init__(self) -> None:
        for name in ("target_columns", "labels", "prediction_columns"):
            object.__setattr__(self, name, _texts(name, getattr(self, name)))
        if self.metric != CUSTOM:
            self._take_named_metric()
        self._require_labels_that_can_occur()
        if self.is_one_hot:
            self._require_a_column_a_label()
        self._require_columns_that_fit()
        if not self.prediction_columns:
            per_class = self.definition.columns is Columns.PER_CLASS
            object.__setattr__(self, "prediction_columns", self.labels if per_class else self.target_columns)
        self._require_different_names()
        self._require_auxiliary()
        object.__setattr__(self, "arguments", self._all_arguments())

    @property
    def definition(self) -> Metric:
        """The metric of the catalogue, or what stands there for a custom one."""
        return CUSTOM_DEFINITION if self.metric == CUSTOM else METRICS[self.metric]

    @property
    def higher_is_better(self) -> bool:
        """The direction of the metric."""
        return (self.custom or self.definition).higher_is_better

    @property
    def is_one_hot(self) -> bool:
        """Whether the key has one column of 0 and 1 a class, as the upload has one of shares."""
        return self.definition.columns is Columns.PER_CLASS and len(self.target_columns) > 1

    @property
    def with_one_target(self) -> "GradingSpec":
        """The spec of such a key once its labels stand in one column; else the same."""
        return replace(self, target_columns=self.target_columns[:1]) if self.is_one_hot else self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a submission, id first."""
        return (self.id_column, *self.prediction_columns)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of an answer key, id first, Usage last."""
        return (self.id_column, *self.target_columns, *self.auxiliary.values(), USAGE_COLUMN)

    def _take_named_metric(self) -> None:
        """Put the catalogue's name in the place of an alias, and what the alias says into the arguments."""
        named = named_metric(self.metric)
        for name, value in named.arguments.items():
            if self.arguments.get(name, value) != value:
                raise BadSpec(
                    Message(
                        "{metric} says {name} = {value}, but {name} is {setting}.",
                        metric=self.metric,
                        name=name,
                        value=value,
                        setting=repr(self.arguments[name]),
                    )
                )
        object.__setattr__(self, "metric", named.name)
        object.__setattr__(self, "arguments", {**named.arguments, **self.arguments})

    def _require_labels_that_can_occur(self) -> None:
        for label in self.labels:
            if not label.strip():
                raise BadSpec(
                    Message(
                        "A label must have a character that can be seen; {label} stands in the labels.",
                        label=repr(label),
                    )
                )
            if self.labels.count(label) > 1:
                raise BadSpec(
                    Message(
                        "The label {label} stands in the labels more than once; name each once.",
                        label=repr(label),
                    )
                )

    def _require_a_column_a_label(self) -> None:
        if not self.labels:
            object.__setattr__(self, "labels", self.target_columns)
        if sorted(self.labels) != sorted(self.target_columns):
            raise BadSpec(
                Message(
                    "{metric} takes one target column with the labels, or one named by each label; "
                    "the targets are {targets}, the labels {labels}.",
                    metric=self.metric,
                    targets=", ".join(self.target_columns),
                    labels=", ".join(self.labels),
                )
            )

    def _require_columns_that_fit(self) -> None:
        layout = self.definition.columns
        targets, predictions = self.target_columns, self.prediction_columns
        if not targets:
            raise BadSpec(Message("A competition needs at least one target column."))
        if layout is Columns.ANY:
            return
        if len(targets) > 1 and layout is not Columns.MANY and not self.is_one_hot:
            raise BadSpec(
                Message(
                    "{metric} takes one target column, not {count}.", metric=self.metric, count=len(targets)
                )
            )
        if layout in (Columns.ONE, Columns.MANY) and predictions not in ((), targets):
            raise BadSpec(
                Message(
                    "{metric} takes the target columns in the upload too; name no others.", metric=self.metric
                )
            )
        if layout is Columns.PER_CLASS and len(self.labels) < 2:
            raise BadSpec(
                Message(
                    "{metric} takes one column a class: declare the labels, two or more.", metric=self.metric
                )
            )
        if layout is Columns.PER_CLASS and predictions and len(predictions) != len(self.labels):
            raise BadSpec(COLUMN_PER_LABEL.filled(labels=len(self.labels), predictions=len(predictions)))
        width = self.definition.width
        names = predictions if layout is Columns.OWN else targets
        if (layout is Columns.OWN and not predictions) or (width and len(names) != width):
            raise BadSpec(
                OTHER_WIDTH.filled(metric=self.metric, width=width or Message("its own"), count=len(names))
            )

    def _require_different_names(self) -> None:
        for names in ((*self.columns, USAGE_COLUMN), self.key_columns):
            if not all(name.strip() for name in names):
                raise BadSpec(
                    Message(
                        "Each of the columns {names} must have a name.", names=", ".join(map(repr, names))
                    )
                )
            if len(set(names)) != len(names):
                raise BadSpec(
                    Message("The columns {names} must have different names.", names=", ".join(names))
                )

    def _require_auxiliary(self) -> None:
        if self.definition.columns is Columns.ANY:
            return
        fields, optional = self.definition.auxiliary, self.definition.optional
        for name in self.auxiliary:
            if name not in fields:
                raise BadSpec(
                    Message(
                        "{metric} has no auxiliary column '{name}'; it has: {columns}.",
                        metric=self.metric,
                        name=name,
                        columns=names_or_none(fields),
                    )
                )
        missing = [name for name in fields if name not in optional and name not in self.auxiliary]
        if missing:
            raise BadSpec(
                Message(
                    "{metric} needs the answer key's column for: {columns}.",
                    metric=self.metric,
                    columns=", ".join(missing),
                )
            )

    def _all_arguments(self) -> Mapping[str, Argument]:
        if self.definition.columns is Columns.ANY:
            return self.arguments  # checked against the signature, by whoever read metric.py
        return all_arguments(
            self.metric, self.definition, self.arguments, columns=len(self.prediction_columns)
        )


def implied_arguments(metric: str) -> dict[str, float | str]:
    """The arguments that stand in a metric's name, as the k of "MAP@5". Raises UnknownMetric."""
    return {} if metric == CUSTOM else dict(named_metric(metric).arguments)


def _texts(name: str, values: Iterable[object]) -> tuple[str, ...]:
    """The values, each of which must be a text: a file holds nothing else."""
    items = tuple(values)
    for value in items:
        if not isinstance(value, str):
            raise BadSpec(
                Message(
                    "{name} must be texts as they stand in the file; {found} is none. Write it in quotes: "
                    '"{text}".',
                    name=name,
                    found=repr(value),
                    text=str(value),
                )
            )
    return tuple(map(str, items))
