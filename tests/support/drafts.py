"""A course's drafts as its instructor meets them on pages, and their launch without the background."""

from pathlib import Path

from sqlalchemy import select
from starlette.testclient import TestClient

from server.models import Draft
from server.services.setup import launching
from tests.support.archives import homework_files, packed
from tests.support.browser import browser, form_token
from tests.support.installation import Installation

DRAFTS = "/courses/ml/drafts"
BUILDER = '''"""The data lie beside the homework; building copies them."""
import shutil
from pathlib import Path

def build(out, *, seed=0):
    shutil.copytree(Path(__file__).parents[2] / "built", out, dirs_exist_ok=True)
'''


class Editor:
    """An instructor's browser that posts the forms of drafts."""

    def __init__(self, installation: Installation, name: str = "iris") -> None:
        self.client: TestClient = browser(installation, name)
        self.token = form_token(self.client)
        self.installation = installation

    def post(self, address: str, **fields: object) -> tuple[int, str]:
        """Post a form of a draft; the answer's status and page."""
        answer = self.client.post(f"{DRAFTS}{address}", data={"form_token": self.token, **fields})
        return answer.status_code, answer.text

    def send(self, address: str, upload: str, file_name: str, data: bytes, **fields: str) -> tuple[int, str]:
        """Post a form with a file; the answer's status and page."""
        answer = self.client.post(
            f"{DRAFTS}{address}",
            data={"form_token": self.token, **fields},
            files={upload: (file_name, data, "application/octet-stream")},
        )
        return answer.status_code, answer.text

    def page(self, address: str = "") -> str:
        """A page of drafts."""
        return self.client.get(f"{DRAFTS}{address}").text


def drafts_of(installation: Installation) -> list[Draft]:
    """Every draft there is, in the order in which they were begun."""
    query = select(Draft).order_by(Draft.id)
    return installation.db.read(lambda session: list(session.scalars(query)))


def begin_uploaded(editor: Editor, name: str = "waves") -> int:
    """A draft of the tiny homework, uploaded as an archive; its id."""
    archive = packed(homework_files(editor.installation))
    status, page = editor.send("/archive", "archive", f"{name}.zip", archive)
    assert status == 200, page
    return drafts_of(editor.installation)[-1].id


def launch_now(installation: Installation, draft_id: int) -> None:
    """What the background does about a launch."""
    launching.work_on(installation.db, installation.context.settings, draft_id=draft_id)


def furnish_box(installation: Installation, *names: str) -> Path:
    """Homeworks in the installation's folder, all of them the tiny one, whose data are built by copying."""
    box = write_box(installation.folder, *names)
    installation.app.state.settings.homeworks_dir = box
    return box


def write_box(root: Path, *names: str) -> Path:
    """A folder of homeworks in `root`, each a copy of the tiny one there; its data are built by copying."""
    box = root / "box"
    for name in names:
        folder = box / name
        folder.mkdir(parents=True)
        for path in (root / "tiny").iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        (folder / "data.py").write_text(BUILDER)
    return box
