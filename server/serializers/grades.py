"""The shape of a student's points now, on pages and over the API."""

from collections.abc import Mapping
from typing import Literal

from typing_extensions import TypedDict

from server.clock import iso
from server.domain.grades.exports.exports import MadeExport
from server.domain.grades.points.points_now import HomeworkNow, PointsNow
from server.models import ExportKind, GradeAdjustment
from server.serializers.values import Json, Time


class ItemPointsJson(TypedDict):
    """An item that staff check by hand; `points` is null until they have."""

    name: str
    points: float | None
    most: float


class AdjustmentJson(TypedDict):
    """What staff changed by hand: the points become `factor` times themselves, plus `points`."""

    points: float
    factor: float
    is_excused: bool
    reason: str
    given_at: Time


class TierToPassJson(TypedDict):
    """The easiest tier that is not passed on the public rows, its public threshold and its hint's page."""

    name: str
    points_public: float
    points_private: float
    threshold_public: float | None
    hint_url: str


class HomeworkPointsJson(TypedDict):
    """One homework; `earned`, `sealed_most`, `open_most` and `most` are weighted.

    `sealed_most` is the most that the private rows may add at the reveal; before it, `tiers_private`
    is null. `open_most` is what can still be earned besides, `share_now` what a file sent now earns of a
    tier.
    """

    competition: str
    title: str
    earned: float
    sealed_most: float
    open_most: float
    most: float
    counts: bool
    tiers_public: float
    tiers_private: float | None
    bonus: float
    items: list[ItemPointsJson]
    adjustments: list[AdjustmentJson]
    weight: float
    cap: float | None
    files: int
    missing: list[str]
    share_now: float
    next_tier: TierToPassJson | None


class PointsJson(TypedDict):
    """A student's points of a course so far: homeworks that have opened."""

    course: str
    earned: float
    sealed_most: float
    open_most: float
    most: float
    drop_lowest: int
    cap: float | None
    adjustments: list[AdjustmentJson]
    homeworks: list[HomeworkPointsJson]


class ExportPartnerJson(TypedDict):
    """A student of the course."""

    user_id: int
    name: str


class ExportStrangerJson(TypedDict):
    """A row of the gradebook that is nobody's here: its keys, and those whom it may be."""

    name: str
    keys: list[str]
    partners: list[ExportPartnerJson]


class ExportMaximumJson(TypedDict):
    """A column of the gradebook whose maximum there is not the one here; `is_scaled`: points were scaled."""

    title: str
    there: float
    here: float
    is_scaled: bool


class ExportJson(TypedDict):
    """An export; `changed` is null where no gradebook was filled, `made_by` empty for the command line.

    `remaining` grades of the gradebook were left, since there are none here; students in `twice` have several
    rows in it, none of which was filled.
    """

    version: int
    url: str
    kind: ExportKind
    made_at: Time
    made_by: str
    file_name: str
    size: int
    sha256: str
    students: int
    changed: int | None
    remaining: int
    not_here: list[ExportStrangerJson]
    not_there: list[ExportPartnerJson]
    twice: list[ExportPartnerJson]
    maxima: list[ExportMaximumJson]


class ExportsJson(TypedDict):
    """The exports of a course, the newest first."""

    exports: list[ExportJson]


FILE: Literal["file"] = "file"  # what is missing of a homework for which nothing was handed in


def points(course: str, row: PointsNow) -> PointsJson:
    """The points of one student."""
    return {
        "course": course,
        "earned": row.student.total.points,
        "sealed_most": row.sealed_most,
        "open_most": row.open_most,
        "most": row.student.total.most,
        "drop_lowest": row.course.drop_lowest,
        "cap": row.course.cap,
        "adjustments": [_adjustment(each) for each in row.student.adjustments],
        "homeworks": [_homework(each) for each in row.homeworks],
    }


def _homework(row: HomeworkNow) -> HomeworkPointsJson:
    competition, total = row.homework.competition, row.points.total
    private = row.points.private
    return {
        "competition": competition.slug,
        "title": competition.title,
        "earned": total.points,
        "sealed_most": row.sealed_most,
        "open_most": row.open_most,
        "most": total.most,
        "counts": total.counts,
        "tiers_public": row.points.public.points,
        "tiers_private": None if private is None else private.points,
        "bonus": total.bonus,
        "items": [
            {"name": name, "points": row.points.items.get(name), "most": most}
            for name, most in row.homework.rules.items.items()
        ],
        "adjustments": [_adjustment(each) for each in row.points.adjustments],
        "weight": row.homework.rules.weight,
        "cap": row.homework.rules.cap,
        "files": row.files,
        "missing": [*([] if row.files else [FILE]), *row.unchecked],
        "share_now": row.share,
        "next_tier": _next_tier(row),
    }


def _next_tier(row: HomeworkNow) -> TierToPassJson | None:
    tier = row.next_tier
    if tier is None:
        return None
    return {
        "name": tier.name,
        "points_public": tier.points_public,
        "points_private": tier.points_private,
        "threshold_public": tier.threshold_public,
        "hint_url": f"/competitions/{row.homework.competition.slug}/tiers",
    }


def _adjustment(row: GradeAdjustment) -> AdjustmentJson:
    return {
        "points": row.points,
        "factor": row.factor,
        "is_excused": row.is_excused,
        "reason": row.reason,
        "given_at": iso(row.given_at),
    }


def given_adjustment(row: GradeAdjustment, slugs: Mapping[int, str]) -> Json:
    """An adjustment as staff see it, one that was taken back too. slugs: of competitions, by their ids."""
    return {
        **_adjustment(row),
        "id": row.id,
        "homework": None if row.competition_id is None else slugs.get(row.competition_id),
        "is_revoked": row.revoked_at is not None,
    }


def export(course: str, each: MadeExport) -> ExportJson:
    """One export. course: its slug."""
    row, facts = each.row, each.row.facts
    return {
        "version": row.version,
        "url": f"/api/courses/{course}/exports/{row.version}",
        "kind": row.kind,
        "made_at": iso(row.made_at),
        "made_by": each.by,
        "file_name": row.file_name,
        "size": row.size,
        "sha256": row.sha256,
        "students": facts["students"],
        "changed": facts["changed"],
        "remaining": facts["remaining"],
        "not_here": [
            {
                "name": one["name"],
                "keys": one.get("keys", []),
                "partners": [_partner(partner) for partner in one["partners"]],
            }
            for one in facts["not_here"]
        ],
        "not_there": [_partner(one) for one in facts["not_there"]],
        "twice": [_partner(one) for one in facts.get("twice", ())],
        "maxima": [
            {
                "title": one["title"],
                "there": one["there"],
                "here": one["here"],
                "is_scaled": one["is_scaled"],
            }
            for one in facts.get("maxima", ())
        ],
    }


def _partner(facts: str | Json) -> ExportPartnerJson:
    """A student in the facts of an export; early ones have a name alone."""
    if isinstance(facts, str):
        return {"user_id": 0, "name": facts}
    return {"user_id": facts["user_id"], "name": facts["name"]}
