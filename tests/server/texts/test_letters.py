"""What cannot be seen in a text: what is spelling, what goes, what is named."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.texts.letters import hidden_in, without_stray_marks

MARKS = "\u200c\u200d\u200e\u200f\u202a\u202c\ufeff\u00ad\u200b \u00a0"


@given(
    st.text(MARKS, max_size=4),
    st.sampled_from(["Ann Lee", "王小明", "علی\u200cرضا"]),
    st.text(MARKS, max_size=4),
)
def test_marks_around_a_name_change_nothing(before: str, name: str, after: str) -> None:
    assert without_stray_marks(before + name + after) == name


@given(st.text(max_size=20))
def test_a_cleaned_text_stays_as_it_is(text: str) -> None:
    cleaned = without_stray_marks(text)

    assert without_stray_marks(cleaned) == cleaned


@given(st.sampled_from(MARKS[2:7]), st.sampled_from(["Ann", "王小明", "Иван", "علي"]))
def test_a_mark_between_letters_is_named_with_its_place(mark: str, name: str) -> None:
    hidden = hidden_in(name[:1] + mark + name[1:])

    assert hidden is not None
    assert hidden.text.startswith(f"U+{ord(mark):04X} ")
    assert hidden.place == 2
