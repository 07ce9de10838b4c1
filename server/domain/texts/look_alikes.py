"""Names that look alike though their letters are others: Latin beside Cyrillic, Greek and other scripts.

After Unicode's technical standard 39: a text is folded into a skeleton, and two that have the same skeleton
look the same. The table holds what fonts show alike or nearly so, and is smaller than the standard's.
"""

import unicodedata

from server.domain.texts.letters import without_joiners

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
