"""The catalogue of metrics: one dict for each family, a function and a line for each name.

A new metric is a function with its source and an example, an entry in its family's dict, and an oracle and
cases in tests/grader/metrics/proofs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from grader.errors import UnknownMetric
from grader.metrics.aliases import NAMES_ELSEWHERE, NAMES_WITH_ARGUMENTS, NAMES_WITHOUT_METRIC
from grader.metrics.boxes import OF_BOXES
from grader.metrics.class_maps import CLASS_MAPS
from grader.metrics.lists import Lists
from grader.metrics.masks import MASKS
from grader.metrics.metric import Columns, Metric, Need, Parameter
from grader.metrics.numbers.correlation import CORRELATIONS
from grader.metrics.numbers.forecasts import FORECASTS
from grader.metrics.numbers.regression import NUMBERS
from grader.metrics.numbers.relative_errors import RELATIVE
from grader.metrics.numbers.special import SPECIAL
from grader.metrics.one_label.agreement import AGREEMENT
from grader.metrics.one_label.classification import OF_CLASSES
from grader.metrics.one_label.one_class import OF_ONE_CLASS
from grader.metrics.probabilities.calibration import CALIBRATION
from grader.metrics.probabilities.columns import OF_COLUMNS
from grader.metrics.probabilities.curves import CURVES
from grader.metrics.probabilities.precision import RANKED
from grader.metrics.probabilities.probability import PROBABILITIES
from grader.metrics.rankings.queries import QUERIES
from grader.metrics.rankings.ranking import RANKINGS
from grader.metrics.several_labels.entities import ENTITIES
from grader.metrics.several_labels.label_columns import LABEL_COLUMNS
from grader.metrics.several_labels.label_lists import SEVERAL_LABELS
from grader.metrics.texts.edits import TEXTS
from grader.metrics.texts.translation import TRANSLATIONS
from grader.metrics.texts.wording import WORDINGS

__all__ = [
    "ALIASES",
    "FAMILIES",
    "METRICS",
    "Columns",
    "Lists",
    "Metric",
    "NamedMetric",
    "Need",
    "Parameter",
    "canonical_name",
    "named_metric",
    "names_of",
]

FAMILIES: dict[str, dict[str, Metric]] = {
    "one label": OF_CLASSES | OF_ONE_CLASS | AGREEMENT,
    "scores and probabilities": PROBABILITIES | RANKED | OF_COLUMNS | CURVES | CALIBRATION,
    "numbers": NUMBERS | RELATIVE | CORRELATIONS | SPECIAL | FORECASTS,
    "several labels": SEVERAL_LABELS | LABEL_COLUMNS | ENTITIES,
    "rankings": RANKINGS | QUERIES,
    "text": TEXTS | TRANSLATIONS | WORDINGS,
    "masks and boxes": MASKS | CLASS_MAPS | OF_BOXES,
}
METRICS: dict[str, Metric] = {name: metric for family in FAMILIES.values() for name, metric in family.items()}
AT_K = re.compile(r"(?<![a-z0-9])[1-9][0-9]{0,5}(?![a-z0-9])")  # the 5 in map_5, not the 1 in f1


def _fold(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name.strip().casefold()).strip("_")


def names_of(name: str) -> tuple[str, ...]:
    """What else a metric of the catalogue is called."""
    return (*METRICS[name].aliases, *NAMES_ELSEWHERE.get(name, ()))


ALIASES: dict[str, str] = {_fold(alias): name for name in METRICS for alias in (name, *names_of(name))}

WITHOUT_METRIC = {_fold(name): reason for name, reason in NAMES_WITHOUT_METRIC.items()}
WITH_ARGUMENTS = {_fold(alias): meaning for alias, meaning in NAMES_WITH_ARGUMENTS.items()}


@dataclass(frozen=True, slots=True)
class NamedMetric:
    """A metric's name in the catalogue, and the arguments that stood in the name it was called by."""

    name: str
    arguments: Mapping[str, float | str]


def named_metric(name: str) -> NamedMetric:
    """The metric of a name, an alias, or one with its k in it; case and punctuation do not count.

    Raises UnknownMetric with the nearest names.

    >>> named_metric("MAP@5")
    NamedMetric(name='map_at_k', arguments={'k': 5})
    """
    folded = _fold(name)
    if folded in WITH_ARGUMENTS:
        return NamedMetric(*WITH_ARGUMENTS[folded])
    numbers = AT_K.findall(folded)
    canonical = ALIASES.get(folded) or (ALIASES.get(AT_K.sub("k", folded)) if len(numbers) == 1 else None)
    if canonical is None and (known := WITHOUT_METRIC.get(folded)) is not None:
        raise UnknownMetric(name, list(known.nearest), known.reason)
    if canonical is None:
        raise UnknownMetric(name, _nearest(folded))
    if len(numbers) == 1 and "k" in METRICS[canonical].parameters:
        return NamedMetric(canonical, {"k": int(numbers[0])})
    if folded not in ALIASES:
        raise UnknownMetric(name, [canonical])
    return NamedMetric(canonical, {})


def canonical_name(name: str) -> str:
    """The name in the catalogue of a metric given by it or by an alias; case and punctuation do not count.

    Raises UnknownMetric with the nearest names.

    >>> canonical_name("Macro F1")
    'f1_macro'
    """
    return named_metric(name).name


def _nearest(folded: str) -> list[str]:
    """The metrics whose names, or aliases, look most like this one, three at most."""
    near = get_close_matches(folded, ALIASES, n=9, cutoff=0.75)
    near += [alias for alias in ALIASES if len(folded) > 2 and f"_{folded}_" in f"_{alias}_"]
    return list(dict.fromkeys(ALIASES[alias] for alias in near))[:3]
