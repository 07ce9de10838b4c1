"""What a competition's rules may be: the same bounds for `competition.toml` and for a later change."""

from typing import Self
from zoneinfo import available_timezones

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from server.models import Unselected

UPLOAD_LIMIT = 20_000_000


class RuleFields(BaseModel):
    """The rules that a homework brings and staff may change, each with its type and bounds."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200)
    daily_limit: int = Field(ge=1, le=1000)
    final_selections: int = Field(ge=1, le=100)
    unselected: Unselected
    team_size: int = Field(default=1, ge=1, le=20)
    merge_until: AwareDatetime | None = None
    late_penalty: float = Field(default=1.0, ge=0.0, le=1.0)
    has_practice: bool = True
    ladder_step: float | None = Field(default=None, gt=0.0, allow_inf_nan=False)
    reset_zone: str
    opens_at: AwareDatetime
    deadline_at: AwareDatetime
    late_until: AwareDatetime
    reveal_at: AwareDatetime
    grace_seconds: int = Field(default=60, ge=0, le=3600)
    upload_limit_bytes: int = Field(default=UPLOAD_LIMIT, ge=1, le=2**40)

    @field_validator("reset_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"'{value}' is no IANA time zone; an example is Asia/Taipei")
        return value

    @model_validator(mode="after")
    def _times_in_order(self) -> Self:
        if not self.opens_at < self.deadline_at <= min(self.late_until, self.reveal_at):
            raise ValueError(
                "times run in this order: opens, deadline, late-until; the reveal is not before the deadline"
            )
        return self


class Rules(RuleFields):
    """All rules that staff may change while a competition runs."""

    description_md: str = Field(max_length=200_000)
