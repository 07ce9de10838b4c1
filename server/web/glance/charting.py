"""What the page of a course at a glance is made from: each chart, and the numbers that it is drawn from."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import accumulate
from statistics import mean

from markupsafe import Markup

from grader.messages import COMMA, Catalogue, Message, joined
from server.domain.glance import folding
from server.domain.glance.figures import BoardScores, Cohort
from server.domain.glance.folding import Group
from server.domain.glance.glance import Glance, HomeworkFigures, TotalSoFar
from server.serializers.values import Json
from server.web.rendering.charts import shapes as charts
from server.web.rendering.charts import shares
from server.web.rendering.charts.pairs import pair_chart
from server.web.rendering.charts.shapes import Line
from server.web.rendering.filters import score

NOT_NAMED = Message("not named")
DAY = timedelta(days=1)


def values(glance: Glance, catalogue: Catalogue) -> Json:
    """The values of the page."""
    departments = sizes_by(glance.cohorts, "department")
    return {
        "is_staff": glance.is_staff,
        "students": sum(departments.values()),
        "departments": _pie(folding.folded(departments), catalogue),
        "homeworks": [_drawn_once(each, glance, catalogue) for each in glance.homeworks],
        "taking_part": taking_part(glance) if glance.is_staff else [],
        "points": None if glance.totals is None else _points(glance.totals, catalogue),
        "least": folding.LEAST,
    }


def sizes_by(cohorts: Iterable[Cohort], kind: str) -> dict[str, int]:
    """How many students each department, or each section, has. kind: which of the two."""
    sizes: Counter[str] = Counter()
    for each in cohorts:
        sizes[each.department if kind == "department" else each.section] += each.size
    return dict(sizes)


def name_of(group: Group, kind: str = "department") -> str:
    """A group as people read it: its name, or those that are folded together."""
    names = [name or NOT_NAMED for name in group.names]
    if not group.is_folded:
        is_bare = kind == "section" and group.names[0].isalnum()  # "Section 2" says itself what it is
        return Message("section {name}", name=names[0]) if is_bare else names[0]
    return Message("others ({names})", names=joined(*names, between=COMMA))


def taking_part(glance: Glance) -> list[Json]:
    """Each folded department and section with its size, and how many of it stand on each public board."""
    rows = []
    for kind in ("department", "section"):
        for group in folding.folded(sizes_by(glance.cohorts, kind)):
            counts = [_size_of(group, sizes_by(each.cohorts, kind)) for each in glance.homeworks]
            rows.append({"kind": kind, "name": name_of(group, kind), "size": group.size, "counts": counts})
    is_told_apart = len({row["name"] for row in rows if row["kind"] == "section"}) > 1
    return [row for row in rows if row["kind"] == "department" or is_told_apart]


def _size_of(group: Group, sizes: Mapping[str, int]) -> int:
    return sum(sizes.get(name, 0) for name in group.names)


def _pie(groups: Sequence[Group], catalogue: Catalogue) -> Json:
    whole = sum(group.size for group in groups)
    rows: list[Json] = [
        {
            "name": name_of(group),
            "size": group.size,
            "percent": round(100 * group.size / whole),
            "colour": shares.REST if group.is_folded else number % shares.COLOURS,
        }
        for number, group in enumerate(groups)
    ]
    chart = shares.pie_chart(
        [group.size for group in groups],
        colours=[row["colour"] for row in rows],
        words=[
            Message("{name}: {size}, {percent} %", name=row["name"], size=row["size"], percent=row["percent"])
            for row in rows
        ],
        label=Message("Students by department"),
        catalogue=catalogue,
    )
    return {"chart": chart if groups else None, "rows": rows}


def _drawn_once(each: HomeworkFigures, glance: Glance, catalogue: Catalogue) -> Json:
    """A homework's charts, kept with its scores until another figure in them has changed.

    Nobody's own score is in what is kept.
    """
    if each.shows_own:
        return _homework(each, glance, catalogue)
    row, key = each.competition, (glance.is_staff, id(catalogue))
    texts = (catalogue, row.slug, row.title, row.higher_is_better, each.decimals)
    shown = (*texts, each.days, each.passings, each.private)
    earlier, drawn = each.public.drawn.get(key, (None, None))
    if drawn is None or earlier != shown:
        drawn = _homework(each, glance, catalogue)
        each.public.drawn[key] = (shown, drawn)
    charts_of: Json = drawn
    return charts_of


def _homework(each: HomeworkFigures, glance: Glance, catalogue: Catalogue) -> Json:
    row = each.competition
    total, rushed = (sum(getattr(day, name) for day in each.days) for name in ("count", "rushed"))
    passed = each.public.passed()
    private = {} if each.private is None else each.private.passed()
    own = each.own if each.shows_own else None
    is_drawn = each.is_legible or glance.is_staff
    return {
        "slug": row.slug,
        "title": row.title,
        "teams": len(each.public.scores),
        "submissions": total,
        "rushed": rushed,
        "rush_percent": round(100 * rushed / total) if total else 0,
        "decimals": each.decimals,
        "own": own,
        "place": None if own is None else _better_than(each, own),
        "tiers": [
            {"name": name, "threshold": limit, "public": passed[name], "private": private.get(name)}
            for name, limit in each.public.limits.items()
        ],
        "days": _days(each, catalogue) if is_drawn and each.days else None,
        "public": _histogram(each, each.public, own, Message("Public scores"), catalogue)
        if is_drawn
        else None,
        "private": None
        if each.private is None or not is_drawn
        else _histogram(each, each.private, None, Message("Private scores"), catalogue),
        "pairs": _pairs(each, catalogue) if is_drawn and each.pairs else None,
        "passing": _passing(each, catalogue) if is_drawn else None,
    }


def _better_than(each: HomeworkFigures, own: float) -> int:
    """How many percent of the teams have no better public score than the viewer's."""
    higher = each.competition.higher_is_better
    others = sum(other <= own if higher else other >= own for other in each.public.scores)
    return round(100 * others / len(each.public.scores))


