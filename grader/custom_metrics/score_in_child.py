"""One score, in the process that was forked for it: rows in, the metric's number or its error out.

Loaded by child_main.py alone, since it needs pandas; a server must not load it.
"""

import importlib.abc
import importlib.util
import json
import os
import struct
import sys
import traceback
import types
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pandas.errors
import pyarrow as pa
import pyarrow.ipc
import sklearn.metrics

SIZE = struct.Struct("!Q")
NAME = "metric"  # of the module, and with .py of the file, as tracebacks call it
VISIBLE = "ParticipantVisibleError"
MESSAGE_MOST, TRACEBACK_MOST = 4_000, 40_000  # characters that leave this process


class _Source(importlib.abc.InspectLoader):
    """Loads a module from text, which tracebacks can then quote."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, fullname: str) -> str:
        """The text."""
        return self._text

    def get_code(self, fullname: str) -> types.CodeType:
        """The text compiled, under the file's name."""
        return self.source_to_code(self._text, f"{NAME}.py")


def answer(channel: int) -> None:
    """Read one request from the descriptor, write the answer to it, and leave the process.

    The answer is JSON: {"score": float} or {"fault": kind, "message": ..., "traceback": ...}.
    """
    try:
        result: dict[str, object] = {"score": _score(channel)}
    except MemoryError as error:
        result = {"fault": "memory", **_explain(error)}
    except BaseException as error:  # a metric may raise anything, SystemExit included
        is_visible = any(cls.__name__ == VISIBLE for cls in type(error).__mro__)
        result = {"fault": "refused" if is_visible else "exception", **_explain(error)}
    data = json.dumps(result).encode()
    while data:
        data = data[os.write(channel, data) :]
    os._exit(0)


def _explain(error: BaseException) -> dict[str, str]:
    """The error in words: its message, and the traceback from the metric's first line on."""
    level = error.__traceback__
    while level is not None and level.tb_frame.f_code.co_filename != f"{NAME}.py":
        level = level.tb_next
    lines = traceback.format_exception(type(error), error, level or error.__traceback__, limit=-20)
    line = "" if level is None else f" at line {level.tb_lineno}"
    return {
        "kind": f"{type(error).__name__}{line}",
        "message": _text(error)[:MESSAGE_MOST],
        "traceback": "".join(lines)[-TRACEBACK_MOST:],
    }


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _score(channel: int) -> float:
    """The number that the metric returns; not yet known to be finite."""
    head = json.loads(_read(channel))
    answers, predictions = _frame(_read(channel)), _frame(_read(channel))
    like_pandas_2()
    module = _module(head["source"])
    value = module.score(answers, predictions, head["id_column"], **head["arguments"])
    if isinstance(value, bool | str | bytes) or value is None:
        raise TypeError(f"score() must return a number; it returned {type(value).__name__}.")
    return float(value)


def like_pandas_2() -> None:
    """Let pandas 3 do as the pandas for which metrics were published, or say that it cannot.

    Text is of type `object` again. An assignment to a part of a column, which pandas 3 would lose without a
    word and give another score, is an error.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pd.options.future.infer_string = False
    lost_assignment = pandas.errors.ChainedAssignmentError  # type: ignore[attr-defined]  # the stubs do not know it
    warnings.simplefilter("error", lost_assignment)


def rehearse() -> None:
    """Do once what every score does, so that what libraries load at first use is there before the fork."""
    like_pandas_2()
    names = ["id", "number", "text"]
    arrays = [pa.array([1, 2, 3]), pa.array([0.5, None, 1.0]), pa.array(["a", None, "b"])]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(
        sink, pa.schema([(name, array.type) for name, array in zip(names, arrays, strict=True)])
    ) as writer:
        writer.write_table(pa.Table.from_arrays(arrays, names=names))
    frame = _frame(bytearray(sink.getvalue()))
    means = frame.merge(frame, on="id").sort_values("number_x").groupby("text_x").mean(numeric_only=True)
    sklearn.metrics.mean_squared_error(means["id"], np.random.default_rng(0).random(len(means)))
    sklearn.metrics.roc_auc_score([0, 1, 1], [0.1, 0.2, 0.3])
    _explain(ValueError())


def _read(channel: int) -> bytearray:
    """The next piece of the request: 8 bytes of its length, then itself."""
    (size,) = SIZE.unpack(_receive(channel, SIZE.size))
    return _receive(channel, size)


def _receive(channel: int, size: int) -> bytearray:
    data = bytearray(size)
    rest = memoryview(data)
    while len(rest):
        count = os.readv(channel, [rest])
        if count == 0:
            os._exit(2)  # the parent has gone
        rest = rest[count:]
    return data


def _frame(data: bytearray) -> pd.DataFrame:
    """A frame as pandas.read_csv of old makes it: text as objects, NaN for what is missing.

    data: an Arrow IPC stream of one table with columns of int64, float64, bool or text.
    """
    table = pa.ipc.open_stream(pa.py_buffer(data)).read_all()
    columns: dict[str, Any] = {name: _column(table[name]) for name in table.column_names}
    return pd.DataFrame(columns, columns=table.column_names)


def _column(column: pa.ChunkedArray) -> "pd.Series[Any]":
    if not pa.types.is_string(column.type):
        return pd.Series(np.array(column.to_numpy()))  # a copy that the metric may write to
    values = column.combine_chunks().to_numpy(zero_copy_only=False)
    if column.null_count:
        values = np.where([each is None for each in values], np.nan, values)
    return pd.Series(values, dtype=object)


def _module(source: str) -> types.ModuleType:
    loader = _Source(source)
    spec = importlib.util.spec_from_loader(NAME, loader, origin=f"{NAME}.py")
    assert spec is not None, "a loader that was made here has a spec"
    spec.has_location = True
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module
    loader.exec_module(module)
    return module
