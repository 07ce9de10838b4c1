"""The encoding of a text file that somebody hands in: said by its mark, proven, beyond doubt, or asked for.

UTF-8 proves itself, since hardly any other text has its form. Whatever else decodes without an error may be
nonsense still, so another encoding is taken only where its reading, and no other, looks like a list of names.
"""

import codecs
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from grader.messages import Message, joined
from server.domain.errors import Invalid
from server.domain.texts.chance import THREE_BYTES, is_by_chance
from server.domain.texts.evidence import Evidence, evidence_in, is_natural
from server.domain.texts.mixtures import SURNAMES

MARKS = (  # the longest first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
DOUBLED_MARK = "\ufeff"
TITLES: dict[str, str] = {
    "ascii": "ASCII",
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
    "cp950": "Big5",
    "big5hkscs": "Big5-HKSCS",
    "gb18030": "GB18030 (GBK)",
    "cp932": "Shift-JIS",
    "euc_jp": "EUC-JP",
    "cp949": "EUC-KR",
    "cp1252": Message("Windows-1252 (Western Europe)"),
    "cp1250": Message("Windows-1250 (Central Europe)"),
    "iso8859_2": Message("ISO-8859-2 (Central Europe)"),
    "cp1251": Message("Windows-1251 (Cyrillic)"),
    "cp1253": Message("Windows-1253 (Greek)"),
    "cp1254": Message("Windows-1254 (Turkish)"),
    "cp1255": Message("Windows-1255 (Hebrew)"),
    "cp1256": Message("Windows-1256 (Arabic)"),
    "cp1257": Message("Windows-1257 (Baltic)"),
    "cp1258": Message("Windows-1258 (Vietnamese)"),
    "cp874": Message("Windows-874 (TIS-620, Thai)"),
    "koi8_r": "KOI8-R",
    "mac_roman": "Mac Roman",
    "cp437": "DOS 437",
    "cp850": "DOS 850",
}
# What programs mean by a name whose own definition is narrower.
WIDER = {
    "ascii": "utf-8",
    "utf_8_sig": "utf-8",
    "big5": "cp950",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
}
KNOWN = Message(
    "utf-8, utf-16, big5, big5-hkscs, gb18030, shift-jis, euc-jp, euc-kr, cp1250 to cp1258, iso8859-2, "
    "cp874, koi8-r, mac-roman, cp437 and cp850"
)
SINGLE_BYTE = (
    *("cp1252", "cp1250", "iso8859_2", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp874"),
    "mac_roman",
)
OFFERED_MOST = 5
SAMPLE_MOST = 40  # characters of a cell that is shown
RIVAL_SHARE = 0.2  # of its cells are familiar in a reading that cannot be ruled out
SEVEN_BITS = re.compile(rb"\x1b[$(]|~\{")  # ISO-2022 and HZ say in ASCII that something else follows


@dataclass(frozen=True)
class DecodedText:
    """A file's text without a mark, and its encoding by Python's name."""

    text: str
    codec: str

    @property
    def encoding(self) -> str:
        """What people call the encoding."""
        return TITLES[self.codec]


@dataclass(frozen=True)
class _Reading:
    codec: str
    text: str
    evidence: Evidence

    @property
    def may_be_right(self) -> bool:
        seen = self.evidence
        return seen.is_natural and (seen.has_title or seen.familiar > RIVAL_SHARE * seen.cells)


def decode(data: bytes, *, encoding: str | None = None, titles: Collection[str] = ()) -> DecodedText:
    """The text of a table. encoding: as somebody says; titles: what columns are called, case folded.

    Raises Invalid where the bytes do not have the encoding, and where nobody said it and it cannot be told.
    """
    mark, codec = next(((mark, codec) for mark, codec in MARKS if data.startswith(mark)), (b"", None))
    chosen = None if encoding is None else _codec_of(encoding, data)
    if codec is not None and chosen is not None and codec != chosen:
        raise Invalid(
            Message(
                "The file begins with the mark of {marked}, and is said to be in {chosen}. Leave the "
                "encoding out.",
                marked=TITLES[codec],
                chosen=TITLES[chosen],
            )
        )
    codec = codec or chosen or _unmarked_utf16(data)
    if codec is not None:
        return DecodedText(_strictly(data.removeprefix(mark), codec).lstrip(DOUBLED_MARK), codec)
    if data.isascii() and SEVEN_BITS.search(data):
        raise Invalid(
            Message("The file is in ISO-2022 or HZ, which are not read here. Save it as 'CSV UTF-8'.")
        )
    return _found_out(data, titles)


def _codec_of(encoding: str, data: bytes) -> str:
    """The codec that somebody means. Raises Invalid for a name that is none."""
    word = encoding.strip().casefold()
    if word.replace("-", "").replace("_", "") in ("utf16", "unicode"):
        return _unmarked_utf16(data) or ("utf-16-be" if data.startswith(codecs.BOM_UTF16_BE) else "utf-16-le")
    try:
        name = codecs.lookup(word).name.replace("-", "_")
    except LookupError:
        name = ""
    codec = WIDER.get(name, name)
    for known in TITLES:
        if known.replace("-", "_") == codec:
            return known
    raise Invalid(
        Message(
            "'{encoding}' is no encoding that is read here. There are: {known}.",
            encoding=encoding,
            known=KNOWN,
        )
    )


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 by its zeros, of which every Latin letter and line end has one on the same side."""
    if b"\0" not in data:
        return None
    return "utf-16-le" if data[1::2].count(0) > data[::2].count(0) else "utf-16-be"


def _strictly(data: bytes, codec: str) -> str:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(
            Message(
                "The file is not in {encoding}, or was cut short: line {line} has the byte 0x{byte:02X} "
                "where none such can stand. Save it as 'CSV UTF-8' and try again.",
                encoding=TITLES[codec],
                line=line,
                byte=data[error.start],
            )
        ) from error
    if "\0" in text:
        raise Invalid(
            Message(
                "The file has characters U+0000, so it is no table. Save it as 'CSV UTF-8' and try again."
            )
        )
    return text


def _found_out(data: bytes, titles: Collection[str]) -> DecodedText:
    if data.isascii():
        return DecodedText(data.decode("ascii"), "ascii")
    readings = list(_readings(data, titles))
    familiar = [each for each in readings if each.may_be_right]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(familiar) == 1 and familiar[0].evidence.is_strong:
            return DecodedText(familiar[0].text, familiar[0].codec)
        if error.end == len(data) and max(data[: error.start].decode("utf-8")) >= THREE_BYTES:
            _strictly(data, "utf-8")  # which says where it was cut short
        raise _unknown(data, titles, line=data.count(b"\n", 0, error.start) + 1) from None
    own = evidence_in(text, surnames=(), titles=titles)
    if is_by_chance(text, own, has_reading=bool(readings), has_rival=bool(familiar)):
        raise _unknown(data, titles, line=1)
    return DecodedText(text.lstrip(DOUBLED_MARK), "utf-8")


def _readings(data: bytes, titles: Collection[str]) -> Iterator[_Reading]:
    """The file as it reads in each encoding that it can be in; two with the same letters are one."""
    letters: set[str] = set()
    for codec, surnames in SURNAMES.items():
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        own_letters = "".join(each if each.isalnum() else " " for each in text)  # signs differ between twins
        if own_letters not in letters:
            letters.add(own_letters)
            yield _Reading(codec, text, evidence_in(text, surnames=surnames, titles=titles))


def _unknown(data: bytes, titles: Collection[str], *, line: int) -> Invalid:
    """The question in which encoding the file is, with what a name in it would be in each."""
    offers: dict[str, str] = {}
    for codec in ("utf-8", *SURNAMES, *SINGLE_BYTE):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        sample = evidence_in(text, surnames=(), titles=titles).sample[:SAMPLE_MOST]
        if sample and (codec == "utf-8" or is_natural(sample)):
            offers.setdefault(sample, codec)
    if not offers:
        return Invalid(
            Message(
                "The file is not in UTF-8, or was cut short on line {line}, and its encoding cannot be "
                "told. Save it as 'CSV UTF-8' and try again, or say the encoding, as in --encoding big5.",
                line=line,
            )
        )
    shown = joined(
        *(
            Message(
                "'{sample}' with --encoding {codec}, {encoding}",
                sample=sample,
                codec=codec.replace("_", "-"),
                encoding=TITLES[codec],
            )
            for sample, codec in list(offers.items())[:OFFERED_MOST]
        ),
        between=Message("; "),
    )
    return Invalid(
        Message(
            "The encoding of the file cannot be told for certain. A name in it reads {shown}. Say "
            "which is right, or another one if none is ({known}); or save the file as 'CSV UTF-8'.",
            shown=shown,
            known=KNOWN,
        )
    )
