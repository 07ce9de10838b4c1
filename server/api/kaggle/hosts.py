"""Setting a competition up by Kaggle's client: every call is a step of a draft, or a launch.

What the client can ask and a draft has no place for is refused with a sentence, so that nobody believes it
done. A metric cannot be told by it at all; it is chosen on the draft's page.
"""

from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import ValidationError

from grader.messages import COMMA, Message, joined
from server.api.kaggle.dialects import RPC, Caller, NamedCompetition, kaggle_router
from server.api.kaggle.host_shapes import (
    BenchmarkRequest,
    BlobOfCompetition,
    BlobRequest,
    CreateRequest,
    DataRequest,
    DataVersion,
    Done,
    KagglesTimes,
    KeyStatus,
    LaunchRequest,
    NewHosted,
    PageRequest,
    SettingsRequest,
)
from server.api.kaggle.pages import DESCRIPTION, Page
from server.api.kaggle.submissions import opened
from server.domain.competitions import access as competitions
from server.domain.errors import Invalid, Malformed
from server.domain.grading.answer_keys import SAMPLE
from server.domain.kaggle import hosting as domain
from server.domain.kaggle.uploads import AnnouncedFile
from server.domain.setup.drafts import steps
from server.domain.submissions import submit as submissions
from server.http.answers import Answer
from server.http.deps import SEEING_PRIVATE, Db, Now, own_url
from server.http.scopes import OF_STAFF
from server.http.stored_files import plain_name
from server.models import Course, Right
from server.serializers.kaggle import KaggleUploadAddress
from server.services.kaggle import hosting
from server.services.kaggle.hosting import TIMES, ActingHost, NewKaggleDraft, Step

FILE_MOST = 300_000_000  # bytes of a file of a competition to be, as on its page
MARKDOWN = ("", "text/markdown", "text/plain")
NOT_CARRIED = {
    "hackathon",
    "taskCreation",
    "reward",
    "numPrizes",
    "restrictLinkToEmailList",
}
CLONE = "cloneCompetitionId"
NO_ZONE = Message("A time needs its zone, as in 2027-01-01T00:00:00Z.")
router = kaggle_router()


async def acting_host(caller: Caller, db: Db, now: Now) -> ActingHost:
    """Whoever may set up a course, to write a competition of it; raises NotAllowed for everybody else."""
    await db.aread(lambda session: domain.require_host(session, caller.user))
    return ActingHost(caller.user, now)


Hosting = Annotated[ActingHost, Depends(acting_host)]


@router.post("/blobs.BlobApiService/StartBlobUpload", openapi_extra=OF_STAFF)
async def start_blob(
    request: Request, body: BlobRequest, host: Hosting, now: Now
) -> Answer[KaggleUploadAddress]:
    """Open an address for a file of a competition to be."""
    if body.content_length > FILE_MOST:
        raise Invalid(Message("A file of a competition has at most {most:,} bytes.", most=FILE_MOST))
    file = AnnouncedFile(host.user.id, None, plain_name(body.name), FILE_MOST)
    return Answer(await opened(request, file, now=now))


@router.post(f"{RPC}/CreateCompetition", openapi_extra=OF_STAFF)
async def create(request: Request, body: CreateRequest, host: Hosting) -> Answer[NewHosted]:
    """Begin a draft."""
    refused = sorted(
        name for name, value in (body.model_extra or {}).items() if name in NOT_CARRIED and value
    )
    if (body.model_extra or {}).get(CLONE):
        raise Invalid(
            Message(
                "A clone has times and a course of its own, which cannot be said here. Make it on the page "
                "Set up, or by `splitboard competition clone`."
            )
        )
    if refused:
        raise Invalid(
            Message("A competition here has no place for {names}.", names=joined(*refused, between=COMMA))
        )
    new = NewKaggleDraft(body.slug.lower(), body.title, body.brief_description, body.organization_id)
    draft, course = await _do(request, hosting.create, new, host)
    return Answer({"id": draft.id, "ref": draft.slug, "url": _page(request, course, draft.id)})


