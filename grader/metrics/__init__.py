"""The catalogue of metrics: one dict for each family, a function and a line for each name.

A new metric is a function with its source and an example, an entry in its family's dict, and an oracle and
cases in tests/grader/metrics/proofs.
"""

import re

from grader.errors import UnknownMetric
from grader.metrics.lists import Lists
from grader.metrics.masks import MASKS
from grader.metrics.metric import Columns, Metric, Need, Parameter
from grader.metrics.numbers.correlation import CORRELATIONS
from grader.metrics.numbers.regression import NUMBERS
from grader.metrics.numbers.relative_errors import RELATIVE
from grader.metrics.numbers.special import SPECIAL
from grader.metrics.one_label.agreement import AGREEMENT
from grader.metrics.one_label.classification import OF_CLASSES
from grader.metrics.one_label.one_class import OF_ONE_CLASS
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
    "Need",
    "Parameter",
    "canonical_name",
]

FAMILIES: dict[str, dict[str, Metric]] = {
    "one label": OF_CLASSES | OF_ONE_CLASS | AGREEMENT,
    "scores and probabilities": PROBABILITIES | RANKED | OF_COLUMNS | CURVES,
    "numbers": NUMBERS | RELATIVE | CORRELATIONS | SPECIAL,
    "several labels": SEVERAL_LABELS | LABEL_COLUMNS | ENTITIES,
    "rankings": RANKINGS | QUERIES,
    "text": TEXTS | TRANSLATIONS | WORDINGS,
    "masks": MASKS,
}
METRICS: dict[str, Metric] = {name: metric for family in FAMILIES.values() for name, metric in family.items()}


def _fold(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name.strip().casefold()).strip("_")


ALIASES: dict[str, str] = {
    _fold(alias): name for name, metric in METRICS.items() for alias in (name, *metric.aliases)
}


def canonical_name(name: str) -> str:
    """The name in the catalogue of a metric given by it or by an alias; case and punctuation do not count.

    Raises UnknownMetric with the list of names.

    >>> canonical_name("Macro F1")
    'f1_macro'
    """
    canonical = ALIASES.get(_fold(name))
    if canonical is None:
        raise UnknownMetric(name, list(METRICS))
    return canonical
