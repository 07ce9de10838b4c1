"""Letters of other alphabets that look like Latin ones, as another layout of the keyboard writes them."""

import unicodedata

OTHERS = "аеорсухіјѕһԁԛԝАВЕКМНОРСТУХІЈЅοινΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
LATIN = "aeopcyxijshdqwABEKMHOPCTYXIJSoivABEZHIKMNOPTYX"
TO_LATIN = str.maketrans(OTHERS, LATIN)


def in_latin(text: str) -> str:
    """The text with Latin letters where others look like them.

    >>> in_latin("\u0456d")
    'id'
    """
    return text.translate(TO_LATIN)


def foreign_letter(text: str) -> str:
    """The first letter that looks like a Latin one and is none, by name; empty where there is none.

    >>> foreign_letter("\u0456d")
    'CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I (U+0456)'
    """
    letter = next((one for one in text if one in OTHERS), "")
    return f"{unicodedata.name(letter)} (U+{ord(letter):04X})" if letter else ""
