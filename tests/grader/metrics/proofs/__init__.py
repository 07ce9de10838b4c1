"""What proves each metric: random cases, cases at the edges, and an independent implementation.

A proof speaks in texts, as the files do: rows of fields, the key's targets and then its auxiliary columns in
the order of the spec, and the upload's values. The oracle reads them by itself, so that parsing, aligning and
splitting are proved with the arithmetic.
"""

from tests.grader.metrics.proofs import (
    curves,
    forecasts,
    images,
    label_columns,
    lists,
    masks,
    numbers,
    one_label,
    probabilities,
    special,
    text,
    wording,
)
from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial

__all__ = ["PROOFS", "Edge", "ExpectedRefusal", "Proof", "Row", "Trial"]

PROOFS: dict[str, Proof] = {
    **one_label.PROOFS,
    **probabilities.PROOFS,
    **numbers.PROOFS,
    **lists.PROOFS,
    **text.PROOFS,
    **masks.PROOFS,
    **curves.PROOFS,
    **label_columns.PROOFS,
    **special.PROOFS,
    **forecasts.PROOFS,
    **images.PROOFS,
    **wording.PROOFS,
}
