"""Names that look alike though their letters are others: Latin beside Cyrillic, Greek and other scripts.

After Unicode's technical standard 39: a text is folded into a skeleton, and two that have the same skeleton
look the same. The table holds what fonts show alike or nearly so, and is smaller than the standard's.
"""

import re
import unicodedata

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.texts.letters import script_of, without_joiners

# Each letter of the first text looks like the letter at the same place of the second.
CAPITALS = (
    ("АВЕЅІЈКМНОРСТУХԚԜҺӀЁЇ", "abesijkmhopctyxqwhlëï"),  # Cyrillic
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "abezhikmnoptyxcj"),  # Greek
    ("ՕՍՏԼ", "ousl"),  # Armenian
    ("ᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᏃ", "abcdeghjklmprstvwz"),  # Cherokee
    ("ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "abcdefghijklmnoprstuvwxyz"),  # Lisu
    ("I|01", "llol"),
)
SMALL = (
    ("авеѕіјкмнорстухԛԝһӏгпзёї", "abesijkmhopctyxqwhlrn3ëï"),
    ("αβγειηκνορτυχωϲϳ", "abyeinkvoptuxwcj"),
    ("օսոհցյզ", "ounhgjq"),
    ("ıɩɑɡʏᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡᴢƅ", "iiagyabcdefghijklmnoprstuvwzb"),
    ("二八力夕工口囗卜一曰へべぺり", "ニハカタエロロト-日ヘベペリ"),
    ("ー–—‐‑‒―−·‧•・∙‘’ʼʹ′`´ˈ“”″", "--------.....''''''''\"\"\""),
)
_FOLDED = {
    ord(letter): alike
    for letters, likes in (*CAPITALS, *SMALL)
    for letter, alike in zip(letters, likes, strict=True)
}


def skeleton(text: str) -> str:
    """The form in which two texts are equal that a reader could take for each other.

    >>> skeleton("S\\u04101 Person") == skeleton("SA1 Person"), skeleton("\\u0430dmin") == skeleton("Admin")
    (True, True)
    >>> skeleton("Hélène") == skeleton("Helene")
    False
    """
    visible = unicodedata.normalize("NFKC", without_joiners(text).translate(_FOLDED))
    folded = unicodedata.normalize("NFKC", visible.translate(_FOLDED).casefold())
    return " ".join(folded.translate(_FOLDED).split())


# Digits that are read as letters, where a name has letters around them.
_DIGITS = str.maketrans("2345789", "zeastbg")
ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "LISU"})
# Of Greek, what nobody tells from Latin; alpha, beta and their like are signs of their own.
GREEK_TWINS = frozenset("οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
BETWEEN_WORDS = re.compile(r"[\s\-\u2010-\u2015_/.\u00b7&()]+")


def bare_skeleton(text: str) -> str:
    """The letters of a name's skeleton, as whoever overlooks signs and digits among letters reads it.

    >>> bare_skeleton("\u0430+dmin"), bare_skeleton("5a Person") == bare_skeleton("SA Person")
    ('admin', True)
    """
    letters = "".join(each for each in skeleton(text) if each.isalnum())
    return "" if letters.isdigit() else letters.translate(_DIGITS)


def mixed_word(text: str) -> str | None:
    """The first word in which a letter looks like one of the other alphabet beside it; None where none does.

    >>> mixed_word("the \u0430+dmin"), mixed_word("\u03b5greedy"), mixed_word("\u0418\u0432\u0430\u043d-GPT")
    ('\u0430+dmin', None, None)
    """
    for word in BETWEEN_WORDS.split(text):
        alphabets = {script for letter in word if (script := script_of(letter)) in ALPHABETS}
        if len(alphabets) > 1 and any(map(_is_twin, word)):
            return word
    return None


def require_one_alphabet(text: str) -> None:
    """Raise Invalid for a text with a word whose letters are of two alphabets that look alike."""
    mixed = mixed_word(text)
    if mixed is not None:
        raise Invalid(
            Message(
                "'{word}' has letters of two alphabets that look alike. Write each word in one alphabet.",
                word=mixed,
            )
        )


def _is_twin(letter: str) -> bool:
    """Whether a letter of another alphabet cannot be told from a Latin one."""
    twin, script = _FOLDED.get(ord(letter), ""), script_of(letter)
    is_foreign = script in ALPHABETS - {"LATIN"} and (script != "GREEK" or letter in GREEK_TWINS)
    return is_foreign and twin.isascii() and twin.isalpha()
