"""Why a label is refused, seen from how it is written."""

import re

from grader.messages import Message, Text
from grader.reading.causes.numbers import FIND_NAN

WHOLE_FLOAT = re.compile(r"(-?[0-9]{1,15})\.0*")
WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]*")
NUMBER_OR_TRUTH = re.compile(r"(?i)\s*([+-]?[0-9.]+|true|false)\s*")
BYTES = re.compile(r"""^b(['"])(.*)\1$""")
PADDED = re.compile(r"(-?)0+([0-9]+)")
TRUTH = {"true": "1", "false": "0"}
WRITE_ITSELF = Message(
    "Write the label itself, without brackets or quotes around it: of a list, its only item."
)
REMEDIES = (  # by what a label shows
    (
        r"""^b(['"]).*\1$""",
        Message("These are Python's bytes, written out: decode them, df['{name}'].str.decode('utf-8')."),
    ),
    (r"""(?s)^[\[({"'].*[\])}"']$""", WRITE_ITSELF),
    (r"^\s|\s$", Message("Remove the blanks around the label: df['{name}'].str.strip().")),
    (
        r"(?i)^(true|false|[+-]?[0-9.]+)$",
        Message(
            "Labels are compared as text: True, true and 1 are three labels, and so are 1, 01 and 1.0. Write "
            "them as the training data do."
        ),
    ),
    (
        r"",
        Message(
            "Upper and lower case count, and so do quotes and blanks. Use the labels of the training data; "
            "they are compared as text, exactly."
        ),
    ),
)
CAST_TO_INT = Message("'{written}' is not the label '{meant}': write df['{name}'].astype(int).")
SHOWN_MOST = 60  # characters of a label


def spelling_hint(name: str, labels: list[str]) -> Text:
    """What to do about labels that are not written as whole numbers. labels: the first few of them.

    >>> spelling_hint("y", ["cat", "True"])
    "'True' is not the label '1': write df['y'].astype(int)."
    """
    if all(label.strip().lower() == "nan" for label in labels):
        return FIND_NAN.filled(name=name)
    for label in labels:
        meant = whole_number_of(label)
        if meant is not None:
            return notation_hint(name, label, meant)
    return Message(
        "Labels are compared as text, exactly: write the numbers of the classes, as in the training data."
    )


def notation_hint(name: str, written: str, meant: str | None) -> Text:
    """What to do about a label in another notation. meant: the label that it seems to be, None if none.

    >>> str(notation_hint("y", "7.0", "7"))
    "'7.0' is not the label '7': write df['y'].astype(int)."
    >>> str(notation_hint("y", " cat", None))
    "Remove the blanks around the label: df['y'].str.strip()."
    """
    if meant is not None and NUMBER_OR_TRUTH.fullmatch(written) and WHOLE_NUMBER.fullmatch(meant):
        return CAST_TO_INT.filled(written=written[:SHOWN_MOST], meant=meant, name=name)
    return next(hint for pattern, hint in REMEDIES if re.search(pattern, written)).filled(name=name)


def whole_number_of(label: str) -> str | None:
    """The whole number that is written in another way here; None where it is none.

    >>> whole_number_of("7.0"), whole_number_of(" 07"), whole_number_of("cat")
    ('7', '7', None)
    """
    text = BYTES.sub(r"\2", label.strip()).strip("'\"[](){},")
    text = TRUTH.get(text.lower(), text)
    if whole := WHOLE_FLOAT.fullmatch(text):
        text = whole.group(1)
    if padded := PADDED.fullmatch(text):
        text = padded.group(1) + padded.group(2)
    return text if text != label and WHOLE_NUMBER.fullmatch(text) else None
