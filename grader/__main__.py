"""The grader by hand: check a file offline, or list the metrics.

    python -m grader check pred.csv --like sample_submission.csv [--metric rmse]
    python -m grader metrics

Exit status: 0 the file is well-formed, 1 it is not, 2 the command itself is wrong.
"""

import argparse
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from grader.check import check
from grader.errors import BadSpec, InvalidSubmission
from grader.metrics import FAMILIES, METRICS, Metric, names_of
from grader.metrics.fields import noun_of


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m grader", description="Check predictions offline.")
    commands = parser.add_subparsers(dest="command", required=True)
    check_parser = commands.add_parser(
        "check", help="find every format problem of a file; no answer key is needed"
    )
    check_parser.add_argument("file", type=Path)
    check_parser.add_argument("--like", type=Path, required=True, metavar="sample_submission.csv")
    check_parser.add_argument("--metric", help="the competition's metric, which says what values are allowed")
    commands.add_parser("metrics", help="list the metrics")
    options = parser.parse_args(arguments)
    return _metrics() if options.command == "metrics" else _check(options.file, options.like, options.metric)


def _check(file: Path, like: Path, metric: str | None) -> int:
    try:
        data, sample = file.read_bytes(), like.read_bytes()
        summary = check(data, sample=sample, metric=metric)
    except (OSError, BadSpec) as error:
        _say(str(error), to=sys.stderr)
        return 2
    except InvalidSubmission as error:
        for problem in error.problems:
            _say(f"{problem.code}: {problem}", to=sys.stderr)
            for example in problem.examples:
                _say(f"    {example}", to=sys.stderr)
        return 1
    _say(f"{file}: well-formed. {summary}", to=sys.stdout)
    return 0


def _metrics() -> int:
    for family, metrics in FAMILIES.items():
        _say(f"\n{family}", to=sys.stdout)
        for name, metric in metrics.items():
            arrow = "higher" if metric.higher_is_better else "lower"
            ends = f"{min(metric.best, metric.worst):g} .. {max(metric.best, metric.worst):g}"
            _say(f"  {name:<28} {arrow:<6} {ends:<14} {_layout(metric)}", to=sys.stdout)
            _say(f"      {metric.summary}{'; ' if metric.edges else ''}{metric.edges}", to=sys.stdout)
            for label, words in _details(name, metric):
                _say(f"      {label}: {words}", to=sys.stdout)
    _say(f"\n{len(METRICS)} metrics", to=sys.stdout)
    return 0


def _layout(metric: Metric) -> str:
    return f"{metric.columns}: key {noun_of(metric.answers)}, upload {noun_of(metric.predictions)}"


def _details(name: str, metric: Metric) -> Iterator[tuple[str, str]]:
    if names := names_of(name):
        yield "also", ", ".join(names)
    for argument, parameter in metric.parameters.items():
        default = "" if parameter.default is None else f" (default {parameter.default})"
        yield f"argument {argument}", f"{parameter.summary}{default}"
    for column, field in metric.auxiliary.items():
        optional = ", optional" if column in metric.optional else ""
        yield f"key column {column}", f"{noun_of(field)}{optional}"


def _say(text: str, *, to: object) -> None:
    print(text, file=to)  # type: ignore[call-overload]


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):  # Windows has none
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends this quietly, as it ends other tools
    sys.exit(main())
