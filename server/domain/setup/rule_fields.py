"""The rules that staff may change: those of a competition.toml within its bounds, and the description."""

from dataclasses import dataclass
from typing import Annotated

from grader.homeworks.rules import RuleFields, text


@dataclass(frozen=True, kw_only=True)
class Rules(RuleFields):
    """All rules that staff may change while a competition runs."""

    description_md: Annotated[str, text(0, 200_000)]
