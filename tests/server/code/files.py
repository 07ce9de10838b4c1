"""Files of code as teams hand them in, and what they hand in by mistake; all small, made in memory."""

import gzip
import io
import json
import struct
import tarfile
import zipfile

NOTEBOOK = json.dumps(
    {"cells": [{"source": ['print("}")\n', "\\"]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
).encode()
PYTHON = "print('訓練')\n".encode()


def zipped(*names: str, data: bytes = PYTHON) -> bytes:
    """A zip with these files; a name that ends with a slash is a folder."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            info = zipfile.ZipInfo(name)
            archive.writestr(info, b"" if name.endswith("/") else data)
    return out.getvalue()


def encrypted() -> bytes:
    """A zip whose one entry says that it is encrypted, in its own header and in the list."""
    data = bytearray(zipped("train.py"))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(mark) + at
        data[place] |= 1
    return bytes(data)


def with_link() -> bytes:
    """A zip with a link out of the folder."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("data")
        info.create_system = 3
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def lying(entries: int) -> bytes:
    """A zip that lists so many entries and says at its end that there is one."""
    data = bytearray(zipped(*(f"{number}.py" for number in range(entries)), data=b""))
    at = data.rindex(b"PK\x05\x06")
    data[at + 8 : at + 12] = struct.pack("<2H", 1, 1)
    return bytes(data)


def tar(*names: str) -> bytes:
    """A tar with these files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(PYTHON)
            archive.addfile(info, io.BytesIO(PYTHON))
    return out.getvalue()


def tarred(*names: str) -> bytes:
    """A tar in gzip with these files."""
    return gzipped(tar(*names))


def gzipped(data: bytes) -> bytes:
    """These bytes in gzip."""
    return gzip.compress(data, mtime=0)
