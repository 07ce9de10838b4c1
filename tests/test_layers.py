"""Every module has a place: the contracts about who imports whom leave none out.

import-linter refuses a module in no layer of an exhaustive contract. This holds that there is such a contract
for each of our packages, and names a homeless module and where it may go.
"""

import tomllib
from collections.abc import Iterator

import pytest

from tests.test_architecture import PACKAGES, ROOT, modules, name_of

LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
LAYERED = {
    container: {member.strip("() ") for layer in contract["layers"] for member in layer.split("|")}
    for contract in LINTER["contracts"]
    if contract["type"] == "layers" and contract.get("exhaustive")
    for container in contract["containers"]
}


def places(container: str) -> Iterator[str]:
    """The names of the modules and folders with Python files right below a container."""
    for path in modules(container.split(".")[0]):
        parts = name_of(path).removesuffix(".py").split("/")
        above = container.split(".")
        is_below = parts[: len(above)] == above and len(parts) > len(above)
        if is_below and parts[len(above)] != "__init__" and not is_homework(parts):
            yield parts[len(above)]


def is_homework(parts: list[str]) -> bool:
    """Whether a file is a homework's: run by its path, never imported."""
    return parts[:2] == ["baselines", "homeworks"]


@pytest.mark.parametrize("container", [*PACKAGES, "server.domain", "server.services"])
def test_every_module_is_in_a_layer(container: str) -> None:
    homeless = set(places(container)) - LAYERED.get(container, set())

    assert not homeless, f"{homeless} of {container} are in no layer of pyproject.toml's contracts"


@pytest.mark.parametrize("container", LAYERED)
def test_no_layer_names_a_module_that_is_gone(container: str) -> None:
    assert LAYERED[container] <= set(places(container))
