"""The grader by hand: check a file offline, or list the metrics.

    python -m grader check pred.csv --like sample_submission.csv [--metric rmse]
    python -m grader metrics

Exit status: 0 the file is well-formed, 1 it is not, 2 the command itself is wrong.
"""

import argparse
import sys
from pathlib import Path

from grader.check import check
from grader.errors import BadSpec, InvalidSubmission
from grader.metrics import METRICS
from grader.spec import GradingSpec


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m grader", description="Check predictions offline.")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser(
        "check", help="find every format problem of a file; no answer key is needed"
    )
    checking.add_argument("file", type=Path)
    checking.add_argument("--like", type=Path, required=True, metavar="sample_submission.csv")
    checking.add_argument("--metric", help="the competition's metric, which says what values are allowed")
    commands.add_parser("metrics", help="list the metrics")
    chosen = parser.parse_args(arguments)
    return _metrics() if chosen.command == "metrics" else _check(chosen.file, chosen.like, chosen.metric)


def _check(file: Path, like: Path, metric: str | None) -> int:
    try:
        data, sample = file.read_bytes(), like.read_bytes()
        checked = check(data, sample=sample, spec=_spec(sample, metric) if metric else None)
    except (OSError, BadSpec) as error:
        _say(str(error), to=sys.stderr)
        return 2
    except InvalidSubmission as error:
        for problem in error.problems:
            _say(f"{problem.code}: {problem}", to=sys.stderr)
            for example in problem.examples:
                _say(f"    {example}", to=sys.stderr)
        return 1
    _say(f"{file}: well-formed. {checked}", to=sys.stdout)
    return 0


def _spec(sample: bytes, metric: str) -> GradingSpec:
    names = sample.removeprefix(b"\xef\xbb\xbf").splitlines()[0].decode("utf-8").split(",")
    return GradingSpec(metric, names[0], tuple(names[1:]))


def _metrics() -> int:
    for name, metric in METRICS.items():
        better = "higher is better" if metric.higher_is_better else "lower is better"
        _say(f"{name:<12} {metric.columns:<12} {better:<17} {metric.summary}", to=sys.stdout)
    return 0


def _say(text: str, *, to: object) -> None:
    print(text, file=to)  # type: ignore[call-overload]


if __name__ == "__main__":
    sys.exit(main())
