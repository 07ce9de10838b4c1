"""What a draft consists of: a table as competition.toml has it, texts, and files by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from grader.messages import packed, restored
from server.clock import iso
from server.domain.files.file_store import StoredFile


@dataclass(frozen=True)
class LeftOut:
    """What another judge's competition has and its draft has not, by its name there, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Parts:
    """All parts of a draft at one step; nothing of it is checked before the launch asks for it.

    table: the keys of a competition.toml, times as ISO text. files: the public ones by name. key: the answer
    key as it will be; raw_key: as it was uploaded, where the split was made here. tier_files: the
    predictions that set tiers' thresholds, by tier. left_out: what another judge's competition had besides.
    """

    table: dict[str, Any] = field(default_factory=dict)
    description_md: str = ""
    files: dict[str, StoredFile] = field(default_factory=dict)
    key: StoredFile | None = None
    raw_key: StoredFile | None = None
    metric_file: StoredFile | None = None
    tier_files: dict[str, StoredFile] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The parts as a step keeps them."""
        return {
            "table": plain(self.table),
            "description_md": self.description_md,
            "files": {name: _file_json(file) for name, file in self.files.items()},
            "key": _file_json(self.key),
            "raw_key": _file_json(self.raw_key),
            "metric_file": _file_json(self.metric_file),
            "tier_files": {name: _file_json(file) for name, file in self.tier_files.items()},
            "left_out": packed([{"name": each.name, "reason": each.reason} for each in self.left_out]),
        }

    @property
    def stored_files(self) -> dict[str, StoredFile]:
        """Every stored file by what it is called among the draft's own."""
        own = {KEY: self.key, RAW_KEY: self.raw_key, METRIC: self.metric_file}
        public = {f"{PUBLIC}{name}": file for name, file in self.files.items()}
        tiers = {f"{TIERS}{name}.csv": file for name, file in self.tier_files.items()}
        return public | tiers | {name: file for name, file in own.items() if file is not None}

    def time(self, name: str) -> datetime | None:
        """One of the table's times, or None where it has none."""
        text = self.table.get(name)
        return None if text is None else datetime.fromisoformat(text)


KEY, RAW_KEY, METRIC = "private/answer_key.csv", "private/uploaded_key.csv", "metric.py"
PUBLIC, TIERS = "public/", "tiers/"


def parts_of(values: Mapping[str, Any]) -> Parts:
    """The parts that a step keeps."""
    return Parts(
        table=dict(values["table"]),
        description_md=values["description_md"],
        files={name: StoredFile(**file) for name, file in values["files"].items()},
        key=_file(values["key"]),
        raw_key=_file(values["raw_key"]),
        metric_file=_file(values["metric_file"]),
        tier_files={name: StoredFile(**file) for name, file in values.get("tier_files", {}).items()},
        left_out=tuple(LeftOut(**each) for each in restored(values.get("left_out", []))),
    )


def plain(value: Any) -> Any:
    """A value of a TOML table as JSON has it: a time as ISO text in UTC."""
    match value:
        case datetime():
            return iso(value)
        case StrEnum():
            return value.value
        case Mapping():
            return {name: plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
    return value


def _file_json(file: StoredFile | None) -> dict[str, str | int] | None:
    return None if file is None else {"sha256": file.sha256, "size": file.size}


def _file(values: dict[str, Any] | None) -> StoredFile | None:
    return None if values is None else StoredFile(**values)
