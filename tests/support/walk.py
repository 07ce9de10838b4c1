"""A walk over the site by its links, as each of several people: one address of each kind of page."""

import re
from collections import deque
from dataclasses import dataclass
from html import unescape

import httpx2

LINK = re.compile(r"<a\b(?P<attributes>[^>]*)")
HREF = re.compile(r'\bhref="(?P<address>/[^"#]*)')
NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class SitePage:
    """A page that a person reaches: its address and what stands at it."""

    address: str
    html: str

    @property
    def kind(self) -> str:
        """Its address without the numbers in it and the values of its fields."""
        return kind_of(self.address)


def kind_of(address: str) -> str:
    """The kind of page that stands at an address.

    >>> kind_of("/submissions/12"), kind_of("/audit?act=a&page=2")
    ('/submissions/#', '/audit?act&page')
    """
    path, _, query = address.partition("?")
    fields = "&".join(each.partition("=")[0] for each in query.split("&"))
    return NUMBER.sub("#", path) + (f"?{fields}" if query else "")


def pages_of(client: httpx2.Client, *begin: str) -> list[SitePage]:
    """The pages that links lead to from the addresses `begin`, one of each kind; no downloads."""
    waiting, kinds, pages = deque(begin), set(map(kind_of, begin)), []
    while waiting:
        address = waiting.popleft()
        answer = client.get(address)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        pages.append(SitePage(address, answer.text))
        for link in links_of(answer.text):
            if kind_of(link) not in kinds:
                kinds.add(kind_of(link))
                waiting.append(link)
    return pages


def links_of(html: str) -> list[str]:
    """The addresses on this site that a page links to, without what is downloaded."""
    attributes = [match["attributes"] for match in LINK.finditer(html)]
    addresses = [HREF.search(each) for each in attributes if " download" not in each]
    return [unescape(each["address"]) for each in addresses if each]
