"""Stands in for the module `kaggle_metric_utilities`, which metrics published for Kaggle may import.

Written anew from the public description of what it does; none of Kaggle's code is here. In the sandbox it is
found under Kaggle's name.
"""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Frame: TypeAlias = "pd.DataFrame | NDArray[np.generic]"
Result = TypeVar("Result")
SUM_TOLERANCE = 1e-5  # of the probabilities of a row, which a CSV file may have rounded


class ParticipantVisibleError(Exception):
    """Its message is shown to who uploaded the file."""


class HostVisibleError(Exception):
    """Its message is shown to staff alone."""


def safe_call_score(
    metric_function: Callable[..., Result], solution: Frame, submission: Frame, **metric_func_kwargs: object
) -> Result:
    """What metric_function(solution, submission, ...) returns.

    An error whose message cannot give a true value away (every true value is a number, and the message has
    no digit and names no truth value) becomes a ParticipantVisibleError; any other passes unchanged.
    """
    try:
        return metric_function(solution, submission, **metric_func_kwargs)
    except Exception as error:
        name = type(error).__name__
        if name in ("ParticipantVisibleError", "HostVisibleError"):
            raise
        if _says_no_true_value(str(error), solution):
            raise ParticipantVisibleError(str(error)) from error
        raise


def _says_no_true_value(message: str, solution: Frame) -> bool:
    types = list(solution.dtypes) if isinstance(solution, pd.DataFrame) else [np.asarray(solution).dtype]
    if not all(pd.api.types.is_numeric_dtype(item) for item in types):
        return False
    words = ("true", "false") if any(pd.api.types.is_bool_dtype(item) for item in types) else ()
    text = message.casefold()
    return not any(item.isnumeric() for item in text) and not any(word in text for word in words)


def verify_valid_probabilities(df: pd.DataFrame, df_name: str) -> None:
    """Raise ParticipantVisibleError unless each row of numbers is 0 or more and adds up to 1.

    df: (n_rows, n_classes), without the id column. df_name: what the message calls it.
    """
    if not all(pd.api.types.is_numeric_dtype(dtype) for dtype in df.dtypes):
        raise ParticipantVisibleError(f"All values in {df_name} must be numbers")
    if (df < 0).any(axis=None):
        raise ParticipantVisibleError(f"All values in {df_name} must be zero or more")
    if not np.allclose(df.sum(axis=1), 1.0, rtol=0.0, atol=SUM_TOLERANCE):
        raise ParticipantVisibleError(f"The values in each row of {df_name} must add up to one")
