"""What a client prefers, by the headers that weigh their values: `Accept-Language`, `Accept-Encoding`."""


def preferences(header: str) -> list[str]:
    """The values of such a header, the most wanted first; those refused, as by q=0, are left out.

    Source: RFC 9110, 12.4.2; of equal weights the first in the header goes first.

    >>> preferences("en;q=0.5, zh-TW, fr;q=0, de; q=x")
    ['zh-TW', 'en']
    """
    weighted = []
    for part in header.split(","):
        value, _, weight = part.partition(";")
        name, _, number = weight.strip().partition("=")
        quality = _quality(number) if name == "q" else 1.0
        if value.strip() and quality > 0:
            weighted.append((-quality, value.strip()))
    return [value for _, value in sorted(weighted, key=lambda each: each[0])]


def _quality(text: str) -> float:
    try:
        return min(1.0, float(text))
    except ValueError:
        return 0.0
