"""A form that is refused comes back: its page, with what was typed and the reason at the form.

The page is asked for anew, as the same viewer, so it is exactly what they may see now. No template takes
part: the form is found by its address, which holds for every form there is. A form whose text is to be looked
at first comes back in the same way.
"""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from lxml import html
from markupsafe import Markup
from starlette.datastructures import FormData, UploadFile
from starlette.types import Message as Event

from grader.messages import Message, joined
from languages.catalogue import ENGLISH, Templates, templates
from server.domain.errors import DomainError, LimitReached, Malformed, NotFound
from server.http.deps import NO_STORE
from server.services.uploads.refusals import FileRefused
from server.web.rendering.forms import TOKEN
from server.web.rendering.texts import shown

REDRAWN = {404, 409, 413, 422}  # of these refusals, whoever filled the form can make good
PREVIEW = Message("Preview")
REASON = "refusal"  # the id of the element with the reason
PASSED_ON = {b"cookie", b"accept-language", b"host", b"user-agent"}
FROM_THE_CONNECTION = ("type", "asgi", "http_version", "scheme", "server", "client")


async def redrawn(request: Request, error: DomainError, status: int) -> Response | None:
    """The page of the form that `request` sent, filled as it was; None where there is none to show again."""
    fields: FormData | None = getattr(request.state, "form", None)
    has_page_of_its_own = isinstance(error, FileRefused | LimitReached)
    if fields is None or status not in REDRAWN or has_page_of_its_own:
        return None
    page_and_form = await _filled_page(request, fields)
    if page_and_form is None:
        return None
    page, form = page_and_form
    _explain(form, error, fields, templates(page.get("lang", ENGLISH)))
    return _answer(page, status)


async def previewed(request: Request, name: str, text: Markup) -> Response:
    """The page of the form that `request` sent, filled as it was, with `text` below its field `name`.

    Raises NotFound where no page has such a form.
    """
    page_and_form = await _filled_page(request, request.state.form)
    if page_and_form is None:
        raise NotFound(Message("There is no page with this form."))
    page, form = page_and_form
    mark = secrets.token_hex(16)
    section = html.Element("section", {"class": "preview", "tabindex": "-1", "autofocus": ""})
    section.set("aria-label", templates(page.get("lang", ENGLISH)).gettext(PREVIEW))
    section.text = mark
    field = form.inputs[name]
    (field.getparent() if field.getparent().tag == "label" else field).addnext(section)
    return _answer(page, 200, replaced={mark: text})


async def _filled_page(
    request: Request, fields: FormData
) -> tuple[html.HtmlElement, html.FormElement] | None:
    """The page that has the form, and the form as it was sent."""
    for address in _addresses(request):
        page = await _page_at(request, address)
        form = None if page is None else _form(page, request.url.path, fields)
        if page is not None and form is not None:
            _fill(form, fields)
            return page, form
    return None


def _answer(
    page: html.HtmlElement, status: int, *, replaced: Mapping[str, Markup] = MappingProxyType({})
) -> Response:
    """The page as an answer. replaced: marks in it, and the safe HTML that they stand for."""
    text = html.tostring(page, encoding="unicode", doctype="<!doctype html>")
    for mark, safe in replaced.items():
        text = text.replace(mark, safe)
    language = page.get("lang", ENGLISH)
    return HTMLResponse(text, status_code=status, headers=NO_STORE | {"Content-Language": language})


def _addresses(request: Request) -> Iterator[str]:
    """Where the form may stand: the page that sent it, then those whose address its own begins with."""
    sender = urlsplit(request.headers.get("referer", ""))
    if sender.netloc == request.url.netloc and sender.path:
        yield f"{sender.path}?{sender.query}"
    parts = request.url.path.split("/")
    for end in range(len(parts), 1, -1):
        yield "/".join(parts[:end]) + "?"


