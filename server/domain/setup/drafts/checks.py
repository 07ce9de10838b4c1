"""What a draft lacks before it can be launched, by the very reader and the very checks of an import."""

from grader.errors import BadHomeworkFile
from grader.homework_file import read_homework_table
from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.files.file_store import FileStore
from server.domain.grading.answer_keys import SAMPLE
from server.domain.setup.drafts.parts import Parts
from server.domain.setup.importing import BuiltHomework, HomeworkParts, built_homework, refused_rules


def homework_of(store: FileStore, parts: Parts, *, name: str) -> BuiltHomework:
    """The homework that the draft's parts make; raises Invalid with every problem, as the import does."""
    metric_file = None if parts.metric_file is None else store.read(parts.metric_file.sha256)
    try:
        rules = read_homework_table(parts.table, metric_file=metric_file)
    except BadHomeworkFile as error:
        raise refused_rules(name, error) from error
    if parts.key is None:
        raise Invalid(Message("The draft has no answer key yet."))
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
