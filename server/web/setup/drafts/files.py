"""The data files and the answer key of a draft."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from grader.answer_keys.split import Split, SplitWay
from grader.messages import Message
from server.domain.errors import Invalid, NotFound
from server.domain.grading.answer_keys import SAMPLE
from server.domain.setup.drafts import checks, steps
from server.domain.setup.drafts import draft as drafts
from server.domain.setup.drafts.parts import PUBLIC
from server.http.deps import Db
from server.web.competitions.pictures import picture_file
from server.web.rendering.forms import Acting, chosen_file, field, form_with_files
from server.web.rendering.pages import ViewerHere
from server.web.setup.drafts.page import FILE_MOST, HERE, DraftPage, number_in, required_file

router = APIRouter()


@router.post(f"{HERE}/files", max_body_size=FILE_MOST)
async def add_file(request: Request, page: DraftPage, viewer: ViewerHere) -> Response:
    """Add a data file, or replace the one of its name."""
    await page.authorise()
    async with form_with_files(request, viewer, max_files=1, max_fields=3) as form:
        name, data = field(form, "name").strip(), await required_file(form, "file")
        file = chosen_file(form, "file")
    name = name or (file.filename if file is not None and file.filename else "")
    return await page.save(
        lambda parts: steps.with_file(page.context.store, parts, name=name, data=data), name="files"
    )


@router.get(f"{HERE}/pictures/{{name:path}}")
async def picture(request: Request, page: DraftPage, name: str) -> Response:
    """A data file of the draft that is a picture, for whoever may set the course up."""
    _, row = await page.load()
    file = row.parts.files.get(name)
    if file is None:
        raise NotFound(Message("The draft has no data file '{name}'.", name=name))
    return picture_file(request, file.sha256, name=name)


@router.post(f"{HERE}/files/remove")
async def remove_file(page: DraftPage, viewer: Acting, name: Annotated[str, Form()]) -> Response:
    """Take a data file away."""
    return await page.save(lambda parts: steps.without_file(parts, name), name="files")


@router.post(f"{HERE}/files/version")
async def take_version(page: DraftPage, viewer: Acting, db: Db, version: Annotated[int, Form()]) -> Response:
    """Take an earlier version of a data file again."""
    _, row = await page.load()
    versions = await db.aread(lambda session: drafts.versions_of(session, row.draft))
    match = next((each for each in versions if each.id == version and each.name.startswith(PUBLIC)), None)
    if match is None:
        raise NotFound(Message("There is no such version of a data file of this draft."))
    name = match.name.removeprefix(PUBLIC)
    return await page.save(lambda parts: steps.with_version(parts, name=name, file=match.file), name="files")


@router.post(f"{HERE}/files/sample")
async def make_sample(page: DraftPage, viewer: Acting) -> Response:
    """Make the sample submission from the key's ids."""
    store = page.context.store
    return await page.save(
        lambda parts: steps.with_file(store, parts, name=SAMPLE, data=checks.sample_of(store, parts)),
        name="files",
    )


@router.post(f"{HERE}/key", max_body_size=FILE_MOST)
async def set_key(request: Request, page: DraftPage, viewer: ViewerHere) -> Response:
    """Save the answer key, with its own split or with one made for it."""
    await page.authorise()
    async with form_with_files(request, viewer, max_files=1, max_fields=6) as form:
        data, split = await required_file(form, "answer_key"), _split(form)
    return await page.save(lambda parts: steps.with_key(page.context.store, parts, data, split), name="key")


def _split(form: FormData) -> Split | None:
    """The split that the form asks for; None for the key's own."""
    way = field(form, "split")
    if not way:
        return None
    if way not in list(SplitWay):
        raise Invalid(Message("There is no split '{way}'.", way=way[:40]))
    share = number_in(field(form, "share"), float)
    if not 0 < share < 100:
        raise Invalid(Message("The public share is between 0 and 100 percent; {share} is not.", share=share))
    seed = field(form, "seed").strip()
    if not seed:
        raise Invalid(Message("A split needs a seed, any text; the same one gives the same split again."))
    return Split(SplitWay(way), share / 100, seed, field(form, "column").strip())
