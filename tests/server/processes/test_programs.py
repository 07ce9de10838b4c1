"""How the processes beside the first one are started."""

import pytest

from server.processes.programs import server_program
from server.processes.sockets import address_of, listen
from server.settings import Settings


def test_a_server_on_another_port_than_its_settings_say_links_to_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listener = listen("127.0.0.1", 0)
    with listener:
        program = server_program(listener, number=1, environment={"SPLITBOARD_PORT": "8080"})
        for name, value in program.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("SPLITBOARD_ORIGIN", raising=False)

        assert Settings().link_origin == address_of(listener)
