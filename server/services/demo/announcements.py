"""What the demonstration's staff have announced, so that a visitor finds announcements and their mails."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.notices import posting
from server.domain.notices.announcements import NewAnnouncement
from server.models import Announcement, Competition, User
from server.settings import Settings

BY = "instructor"
# By the homework's name: title and text, each with its languages.
TEXTS = {
    "hw01_covid": (
        "The private board is open <!-- zh-TW --> 不公開排行榜開放了",
        r"""Thank you all for taking part. The **private leaderboard** is open: compare your rank there with
your rank on the public one, and see how much of the difference is luck.

What luck can do: with $n$ rows and squared errors that spread by $s$, the standard error of your RMSE is
about

$$
\mathrm{SE} \approx \frac{s}{2 \cdot \mathrm{RMSE} \cdot \sqrt{n}}
$$

The best files used the last columns of a row most, those of the day before:

![One row: 40 columns of the state, then 18 columns for each of three days](pictures/row.svg)

- Grades follow within a week.
- Questions about a score: write to the TAs with the number of the submission.

<!-- zh-TW -->
謝謝大家參加。**不公開排行榜**已開放：請比較你在兩個排行榜上的名次，看看其中有多少是運氣。

運氣能差多少：共有 $n$ 列，平方誤差的離散程度為 $s$ 時，RMSE 的標準誤大約是

$$
\mathrm{SE} \approx \frac{s}{2 \cdot \mathrm{RMSE} \cdot \sqrt{n}}
$$

表現最好的檔案最倚重每一列最後的欄，也就是前一天的資料：

![一列資料：先是州別的 40 欄，再來是三天、每天 18 欄](pictures/row.zh-TW.svg)

- 成績會在一週內公布。
- 對分數有疑問時，請附上繳交編號寫信給助教。
""",
    ),
    "hw02_phoneme": (
        "Office hours before the deadline <!-- zh-TW --> 截止前的答疑時間",
        r"""The TAs are in room 112 on the last two afternoons before the deadline, from 14:00 to 17:00.

Before you come:

1. Run `splitboard check` on your file.
2. Read the hint of the first tier above your score: it is meant to be used.
3. Compute your accuracy on a tenth of the training data. With $m$ frames it is as sure as
   $\pm 1.96 \sqrt{p(1-p)/m}$, so do not chase the third decimal.

<!-- zh-TW -->
截止前最後兩天的下午兩點到五點，助教在 112 教室。

來之前，請先：

1. 用 `splitboard check` 檢查你的檔案。
2. 讀一讀你的分數之上第一個基準的提示：它就是要給你用的。
3. 在十分之一的訓練資料上計算正確率。若有 $m$ 個音框，它的誤差約為 $\pm 1.96 \sqrt{p(1-p)/m}$，
   所以不必追逐小數第三位。
""",
    ),
}


AFTER = timedelta(hours=9)  # the reveal, when a finished homework's announcement is posted
BEFORE = timedelta(hours=20)  # now, when a running one's is


def post(session: Session, settings: Settings, *, now: datetime) -> None:
    """Announce in each competition of the demonstration that has none yet; safe to repeat."""
    by = Actor(session.scalar(select(User.id).where(User.username == BY)))
    for competition in session.scalars(select(Competition).where(Competition.homework.in_(TEXTS))):
        has_any = select(Announcement.id).where(Announcement.competition_id == competition.id).limit(1)
        if session.scalar(has_any) is None:
            new = NewAnnouncement(*TEXTS[competition.homework])
            is_revealed = competition.reveal_at + AFTER < now
            posted_at = competition.reveal_at + AFTER if is_revealed else now - BEFORE
            posting.announce(session, settings, new, competition=competition, by=by, now=posted_at)