def _days(each: HomeworkFigures, catalogue: Catalogue) -> Json:
    """Submissions by course day, from the first to the last, days without any too."""
    first, last = each.days[0].day, each.days[-1].day
    counts = {day.day: day.count for day in each.days}
    days = [first + DAY * number for number in range((last - first).days + 1)]
    chart = charts.bar_chart(
        [counts.get(day, 0) for day in days],
        words=[f"{day.isoformat()}: {counts.get(day, 0):,}" for day in days],
        first=first.isoformat(),
        last=last.isoformat(),
        label=Message("Submissions a day"),
        catalogue=catalogue,
    )
    return {"chart": chart, "rows": [(day.day.isoformat(), day.count) for day in each.days]}


def _histogram(
    each: HomeworkFigures, split: BoardScores, own: float | None, label: Message, catalogue: Catalogue
) -> Json | None:
    if not split.scores:
        return None
    bins = shares.bins_of(split.scores, split.limits)
    spans = [
        (score(one.low, each.decimals), score(one.high, each.decimals), one.count)
        for one in bins
        if one.count
    ]
    words = [
        Message(
            "{low} to {high}: {count:,}",
            low=score(one.low, each.decimals),
            high=score(one.high, each.decimals),
            count=one.count,
        )
        for one in bins
    ]
    chart = shares.histogram(
        bins,
        split.limits,
        words=words,
        own=own,
        decimals=each.decimals,
        label=label,
        catalogue=catalogue,
    )
    return {"chart": chart, "rows": spans}


def _pairs(each: HomeworkFigures, catalogue: Catalogue) -> Json:
    """Each team's public score against its private one, and how many have a better or a worse one there."""
    better, worse = each.moved()
    chart = pair_chart(each.pairs, decimals=each.decimals, catalogue=catalogue)
    return {"chart": chart, "teams": len(each.pairs), "better": better, "worse": worse}


def _passing(each: HomeworkFigures, catalogue: Catalogue) -> Json | None:
    """How many teams had reached each tier by the end of which course day."""
    if not each.passings:
        return None
    days = sorted({day.day for day in each.days} | {one.day for one in each.passings})
    counts = {(one.tier, one.day): one.count for one in each.passings}
    lines, rows = [], []
    for tier in each.public.limits:
        totals = list(accumulate(counts.get((tier, day), 0) for day in days))
        texts = [
            Message("{day}: {count:,} passed {tier}", day=day.isoformat(), count=total, tier=tier)
            for day, total in zip(days, totals, strict=True)
        ]
        points = [(float(day.toordinal()), float(total)) for day, total in zip(days, totals, strict=True)]
        before = (points[0][0] - 1, 0.0)  # from nobody on, so that the axis never counts in powers of ten
        nobody = Message(
            "{day}: {count:,} passed {tier}", day=(days[0] - DAY).isoformat(), count=0, tier=tier
        )
        lines.append(Line([before, *points], f"stroke-{tier}", [nobody, *texts]))
        rows += [
            (tier, day.isoformat(), total)
            for day, total in zip(days, totals, strict=True)
            if (tier, day) in counts
        ]
    chart = charts.line_chart(
        lines,
        label=Message("Teams that passed each tier by then"),
        first=(days[0] - DAY).isoformat(),
        last=days[-1].isoformat(),
        catalogue=catalogue,
        is_count=True,
    )
    return {"chart": chart, "rows": rows}


def _points(students: Sequence[TotalSoFar], catalogue: Catalogue) -> Json | None:
    """The totals so far as a histogram, and their means by folded department and section."""
    totals = [each.points for each in students]
    if not totals:
        return None
    bins = shares.bins_of(totals, {})
    chart: Markup = shares.histogram(
        bins,
        {},
        words=[
            Message(
                "{low:g} to {high:g}: {count:,}",
                low=round(one.low, 2),
                high=round(one.high, 2),
                count=one.count,
            )
            for one in bins
        ],
        own=None,
        decimals=1,
        label=Message("Points so far"),
        catalogue=catalogue,
    )
    return {
        "chart": chart,
        "mean": mean(totals),
        "most": max(each.most for each in students),
        "spans": [(f"{one.low:.4g}", f"{one.high:.4g}", one.count) for one in bins if one.count],
        "rows": mean_points(students),
    }


def mean_points(students: Sequence[TotalSoFar]) -> list[Json]:
    """The mean of the totals so far of each folded department and section."""
    rows = []
    for kind in ("department", "section"):
        totals: dict[str, list[float]] = {}
        for each in students:
            totals.setdefault(getattr(each, kind), []).append(each.points)
        groups = folding.folded({name: len(of_group) for name, of_group in totals.items()})
        if kind == "department" or len(groups) > 1:
            rows += [
                {
                    "kind": kind,
                    "name": name_of(group, kind),
                    "size": group.size,
                    "mean": mean(total for name in group.names for total in totals[name]),
                }
                for group in groups
            ]
    return rows