@router.post(f"{RPC}/CreateCompetitionPage", openapi_extra=OF_STAFF)
@router.post(f"{RPC}/UpdateCompetitionPage", openapi_extra=OF_STAFF)
async def write_page(request: Request, body: PageRequest, host: Hosting) -> Answer[Page]:
    """Write the description; there is no other text."""
    name, fields = body.page_name or body.page.name, set(body.update_mask.split(",")) - {"isPublished", ""}
    if name != DESCRIPTION or fields != {"content"} or body.page.mime_type not in MARKDOWN:
        raise Invalid(
            Message("A competition here has one text, its description, in Markdown; write all of it there.")
        )

    def words(parts: Any) -> Any:
        return steps.with_words(parts, title=parts.table["title"], description_md=body.page.content)

    await _save(request, body.competition_name, words, name="words", host=host)
    content = body.page.content
    page: Page = {"name": name, "content": content, "mimeType": "text/markdown", "isPublished": True}
    return Answer(page)


@router.post(f"{RPC}/DeleteCompetitionPage", openapi_extra=OF_STAFF)
async def delete_page(request: Request, body: NamedCompetition, host: Hosting) -> Answer[Done]:
    """Empty the description; there is no other text."""
    if body.page_name != DESCRIPTION:
        raise Invalid(Message("There is no page '{name}'; there is one, description.", name=body.page_name))

    def words(parts: Any) -> Any:
        return steps.with_words(parts, title=parts.table["title"], description_md="")

    await _save(request, body.competition_name, words, name="words", host=host)
    return Answer(Done())


@router.post(f"{RPC}/GetCompetitionSettings", openapi_extra=OF_STAFF)
async def settings(request: Request, body: NamedCompetition, host: Hosting) -> Answer[dict[str, str]]:
    """The settings that a draft has."""
    _, row = await _do(request, hosting.load, body.competition_name, host)
    return Answer(_settings(row.draft.slug, row.parts.table))


@router.post(f"{RPC}/UpdateCompetitionSettings", openapi_extra=OF_STAFF)
async def change_settings(request: Request, body: SettingsRequest, host: Hosting) -> Answer[dict[str, str]]:
    """Change the title, the deadline and the reveal; everything else is refused."""
    names = {each for each in body.update_mask.split(",") if each}
    foreign = sorted(names - {"title", *TIMES})
    if foreign:
        raise Invalid(
            Message(
                "Kaggle's client sets the title, the deadline and privateLeaderboardReleaseDate here, not "
                "{names}. The draft's page has all settings.",
                names=joined(*foreign, between=COMMA),
            )
        )
    slug = body.competition_name
    course, _ = await _do(request, hosting.load, slug, host)
    read = _times(body.settings)
    times = {TIMES[name]: at for name in TIMES if name in names and (at := getattr(read, name)) is not None}

    def change(parts: Any) -> Any:
        title = str(body.settings.get("title", "")) if "title" in names else parts.table["title"]
        parts = steps.with_words(parts, title=title, description_md=parts.description_md)
        return hosting.with_times(parts, times, course=course, slug=slug) if times else parts

    parts = await _save(request, slug, change, name="rules", host=host)
    return Answer(_settings(slug, parts.table))


def _times(settings: dict[str, Any]) -> KagglesTimes:
    try:
        read = KagglesTimes.model_validate(settings)
    except ValidationError as error:
        raise Malformed(error.errors()) from error
    if any(
        at is not None and at.tzinfo is None for at in (read.deadline, read.privateLeaderboardReleaseDate)
    ):
        raise Invalid(NO_ZONE)
    return read


def _settings(slug: str, table: dict[str, Any]) -> dict[str, str]:
    times = {kaggles: table[ours] for kaggles, ours in TIMES.items() if ours in table}
    return {"competitionName": slug, "title": table["title"], **times}


