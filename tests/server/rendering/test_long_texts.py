"""A text that a page cuts is cut as it is shown: in the reader's language."""

from grader.messages import Message
from server.web.rendering.pages import environment


def cut(language: str) -> str:
    """A text, longer than the page shows, on a page in this language."""
    page = environment(language).from_string("{{ text|truncate(20) }}")
    return page.render(
        text=Message("No file was chosen. Choose the CSV file with your predictions, then submit.")
    )


def test_a_long_error_is_cut_in_the_readers_language() -> None:
    assert cut("en") == "No file was..."
    assert cut("zh-TW").startswith("尚未選擇檔案。")
