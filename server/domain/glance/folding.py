"""Small groups fold into one, so that no figure is about fewer than ten people, nor can be derived so.

Source of the rule of ten: what Artemis and the statistics of universities keep to.
"""

from collections.abc import Mapping
from dataclasses import dataclass

LEAST = 10


@dataclass(frozen=True)
class Group:
    """People counted together. names: of what was folded into it; several, or one that stands for itself."""

    names: tuple[str, ...]
    size: int

    @property
    def is_folded(self) -> bool:
        """Whether several groups are in it."""
        return len(self.names) > 1


def folded(sizes: Mapping[str, int], *, least: int = LEAST) -> list[Group]:
    """The groups that may be shown, the largest first, what is folded together last.

    Groups of fewer than `least` are folded; where that makes fewer than `least` still, the smallest of the
    others joins them, since the total less what is shown would tell their number. No group at all is shown
    where all people together are fewer.

    >>> [(group.names, group.size) for group in folded({"EE": 40, "CS": 30, "Law": 4, "Art": 3})]
    [(('EE',), 40), (('Law', 'Art', 'CS'), 37)]
    """
    people = {name: size for name, size in sizes.items() if size > 0}
    if sum(people.values()) < least:
        return []
    large = sorted((name for name in people if people[name] >= least), key=lambda name: (-people[name], name))
    small = sorted((name for name in people if people[name] < least), key=lambda name: (-people[name], name))
    while small and sum(people[name] for name in small) < least:
        small.append(large.pop())
    groups = [Group((name,), people[name]) for name in large]
    return groups + ([Group(tuple(small), sum(people[name] for name in small))] if small else [])
