"""A competition's description in several languages: one text, parted by lines that name a language.

The part before the first such line is English. One text, and not a column for each language, because staff
edit, copy and audit a description as a whole, and a course adds a language by writing a line.

    # Which sound is this?
    ...
    <!-- zh-TW -->
    # 這是哪個音
    ...
"""

import re
from collections.abc import Mapping

ENGLISH = "en"
MARK = re.compile(r"^<!-- ([a-z]{2}(?:-[A-Z]{2})?) -->[ \t]*\r?\n", re.MULTILINE)
NAMES = {"en": "English", "zh-TW": "繁體中文"}  # how a language calls itself; others go by their code


def joined(parts: Mapping[str, str]) -> str:
    """The one text of these parts, English first.

    >>> joined({"zh-TW": "題目", "en": "Task"})
    'Task\\n\\n<!-- zh-TW -->\\n題目\\n'
    """
    others = [f"\n<!-- {code} -->\n{text.strip()}\n" for code, text in parts.items() if code != ENGLISH]
    return "".join([parts[ENGLISH].strip() + "\n", *others])


def parted(text: str) -> dict[str, str]:
    """The parts by their language, in the order of the text; an empty part is left out.

    >>> parted("Task\\n\\n<!-- zh-TW -->\\n題目\\n")
    {'en': 'Task\\n\\n', 'zh-TW': '題目\\n'}
    """
    first, *rest = MARK.split(text)
    parts = {ENGLISH: first, **dict(zip(rest[::2], rest[1::2], strict=True))}
    return {code: part for code, part in parts.items() if part.strip()}


def chosen(parts: Mapping[str, str], *, language: str | None, accepted: str) -> str:
    """The language to show: this one if there is such a part, else the reader's, else the first.

    accepted: the browser's Accept-Language, such as "zh-TW,zh;q=0.9,en;q=0.8". Weights are taken as given in
    order, as browsers send them; "zh" and "zh-HK" are content with "zh-TW" where there is nothing nearer.

    >>> chosen({"en": "", "zh-TW": ""}, language=None, accepted="zh-HK,en;q=0.5")
    'zh-TW'
    """
    if language in parts:
        return str(language)
    for tag in (each.split(";")[0].strip() for each in accepted.split(",")):
        for code in (code for code in parts if code == tag):
            return code
        for code in (code for code in parts if code.split("-")[0] == tag.split("-")[0]):
            return code
    return next(iter(parts), ENGLISH)
