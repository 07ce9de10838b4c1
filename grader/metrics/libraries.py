"""Libraries that some metrics are defined by, which the smallest installation leaves out."""

from importlib.util import find_spec

from grader.errors import MissingLibrary
from grader.metrics.metric import Metric


def require_library(metric: Metric) -> None:
    """Raise MissingLibrary where the metric's library is not installed, before anything is scored by it."""
    if metric.library and find_spec(metric.library) is None:
        raise MissingLibrary(metric.summary, metric.library)
