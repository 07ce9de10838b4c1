"""What a notebook shows of a submission: score, rank, tiers, what is left today, and where to see more."""

from dataclasses import dataclass, field
from html import escape

from client.api.types.competitions import Competition, Receipt
from client.language import catalogue
from client.output.sentences import SENT_BEFORE, receipt_facts, waiting_sentences
from client.output.views import Finding
from grader.messages import Message, translated

STYLE = (
    "border:1px solid #8886;border-radius:8px;padding:.8em 1.2em;display:inline-block;font-family:sans-serif"
)


@dataclass(frozen=True, kw_only=True)
class SubmissionCard:
    """A submission that was sent: public `score`, `rank`, `tiers` passed, `left_today`, `url` of its page.

    In a notebook it is shown as a card, elsewhere as text, in the language of the environment. Private scores
    are no part of it.
    """

    id: int | str
    state: str
    score: float | None
    rank: int | None
    teams: int | None
    tiers: tuple[str, ...]
    left_today: int | None
    url: str
    is_repeated: bool
    receipt: Receipt = field(repr=False)
    competition: Competition = field(repr=False)

    def __str__(self) -> str:
        texts = catalogue()
        lines = [
            f"{translated(each.what, texts)}: {translated(each.said, texts)}"
            if each.what
            else str(translated(each.said, texts))
            for each in self._facts()
        ]
        return "\n".join([f"{self.competition.title}: {self.receipt.file_name}", *lines, self.url])

    def _repr_html_(self) -> str:
        texts = catalogue()
        rows = "".join(
            f'<tr><th style="text-align:left;padding-right:1em">{escape(translated(each.what, texts))}</th>'
            f'<td style="text-align:left">{escape(translated(each.said, texts))}</td></tr>'
            for each in self._facts()
        )
        more = escape(translated(Message("Submission {id} on its page", id=self.id), texts))
        return (
            f'<div lang="{texts.language}" style="{STYLE}"><strong>{escape(self.competition.title)}</strong>'
            f"<table>{rows}</table>"
            f'<a href="{escape(self.url)}" target="_blank" rel="noopener">{more}</a></div>'
        )

    def _facts(self) -> list[Finding]:
        before = [Finding(what="", said=SENT_BEFORE)] if self.is_repeated else []
        if self.state == "received":
            sentences = waiting_sentences(self.receipt, self.competition)
            return [*before, *(Finding(what="", said=each) for each in sentences)]
        return [*before, *receipt_facts(self.receipt, self.competition)]


def card_of(receipt: Receipt, competition: Competition, *, server: str) -> SubmissionCard:
    """The card of a receipt."""
    return SubmissionCard(
        id=receipt.id,
        state=receipt.state,
        score=receipt.public_score,
        rank=receipt.rank,
        teams=receipt.teams,
        tiers=receipt.tiers_passed or (),
        left_today=None if receipt.today is None else receipt.today.left,
        url=f"{server}/submissions/{receipt.id}",
        is_repeated=receipt.repeated,
        receipt=receipt,
        competition=competition,
    )
