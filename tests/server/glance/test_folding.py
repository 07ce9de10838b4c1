"""No group under ten is shown, and none can be derived from the total or from what others are shown."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.glance.folding import folded

SIZES = st.dictionaries(st.text(max_size=3), st.integers(0, 40), max_size=8)


@given(SIZES, st.integers(1, 15))
def test_nothing_about_fewer_people_is_shown_or_follows_from_the_total(
    sizes: dict[str, int], least: int
) -> None:
    groups = folded(sizes, least=least)
    people = {name: size for name, size in sizes.items() if size}

    shown = sum(group.size for group in groups)
    assert all(group.size >= least for group in groups)
    assert shown == (sum(people.values()) if sum(people.values()) >= least else 0)
    names = [name for group in groups for name in group.names]
    assert len(names) == len(set(names))
    assert set(names) <= set(people)
    alone = {group.names[0] for group in groups if not group.is_folded}
    left = sum(size for name, size in people.items() if name not in alone)
    assert left == 0 or not groups or left >= least  # the total less all that stands for itself


@given(SIZES)
def test_a_group_stands_for_itself_wherever_it_may(sizes: dict[str, int]) -> None:
    groups = folded(sizes)

    small = sum(size for size in sizes.values() if size < 10)
    large = [name for name, size in sizes.items() if size >= 10]
    alone = [group for group in groups if not group.is_folded and group.size >= 10]
    assert len(alone) >= len(large) - (0 < small < 10)
