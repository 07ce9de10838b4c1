"""What SECURITY.md and the set-up for containers say is so."""

import re

from server.domain.files.file_uses import UNSCORED_KEPT
from server.processes.connections import HEAD_MOST
from server.services.grading.turns import AT_ONCE
from server.settings import PROJECT

PAGE = (PROJECT / "SECURITY.md").read_text(encoding="utf-8")
COMPOSE = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
SOURCES = [path for area in ("server", "grader", "client") for path in sorted((PROJECT / area).rglob("*.py"))]
RUNS_WHAT_IT_READS = re.compile(
    r"\b(pickle\.loads?|torch\.load|marshal\.loads?|yaml\.load|allow_pickle=True)\b|(?<![.\w])eval\("
)


def service(name: str) -> str:
    """The lines of a service in docker-compose.yml."""
    (text,) = re.findall(
        rf"^  {name}:\n((?:    .*\n|\n)+)", COMPOSE.split("\nnetworks:")[0] + "\n", re.MULTILINE
    )
    return str(text)


def networks_of(name: str) -> set[str]:
    """The networks that a service is in."""
    (names,) = re.findall(r"networks: \[(.*)\]", service(name))
    return set(names.split(", "))


def test_the_bounds_on_the_page_are_those_of_the_code() -> None:
    words = " ".join(PAGE.split())

    assert f"heads have at most {HEAD_MOST // 1024} kB" in words
    assert f"last {UNSCORED_KEPT} of each team" in words
    assert (AT_ONCE, "reads two files of one user at a time" in words) == (2, True)


def test_nothing_in_the_server_or_the_grader_runs_what_it_reads() -> None:
    runners = [path.name for path in SOURCES if RUNS_WHAT_IT_READS.search(path.read_text(encoding="utf-8"))]

    assert runners == []


def test_the_page_says_that_the_embedded_worker_is_trusted() -> None:
    assert "**The embedded worker, which `serve` starts where there is no Redis, is trusted**" in PAGE


def test_of_the_containers_only_the_server_reaches_the_database() -> None:
    assert "data" not in networks_of("worker") | networks_of("redis")
    assert networks_of("postgres") == {"data"}
    assert networks_of("web") >= {"front", "workers", "data"}
    assert "POSTGRES_USER" not in COMPOSE
    assert "--requirepass" in service("redis")


def test_every_container_is_bounded_and_may_gain_no_rights() -> None:
    for name in ("web", "worker", "postgres", "redis"):
        text = service(name)
        assert "mem_limit:" in text
        assert "<<: *closed" in text or "no-new-privileges:true" in text
    for name in ("web", "postgres", "redis"):
        assert "healthcheck:" in service(name)


def test_every_image_is_named_by_an_exact_version() -> None:
    images = re.findall(r"^    image: (\S+)$", COMPOSE, re.MULTILINE)
    bases = re.findall(r"^FROM (\S+)", (PROJECT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)

    assert len(images) == len(bases) == 2
    assert [name for name in (*images, *bases) if not re.search(r":\d+\.\d+(\.\d+)?\b", name)] == []
    assert all(name.count(".") == 2 for name in bases)