async def _page_at(request: Request, address: str) -> html.HtmlElement | None:
    """The HTML that a GET of this address gives the same viewer; None for anything else."""
    path, _, query = address.partition("?")
    chunks: list[bytes] = []
    starts: list[Event] = []
    bodies: list[Event] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Event:
        if not bodies:
            await asyncio.Future()  # who streams a file waits for us to leave, and we do not
        return bodies.pop()

    async def send(message: Event) -> None:
        if message["type"] == "http.response.start":
            starts.append(message)
        elif _is_page(starts[0]):
            chunks.append(message.get("body", b""))

    scope = {
        **{name: request.scope[name] for name in FROM_THE_CONNECTION if name in request.scope},
        "root_path": request.scope.get("root_path", ""),
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name, value) for name, value in request.scope["headers"] if name in PASSED_ON],
        "state": {},
    }
    await request.app(scope, receive, send)
    if not _is_page(starts[0]):
        return None
    page: html.HtmlElement = html.document_fromstring(b"".join(chunks).decode())
    _lead_from(page, path)
    return page


def _is_page(start: Event) -> bool:
    media_type: bytes = dict(start["headers"]).get(b"content-type", b"")
    return start["status"] == 200 and media_type.startswith(b"text/html")


def _lead_from(page: html.HtmlElement, path: str) -> None:
    """Let what is relative to the page's own address lead where it does there."""
    for form in page.forms:
        form.action = form.action or path
    page.rewrite_links(lambda link: f"{path}{link}" if link.startswith("?") else link)


def _form(page: html.HtmlElement, action: str, fields: FormData) -> html.FormElement | None:
    """The form of the page that posts to `action`; of several, the one that most of the fields fit."""
    forms = [form for form in page.forms if form.action == action and form.method == "POST"]
    return max(forms, key=lambda form: _fit(form, fields), default=None)


def _fit(form: html.FormElement, fields: FormData) -> int:
    hidden = {each.name: each.value for each in form.inputs if getattr(each, "type", "") == "hidden"}
    return sum(name in form.inputs and hidden.get(name, value) == value for name, value in fields.items())


def _fill(form: html.FormElement, fields: FormData) -> None:
    """Write into the form what was sent; a password and a file must be given again."""
    for each in form.inputs:
        kind = each.tag if each.tag != "input" else each.type
        sent = [value for value in fields.getlist(each.name) if isinstance(value, str)] if each.name else []
        if kind in {"checkbox", "radio"}:
            each.checked = each.get("value", "on") in sent
        elif kind in {"password", "file", "submit"} or not sent or each.name == TOKEN:
            continue
        elif kind != "select" or sent[0] in each.value_options:
            each.value = sent[0]


def _explain(form: html.FormElement, error: DomainError, fields: FormData, catalogue: Templates) -> None:
    """Put the reason at the field that it speaks of, else at the form's head, and the page's focus there."""
    reason = html.Element("p", {"class": "note is-bad", "role": "alert", "id": REASON})
    message: str = error.message
    if any(isinstance(value, UploadFile) and value.filename for value in fields.values()):
        message = joined(message, Message("A file that you chose must be chosen again."))
    reason.text = str(shown(message, catalogue))
    field = _spoken_of(form, error, fields)
    if field is None:
        reason.set("tabindex", "-1")
        reason.set("autofocus", "")
        form.insert(0, reason)
    else:
        field.set("aria-invalid", "true")
        field.set("aria-describedby", f"{REASON} {field.get('aria-describedby', '')}".strip())
        field.set("autofocus", "")
        next(field.iterancestors("label"), field).addprevious(reason)
    for fold in form.iterancestors("details"):
        fold.set("open", "")


def _spoken_of(form: html.FormElement, error: DomainError, fields: FormData) -> html.HtmlElement | None:
    """The field that the reason names or whose text it quotes, or the only one; None where that is no one."""
    typed = [each for each in form.inputs if _is_typed(each)]
    message, names = str(error.message), error.fields if isinstance(error, Malformed) else ()
    named = [each for each in typed if each.name in names or f"'{each.name}'" in message]
    quoted = [each for each in typed if any(f"'{text}'" in message for text in _sent(each, fields))]
    candidates = named or quoted or typed
    return candidates[0] if len(candidates) == 1 else None


def _is_typed(field: html.HtmlElement) -> bool:
    kind = field.tag if field.tag != "input" else field.type
    return kind not in {"hidden", "checkbox", "radio", "submit", "button"}


def _sent(field: html.HtmlElement, fields: FormData) -> list[str]:
    texts = fields.getlist(field.name) if field.name else []
    return [text.strip() for text in texts if isinstance(text, str) and text.strip()]
