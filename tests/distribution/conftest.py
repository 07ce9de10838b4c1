"""The wheel, built once, and its files as pip would lay them out."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from distribution.wheel import Wheel, wheel
from tests.client.stub_server import StubServer, running


@pytest.fixture(scope="session")
def built() -> Wheel:
    return wheel(is_local=False)


@pytest.fixture(scope="session")
def installed(built: Wheel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files where pip would put them."""
    folder = tmp_path_factory.mktemp("installed")
    with ZipFile(BytesIO(built.data)) as archive:
        for name in archive.namelist():
            archive.extract(name, folder)
    return folder


@pytest.fixture
def server() -> Iterator[StubServer]:
    with running() as stub:
        yield stub
