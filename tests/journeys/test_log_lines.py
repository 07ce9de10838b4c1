"""What a real server process writes on standard error, as who runs it reads it."""

import json
import subprocess
import sys
from pathlib import Path

from tests.journeys.town import PROJECT, free_port, town, wait_for
from tests.support import databases
from tests.support.tiny_homework import predictions

DOOR = "/api/competitions/tiny/submissions"


def test_a_server_writes_a_line_for_an_upload_with_all_its_ids(tmp_path: Path) -> None:
    with town(databases.fresh("sqlite", tmp_path), tmp_path) as place:
        address = f"http://127.0.0.1:{(port := free_port())}"
        with (tmp_path / "log").open("wb") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", "client", "serve", "--no-worker", "--port", str(port)],
                cwd=PROJECT,
                env=place.environment(),
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        place.servers.append(server)
        wait_for(f"{address}/api/me", server)
        with place.client(address, "student0") as student:
            answer = student.put(DOOR, content=predictions(400, accuracy=0.7, seed=1))

        text = (tmp_path / "log").read_text()
        lines = [json.loads(line) for line in text.splitlines()]
        (line,) = [each for each in lines if each["event"] == "upload answered"]

    assert line["submission"] == answer.json()["id"]
    assert (line["competition"], line["state"], line["path"]) == ("tiny", "scored", DOOR)
    assert line["level"] == "info"
    assert line["request"]
    assert any(each["logger"].startswith("uvicorn") for each in lines)
    assert place.tokens["student0"] not in text