@router.post(f"{RPC}/CreateCompetitionData", openapi_extra=OF_STAFF)
async def send_data(request: Request, body: DataRequest, host: Hosting) -> Answer[DataVersion]:
    """Let these be the data files."""
    if "RERUN" in body.competition_databundle_type:
        raise Invalid(Message("Nothing is run again here, so there are no private data for that."))
    context = request.app.state.context

    def files(parts: Any) -> Any:
        sent = [(each.name, hosting.file_of(context, each.token, host)) for each in body.files]
        return hosting.with_files(context.store, parts, sent)

    await _save(request, body.competition_name, files, name="files", host=host)
    course, row = await _do(request, hosting.load, body.competition_name, host)
    url = _page(request, course, row.draft.id)
    return Answer({"url": url, "databundleId": row.draft.id, "databundleVersionId": row.draft.step})


@router.post(f"{RPC}/CreateCompetitionSolution", openapi_extra=OF_STAFF)
async def send_key(request: Request, body: BlobOfCompetition, host: Hosting) -> Answer[Done]:
    """Let this file, which has a column Usage, be the answer key."""
    context = request.app.state.context

    def key(parts: Any) -> Any:
        return steps.with_key(context.store, parts, hosting.file_of(context, body.blob_token, host), None)

    await _save(request, body.competition_name, key, name="key", host=host)
    return Answer(Done())


@router.post(f"{RPC}/CreateCompetitionSampleSubmission", openapi_extra=OF_STAFF)
async def send_sample(request: Request, body: BlobOfCompetition, host: Hosting) -> Answer[Done]:
    """Let this file be the sample submission."""
    context = request.app.state.context

    def sample(parts: Any) -> Any:
        data = hosting.file_of(context, body.blob_token, host)
        return steps.with_file(context.store, parts, name=SAMPLE, data=data)

    await _save(request, body.competition_name, sample, name="files", host=host)
    return Answer(Done())


@router.post(f"{RPC}/GetCompetitionSolutionStatus", openapi_extra=OF_STAFF)
async def status(request: Request, body: NamedCompetition, host: Hosting) -> Answer[KeyStatus]:
    """Whether the draft can be launched, and each thing that it lacks."""
    course, row = await _do(request, hosting.load, body.competition_name, host)
    missing = await _do(request, hosting.lacks, row)
    page = Message("Its page: {url}", url=_page(request, course, row.draft.id))
    error = joined(*missing, page, between="\n") if missing else ""
    return Answer(
        {
            "ready": not missing,
            "setupError": error,
            "rowIdColumnName": str(row.parts.table.get("id_column", "")),
        }
    )


@router.post(f"{RPC}/LaunchCompetition", openapi_extra=OF_STAFF)
async def launch(request: Request, body: LaunchRequest, host: Hosting) -> Answer[Done]:
    """Launch the draft, so that it opens now or at a time to come."""
    opens = body.future_time
    if opens is not None and opens.tzinfo is None:
        raise Invalid(NO_ZONE)
    await _do(request, hosting.ask_for_launch, body.competition_name, opens, host)
    return Answer(Done())


@router.post(f"{RPC}/UpdateSubmissionBenchmark", openapi_extra=OF_STAFF)
async def publish(request: Request, body: BenchmarkRequest, caller: Caller, db: Db, now: Now) -> Answer[Done]:
    """Let the score of one's own trial be the threshold of the tier that its note names."""
    submission, access = await db.aread(
        lambda session: submissions.visible(
            session, submission_id=body.submission_id, user=caller.user, now=now
        )
    )
    competitions.require_rights(access, (*SEEING_PRIVATE, Right.CHANGE_RULES), now)
    if not body.benchmark:
        raise Invalid(Message("Choose other runs for the threshold on the page Baselines."))
    await _do(request, hosting.publish_as_threshold, submission, access, ActingHost(caller.user, now))
    return Answer(Done())


async def _do(request: Request, work: Any, *parts: Any) -> Any:
    """Do slow work beside the event loop."""
    context = request.app.state.context
    return await context.in_thread(partial(work, context, *parts))


async def _save(request: Request, slug: str, step: Step, *, name: str, host: ActingHost) -> Any:
    context = request.app.state.context
    return await context.in_thread(partial(hosting.save, context, slug, step, name=name, host=host))


def _page(request: Request, course: Course, draft_id: int) -> str:
    return f"{own_url(request).rstrip('/')}/courses/{course.slug}/drafts/{draft_id}"
