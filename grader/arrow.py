"""Arrow arrays from Python and numpy values, and back, by their buffers.

pyarrow's own ways between Python and Arrow import pandas when it is installed: a third of a second and 60 MB
in each process that scores.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def texts(values: Sequence[str]) -> pa.StringArray:
    """Text as an Arrow array.

    >>> texts(["7", "", "é"]).to_pylist()
    ['7', '', 'é']
    """
    return byte_strings([value.encode() for value in values]).cast(pa.string())


def byte_strings(values: Sequence[bytes]) -> pa.BinaryArray:
    """Bytes as an Arrow array."""
    ends = np.cumsum([0, *map(len, values)], dtype=np.int32)
    return pa.BinaryArray.from_buffers(
        pa.binary(), len(values), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(values))]
    )


def integers(values: NDArray[np.int64]) -> pa.Int64Array:
    """Whole numbers as an Arrow array over the same memory."""
    array = np.ascontiguousarray(values, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), len(array), [None, pa.py_buffer(array)])


def booleans(values: NDArray[np.bool_]) -> pa.BooleanArray:
    """Truth values as an Arrow array.

    >>> booleans(np.array([True, False])).to_pylist()
    [True, False]
    """
    bits = np.packbits(values, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])


def text(value: str) -> pa.StringScalar:
    """One text as an Arrow scalar."""
    return texts([value])[0]


def byte_string(value: bytes) -> pa.BinaryScalar:
    """One stretch of bytes as an Arrow scalar."""
    return byte_strings([value])[0]


def numpy(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """Numbers or truth values without nulls as numpy's, (n,); over the same memory where there is one chunk.

    >>> numpy(pa.chunked_array([integers(np.array([3, 4]))])).tolist()
    [3, 4]
    """
    if isinstance(column, pa.ChunkedArray):
        parts = [numpy(chunk) for chunk in column.chunks]
        return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, _type(column.type)), *parts])
    assert column.null_count == 0, "a null has no number"
    buffer = column.buffers()[1]
    first, last = column.offset, column.offset + len(column)
    if len(column) == 0 or buffer is None:
        return np.empty(0, _type(column.type))
    if pa.types.is_boolean(column.type):
        bits = np.frombuffer(buffer, dtype=np.uint8)
        return np.unpackbits(bits, count=last, bitorder="little")[first:].view(np.bool_)
    return np.frombuffer(buffer, dtype=_type(column.type), count=last)[first:]


def _type(arrow_type: pa.DataType) -> np.dtype[Any]:
    dtype: np.dtype[Any] = np.dtype(arrow_type.to_pandas_dtype())
    return dtype


def index_numbers(places: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """What `pyarrow.compute.index_in` found, (n,) of whole numbers, with -1 for its nulls; a copy."""
    return numpy(places.fill_null(MINUS_ONE)).astype(np.int64)


def is_empty(column: pa.Array) -> NDArray[np.bool_]:
    """Which texts, or stretches of bytes, are empty, (n,)."""
    return numpy(pc.equal(pc.binary_length(column), ZERO_LENGTH))


ZERO_LENGTH = integers(np.zeros(1, dtype=np.int64))[0]
MINUS_ONE = integers(np.full(1, -1))[0].cast(pa.int32())
NO_TEXTS = texts([])
