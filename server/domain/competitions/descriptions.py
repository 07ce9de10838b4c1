"""A competition's description in several languages, as grader/parted_text.py parts them; English is first.

# Which sound is this?
...
<!-- zh-TW -->
# 這是哪個音
...
"""

from collections.abc import Mapping

from grader.parted_text import ENGLISH
from languages.catalogue import nearest
from server.preferences import preferences


def joined(parts: Mapping[str, str]) -> str:
    """The one text of these parts, English first.

    >>> joined({"zh-TW": "題目", "en": "Task"})
    'Task\\n\\n<!-- zh-TW -->\\n題目\\n'
    """
    others = [f"\n<!-- {code} -->\n{text.strip()}\n" for code, text in parts.items() if code != ENGLISH]
    return "".join([parts[ENGLISH].strip() + "\n", *others])


def chosen(parts: Mapping[str, str], *, language: str | None, accepted: str) -> str:
    """The language to show: this one if there is such a part, else the reader's, else the first.

    accepted: the browser's Accept-Language, such as "zh-TW,zh;q=0.9,en;q=0.8"; "zh" and "zh-HK" are content
    with "zh-TW" where there is nothing nearer.

    >>> chosen({"en": "", "zh-TW": ""}, language=None, accepted="zh-HK,en;q=0.5")
    'zh-TW'
    """
    if language in parts:
        return str(language)
    return nearest(preferences(accepted), among=parts) or next(iter(parts), ENGLISH)
