"""What a draft lacks before it can be launched, by the very reader and the very checks of an import."""

import csv
import io

from grader.answer_keys.split import rows_of
from grader.errors import BadHomeworkFile, BadSpec, InvalidAnswerKey, ProblemsFound
from grader.grade import Grade
from grader.homeworks.homework_file import read_homework_table, spec_of_table
from grader.messages import Message, joined
from grader.metrics import Columns
from grader.metrics.fields import NumberField
from grader.spec import USAGE_COLUMN, GradingSpec
from server.domain.errors import Invalid
from server.domain.files.file_store import FileStore
from server.domain.grading.answer_keys import SAMPLE, checked_key, checked_sample
from server.domain.setup.drafts.parts import Parts
from server.domain.setup.importing import BuiltHomework, HomeworkParts, built_homework, refused_rules

NO_KEY = Message("The draft has no answer key yet.")
NO_METRIC = Message("The draft has no metric yet.")


def homework_of(store: FileStore, parts: Parts, *, name: str) -> BuiltHomework:
    """The homework that the draft's parts make; raises Invalid with every problem, as the import does."""
    if "metric" not in parts.table:
        raise Invalid(NO_METRIC)
    metric_file = None if parts.metric_file is None else store.read(parts.metric_file.sha256)
    try:
        rules = read_homework_table(parts.table, metric_file=metric_file)
    except BadHomeworkFile as error:
        raise refused_rules(name, error) from error
    if parts.key is None:
        raise Invalid(NO_KEY)
    if SAMPLE not in parts.files:
        raise Invalid(Message("The draft has no {sample} among its data files yet.", sample=SAMPLE))
    return built_homework(
        store,
        HomeworkParts(
            name=name,
            rules=rules,
            description_md=parts.description_md,
            metric_file=metric_file,
            key=parts.key,
            files=parts.files,
        ),
    )


def problems_of(store: FileStore, parts: Parts, *, name: str) -> list[str]:
    """Each thing that stands between the draft and its launch, as a text; none when it can be. Slow."""
    lacks = []
    if not parts.description_md.strip():
        lacks.append(Message("The draft has no description yet."))
    try:
        homework_of(store, parts, name=name)
    except Invalid as error:
        match error.__cause__:
            case ProblemsFound(problems=problems):
                return [*lacks, *(each.text for each in problems)]
            case BadHomeworkFile(problems=texts):
                return [*lacks, *texts]
        return [*lacks, error.message]
    return [*lacks]


def trial(store: FileStore, parts: Parts, data: bytes) -> Grade:
    """What a file comes to under the draft's key and metric; raises Invalid with every problem of the two."""
    if parts.key is None:
        raise Invalid(NO_KEY)
    key = checked_key(store.read(parts.key.sha256), spec_of(store, parts))
    return checked_sample(data, key)


def spec_of(store: FileStore, parts: Parts) -> GradingSpec:
    """What the draft asks of a file; raises Invalid without a metric, or where it does not go with it."""
    if "metric" not in parts.table:
        raise Invalid(NO_METRIC)
    metric_file = None if parts.metric_file is None else store.read(parts.metric_file.sha256)
    try:
        return spec_of_table(parts.table, metric_file=metric_file)
    except BadSpec as error:
        raise Invalid(joined(Message("The metric does not go with this competition."), error.text)) from error


def sample_of(store: FileStore, parts: Parts) -> bytes:
    """A sample submission for the key: every id, and the same plain value in each row.

    Zero for a number, equal shares for classes, else what stands in the first public row. Raises Invalid
    without a key or a metric.
    """
    if parts.key is None:
        raise Invalid(NO_KEY)
    spec = spec_of(store, parts)
    data = store.read(parts.key.sha256)
    key = checked_key(data, spec)  # so that what follows is a table with these columns
    try:
        header, *rows = rows_of(data)
    except InvalidAnswerKey as error:
        raise Invalid(joined(*(each.message for each in error.problems))) from error
    places = {column: place for place, column in enumerate(header)}
    first = next(row for row in rows if row[places[USAGE_COLUMN]] == "Public")
    values = _plain_values(spec, first[places[spec.target_columns[0]]])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(spec.columns)
    writer.writerows([row[places[spec.id_column]], *values] for row in rows)
    sample = out.getvalue().encode()
    checked_sample(sample, key)
    return sample


def _plain_values(spec: GradingSpec, example: str) -> list[str]:
    count = len(spec.prediction_columns)
    if spec.definition.columns is Columns.PER_CLASS:
        return [f"{1 / count:.6f}"] * count
    if isinstance(spec.definition.predictions, NumberField):
        return ["0"] * count
    return [spec.labels[0] if spec.labels else example] * count
