"""A gradebook of the small installation's course as Canvas exports it, sent on the page of exports."""

from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.browser import form_token

GRADEBOOK = (
    "Student,ID,SIS Login ID,Section,Tiny accuracy (12),Quiz (13)\r\n"
    "    Points Possible,,,,8,10\r\n"
    "Student0,7,student0,1,,3\r\n"
    "Student1,8,student1,1,2,4\r\n"
)
STRANGER = "Student2,9,STUDENT2,1,,\r\n"


def send_gradebook(client: TestClient, *, act: str = "", with_stranger: bool = False) -> Response:
    """Let the points go into that gradebook; with somebody in it whose login is spelled otherwise."""
    text = GRADEBOOK + (STRANGER if with_stranger else "")
    fields = {"form_token": form_token(client), "kind": "canvas", "act": act}
    return client.post("/courses/ml/exports", data=fields, files={"file": ("gradebook.csv", text.encode())})
