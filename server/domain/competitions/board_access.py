"""Who sees which board of a competition, asked with its revisions: on the way of those who refresh one."""

from sqlalchemy import ScalarSelect, Select, bindparam, or_, select

from server.domain.boards.veil import is_veiled
from server.domain.competitions.access import MAY_SEE
from server.domain.rights.of_tas import holds
from server.models import BoardRevision, Competition, Course, Member, Right, User

# Who may see its private scores: a condition on the same rows as MAY_SEE.
MAY_SEE_PRIVATE = or_(
    User.is_admin.is_(True), holds(Right.SEE_PRIVATE), Competition.reveal_at <= bindparam("now")
)
IS_VEILED = is_veiled(sees_names=or_(User.is_admin.is_(True), holds(Right.SEE_NAMES)))


def boards_seen_by(viewer: ScalarSelect[int]) -> Select[int, int, int, bool, bool]:
    """A query of the competition `slug` as `viewer` meets it at `now`, with no row where they may not see it.

    Its columns: the id, the revisions of both boards, whether the private one may be shown, whether there is
    a veil. viewer: the id of the user who asks; its parameters are the statement's, too.
    """
    return (
        select(Competition.id, BoardRevision.public, BoardRevision.private, MAY_SEE_PRIVATE, IS_VEILED)
        .join(Course, Course.id == Competition.course_id)
        .join(BoardRevision, BoardRevision.competition_id == Competition.id)
        .join(User, (User.id == viewer) & User.is_active.is_(True))
        .outerjoin(
            Member,
            (Member.course_id == Competition.course_id)
            & (Member.user_id == User.id)
            & Member.is_active.is_(True),
        )
        .where(Competition.slug == bindparam("slug"), MAY_SEE)
    )
