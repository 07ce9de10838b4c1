"""What a person reads on a page, for the tests of its language: its text, and what is read out beside it."""

import re
from collections.abc import Iterable, Iterator

from lxml import html

READ_OUT = ("aria-label", "title", "placeholder", "alt")
SILENT = {"script", "style", "code", "pre"}  # code is English in every language
WORD = re.compile(r"[A-Za-z][A-Za-z'’]+")
# Words that Taiwan's courses say in English: names of things, formats, units.
TERMS = {
    *("Excel", "TSV", "Enter", "epoch", "numpy", "pandas", "sklearn", "python"),
    *(
        "Canvas",
        "Blackboard",
        "Moodle",
        "Gradescope",
        "Instructure",
        "Kaggle",
        "Codabench",
        "LTI",
        "Cookie",
        "ID",
    ),
    *("Splitboard", "CSV", "API", "JSON", "Markdown", "Python", "Windows", "Colab", "PyTorch", "torch"),
    *(
        "Ladder",
        "Blum",
        "Hardt",
        "SHA",
        "gzip",
        "zip",
        "tar",
        "gz",
        "ipynb",
        "metric",
        "py",
        "salt",
        "float",
        "Ed",
        "Lines",
    ),
    *("CPU", "GPU", "NVIDIA", "GFLOPS", "TFLOPS", "GHz", "kB", "MB", "MiB", "GiB", "Wh", "kJ", "MJ", "UTC"),
}
GAP = re.compile(r"）</time> ([\u3400-\u9fff]{1,6})")


def texts_of(page: str, *, but: str = "") -> Iterator[str]:
    """Each text of a page in the page's own language; elements of another language, and code, are left out.

    but: an XPath whose elements are left out too, for what people wrote themselves.
    """
    root = html.document_fromstring(page)
    written = set(root.xpath(but)) if but else set()
    yield from _within(root, root.get("lang"), written)


def _within(element: html.HtmlElement, language: str | None, written: set[html.HtmlElement]) -> Iterator[str]:
    is_ours = element.get("lang", language) == language and element not in written
    if not isinstance(element.tag, str) or element.tag in SILENT or not is_ours:
        return
    yield from (element.attrib[name] for name in READ_OUT if name in element.attrib)
    yield element.text or ""
    for child in element:
        yield from _within(child, language, written)
        yield child.tail or ""


def english_in(texts: Iterable[str], *, names: Iterable[str], terms: set[str]) -> list[str]:
    """The English words of these texts, without names, which may be several words, and without terms.

    >>> english_in(["ML: 公開 rank, CSV"], names=["ML"], terms={"CSV"})
    ['rank']
    """
    longest_first = sorted(names, key=len, reverse=True)
    of_names = "|".join(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])" for name in longest_first)
    within = re.compile(of_names or r"(?!)")  # without names nothing is left out
    words = (word for text in texts for word in WORD.findall(within.sub(" ", text)))
    return list(dict.fromkeys(word for word in words if word not in terms))


def gaps_in(html: str) -> list[str]:
    """What stands after a blank behind a time that ends with a full-width sign, which has room of its own."""
    return GAP.findall(html)
