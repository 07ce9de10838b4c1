"""What `{% trans %}` and `gettext` say in a template: a translated text, its values translated, escaped."""

import hashlib
from collections.abc import Callable, Hashable, MutableMapping
from functools import cache

from jinja2 import Environment, pass_environment
from jinja2.filters import do_truncate
from markupsafe import Markup

from grader.messages import translated
from languages.catalogue import SCRIPTS, Templates, folder_of
from server.domain.texts.letters import without_steering


def shown(value: object, catalogue: Templates) -> object:
    """What a page says of a value: a text in its language; a person's own turns nothing around it."""
    text = translated(value, catalogue)
    if isinstance(text, str) and not isinstance(text, Markup) and not text.isprintable():
        return without_steering(text)
    return text


def install_texts(environment: Environment, catalogue: Templates) -> None:
    """Give an environment with Jinja's extension `i18n` the texts of this language."""

    def gettext(message: str, /, **values: object) -> Markup:
        return _filled(catalogue.gettext(message), values)

    def ngettext(one: str, many: str, number: int, /, **values: object) -> Markup:
        return _filled(catalogue.ngettext(one, many, number), {"num": number, **values})

    def _filled(template: str, values: dict[str, object]) -> Markup:
        fields = {name: shown(value, catalogue) for name, value in values.items()}
        # The template is ours or a translator's, and Markup's % escapes each value that is no Markup itself.
        return Markup(template) % fields  # noqa: S704

    @pass_environment
    def truncate(environment: Environment, value: object, length: int) -> str:
        """Jinja's own, of the text as it is shown: a part of a text has no translation."""
        return do_truncate(environment, str(shown(value, catalogue)), length)

    environment.filters["truncate"] = truncate
    environment.newstyle_gettext = True  # type: ignore[attr-defined]  # of the extension
    environment.globals.update(gettext=gettext, ngettext=ngettext, _=gettext)


def drawn_once(
    parts: MutableMapping[Hashable, Markup], key: Hashable, caller: Callable[[], Markup]
) -> Markup:
    """A part of a page that many show, drawn by the first of them; anew each time without a key.

    parts: those that were drawn before; key: all that the part depends on besides.
    """
    if key is None:
        return caller()
    part = parts.get(key)
    if part is None:
        part = parts[key] = caller()
    return part


@cache
def scripts_url(language: str) -> str:
    """The address of what a language's scripts say, which changes with its bytes."""
    digest = hashlib.sha256((folder_of(language) / SCRIPTS).read_bytes()).hexdigest()[:12]
    return f"/languages/{language}.json?v={digest}"
