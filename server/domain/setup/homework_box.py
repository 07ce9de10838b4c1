"""The homework folders that an installation has: those that come with it, or whatever lies in its folder."""

from dataclasses import dataclass
from pathlib import Path

from grader.homeworks.homework_file import HOMEWORK_FILE, HomeworkFile
from grader.messages import Message
from server.domain.errors import NotFound
from server.domain.setup.importing import read_rules


@dataclass(frozen=True)
class HomeworkFolder:
    """A homework folder, and the rules in its competition.toml."""

    path: Path
    rules: HomeworkFile

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def slug(self) -> str:
        """What its competition is called in addresses where nobody says otherwise."""
        return slug_of(self.path)


def slug_of(folder: Path) -> str:
    """What the competition of a homework folder is called where nobody says otherwise."""
    return folder.name.replace("_", "-")


def folders_in(root: Path) -> list[HomeworkFolder]:
    """The homework folders below `root`, by name; raises Invalid for one whose rules cannot be used."""
    files = sorted(root.resolve().glob(f"*/{HOMEWORK_FILE}"))
    return [HomeworkFolder(file.parent, read_rules(file)) for file in files]


def folders_named(root: Path, names: list[str]) -> list[HomeworkFolder]:
    """The homework folders of these names, in their order in the box; raises NotFound for one that is not."""
    folders = folders_in(root)
    unknown = sorted(set(names) - {each.name for each in folders})
    if unknown:
        raise NotFound(
            Message("There is no homework {names} on this installation.", names=", ".join(unknown))
        )
    return [each for each in folders if each.name in names]
