"""The sandbox: what a custom metric cannot do to the server beside it, and what becomes of it if it tries."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent, indent

import numpy as np
import psutil
import pyarrow as pa
import pytest

from grader.custom_metrics.confinement import Mechanism
from grader.custom_metrics.sandbox import Job, MetricRefused, Protection, Sandbox, SandboxLimits
from grader.errors import MetricFailed

ROOT = Path(__file__).resolve().parents[3]
TABLE = pa.table({"id": np.arange(4), "y": np.array([1.0, 2.0, 3.0, 4.0])})
LIMITS = SandboxLimits(wall_seconds=3.0, cpu_seconds=2.0, memory_bytes=512 * 2**20)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox with limits that a test can wait for."""
    with Sandbox(LIMITS) as sandbox:
        sandbox.start()
        yield sandbox


def job(body: str) -> Job:
    """The score whose function has this body; the columns of both tables are `id` and `y`."""
    head = "def score(solution, submission, row_id_column_name):\n"
    return Job(head + indent(dedent(body), "    "), {}, "id", TABLE, TABLE)


def refuses(sandbox: Sandbox, deed: str) -> bool:
    """Whether a metric that does this deed is stopped by an OSError."""
    body = "try:\n" + indent(dedent(deed).strip(), "    ") + "\nexcept OSError:\n    return 1.0\nreturn 0.0"
    return sandbox.score(job(body)) == 1.0


def below() -> list[psutil.Process]:
    """The processes that this one has started, and theirs."""
    return psutil.Process().children(recursive=True)


def until(count: int, seconds: float = 20.0) -> list[psutil.Process]:
    """The processes below this one once there are so many more or fewer."""
    end = time.monotonic() + seconds
    while len(children := below()) != count and time.monotonic() < end:
        time.sleep(0.02)
    return children


# What it cannot reach. Each test holds on a kernel without the walls too: then the report must say so.


def test_the_report_says_what_a_metric_could_do_here(sandbox: Sandbox) -> None:
    protection = sandbox.start()

    names = ("no_network", "no_local_sockets", "no_files", "no_processes", "no_signals")
    deeds = [getattr(protection, name) for name in names]
    assert len(list(protection.weaknesses())) == deeds.count(False)
    assert protection.complete == all(deeds)
    assert protection.lines()[0].startswith("Custom metrics are confined") == protection.complete


def test_the_network_is_out_of_reach(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        is_refused = refuses(sandbox, f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)")

    assert is_refused == sandbox.start().no_network


def test_a_local_service_is_out_of_reach(sandbox: Sandbox, tmp_path: Path) -> None:
    path = str(tmp_path / "service")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        is_refused = refuses(sandbox, f"import socket\nsocket.socket(socket.AF_UNIX).connect({path!r})")

    assert is_refused == sandbox.start().no_local_sockets


@pytest.mark.parametrize(
    "deed",
    [
        "open('/etc/passwd')",
        "open('/proc/self/environ')",
        "open('/proc/1/environ')",
        "import os\nos.listdir('/')",
    ],
)
def test_no_file_of_the_machine_is_shown(sandbox: Sandbox, deed: str) -> None:
    assert refuses(sandbox, deed) == sandbox.start().no_files


def test_neither_the_answer_key_nor_our_own_code_is_shown(sandbox: Sandbox, tmp_path: Path) -> None:
    key = tmp_path / "answer_key.csv"
    key.write_text("id,y,Usage\n1,2,Private\n")

    paths = (key, ROOT / "pyproject.toml", __file__)

    assert {refuses(sandbox, f"open({str(path)!r})") for path in paths} == {sandbox.start().no_files}


def test_nothing_can_be_written(sandbox: Sandbox, tmp_path: Path) -> None:
    place = str(tmp_path / "left behind")

    assert refuses(sandbox, f"f = open({place!r}, 'w')\nf.write('x')\nf.flush()")
    assert refuses(sandbox, "f = open('here', 'w')\nf.write('x')\nf.flush()")
    assert not (tmp_path / "left behind").exists() or not sandbox.start().no_files


def test_no_secret_of_the_server_is_inherited(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLITBOARD_SECRET_KEY", "hush")
    descriptors = "return sum(n for n in range(3, 64) if is_open(n))"
    probe = """
        import os
        def is_open(n):
            try:
                os.fstat(n)
            except OSError:
                return False
            return True
    """

    with Sandbox(LIMITS) as fresh:
        assert fresh.score(job("import os\nreturn len(os.environ)")) == 0.0
    assert sandbox.score(job(dedent(probe) + descriptors)) == 3.0  # the socket of its own rows, and no other


def test_other_processes_are_out_of_reach(sandbox: Sandbox) -> None:
    protection = sandbox.start()

    assert refuses(sandbox, f"import os\nos.kill({os.getpid()}, 0)") == protection.no_signals
    assert refuses(sandbox, "import os\nos.kill(os.getppid(), 0)") == protection.no_signals
    # Having the kernel send SIGIO to the owner of a descriptor is a way to signal, too.
    assert (
        refuses(sandbox, "import fcntl, os\nfcntl.fcntl(3, fcntl.F_SETOWN, os.getppid())")
        == protection.seccomp
    )
    assert refuses(sandbox, "import subprocess\nsubprocess.run(['/bin/true'])") == protection.no_processes


def test_system_calls_that_are_not_named_are_refused(sandbox: Sandbox) -> None:
    status = sandbox.score(job("import ctypes\nreturn ctypes.CDLL(None).ptrace(0, 0, 0, 0)"))

    assert (status == -1.0) == sandbox.start().seccomp


@pytest.mark.parametrize("missing", [*((each,) for each in Mechanism), tuple(Mechanism)])
def test_a_wall_that_is_missing_is_reported_and_what_the_others_hold_is_held(
    missing: tuple[Mechanism, ...],
) -> None:
    with Sandbox(LIMITS, without=missing) as lesser:
        protection = lesser.start()

        assert lesser.score(job("return solution['y'].sum()")) == 10.0
        assert refuses(lesser, "open('/etc/passwd')") == protection.no_files
        assert protection.no_files == bool(protection.landlock or protection.seccomp)
        assert protection.no_local_sockets == protection.no_processes == protection.seccomp
        assert any("local services" in sentence for sentence in protection.weaknesses()) != protection.seccomp
        assert any("answer keys" in sentence for sentence in protection.lines()) != protection.no_files


def test_a_report_of_no_walls_names_every_weakness() -> None:
    protection = Protection(False, 0, False, False, True, False, False, False, False, False)

    assert len(protection.lines()) == 5 + 3
    assert not protection.complete


# What it cannot use up.


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "import time\ntime.sleep(60)",
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass",
        "import numpy as np\na = np.ones((900, 900))\nwhile True: a = a @ a / 900",
    ],
)
def test_a_metric_that_never_ends_is_ended(sandbox: Sandbox, body: str) -> None:
    start_child = time.monotonic()

    with pytest.raises(MetricFailed, match=r"took more than 3 s|signal 9"):
        sandbox.score(job(body))

    assert time.monotonic() - start_child < LIMITS.wall_seconds + 1.0


@pytest.mark.parametrize(
    "body",
    [
        "import numpy as np\nreturn np.ones(10 * 2**30, dtype=np.uint8).sum()",
        "kept = []\nwhile True: kept.append(bytearray(2**20))",
    ],
)
def test_memory_beyond_the_limit_is_refused(sandbox: Sandbox, body: str) -> None:
    with pytest.raises(MetricFailed, match="needed more than 512 MiB"):
        sandbox.score(job(body))


def test_a_fork_bomb_makes_no_process(sandbox: Sandbox) -> None:
    before = len(below())
    body = """
        import os
        made = 0
        for _ in range(200):
            try:
                made += os.fork() > 0
            except OSError:
                pass
        return made
    """

    assert (sandbox.score(job(body)) == 0.0) == sandbox.start().no_processes
    assert len(until(before)) == before


def test_threads_are_counted_or_refused(sandbox: Sandbox) -> None:
    body = """
        import threading, time
        threading.stack_size(32768)
        for made in range(2000):
            try:
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            except RuntimeError:
                return made
        return 2000
    """

    threads = sandbox.score(job(body))

    assert threads < 200
    assert (threads > 0) == sandbox.start().threads


@pytest.mark.parametrize(
    "body",
    [
        "for _ in range(100000): print('x' * 1000)\nreturn 1.0",
        "import sys\nfor _ in range(100000): sys.stderr.write('x' * 1000)\nreturn 1.0",
    ],
)
def test_what_a_metric_prints_goes_nowhere(sandbox: Sandbox, body: str) -> None:
    assert sandbox.score(job(body)) == 1.0


@pytest.mark.parametrize(
    "body",
    [
        "import os\nwhile True: os.write(3, b'x' * 65536)",
        "import os\nos.write(3, b'[' * 200000)\nos._exit(0)",
        "import os\nos.write(3, b'[1]')\nos._exit(0)",
        """import os\nos.write(3, b'{"score": "1"}')\nos._exit(0)""",
        "import os\nos._exit(0)",
        "import os\nos._exit(7)",
        "import ctypes\nctypes.string_at(0)",
        "raise SystemExit(0)",
        "raise KeyboardInterrupt",
        "def down(): return down()\nreturn down()",
        "return 'high'",
        "return None",
        "import os\nos.close(3)\nreturn 1.0",
    ],
)
def test_an_end_that_is_no_score_is_our_fault_and_the_next_score_works(sandbox: Sandbox, body: str) -> None:
    with pytest.raises(MetricFailed):
        sandbox.score(job(body))

    assert sandbox.score(job("return 5")) == 5.0


def test_an_error_keeps_its_traceback_for_staff_and_shows_no_value_in_a_log(sandbox: Sandbox) -> None:
    with pytest.raises(MetricFailed) as error:
        sandbox.score(job("truth = solution['y'].max()\nraise ValueError(f'it is {truth}')"))

    assert str(error.value) == "The metric raised ValueError at line 3."
    assert error.value.message == "it is 4.0"
    assert "raise ValueError(f'it is {truth}')" in error.value.for_staff()
    assert "scoring.py" not in error.value.for_staff()


# What one score leaves to the next: nothing.


def test_nothing_of_a_score_is_there_at_the_next(sandbox: Sandbox) -> None:
    body = """
        import builtins, sys, numpy as np, pandas as pd
        seen = [getattr(place, 'seen', 0) for place in (builtins, np, sys)]
        builtins.seen = np.seen = sys.seen = 1
        pd.DataFrame.sum = None
        return sum(seen)
    """

    assert [sandbox.score(job(body)) for _ in range(3)] == [0.0, 0.0, 0.0]


def test_the_order_of_a_set_is_always_the_same(sandbox: Sandbox) -> None:
    source = job("return float(list({'a', 'b', 'c', 'd', 'e', 'f'}).index('c')) + hash('a') % 2**20")

    with Sandbox(LIMITS) as another:
        assert sandbox.score(source) == another.score(source)


def test_scores_side_by_side_keep_apart(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(6) as threads:
        scores = list(threads.map(lambda n: sandbox.score(job(f"return {n}")), range(24)))

    assert scores == [float(n) for n in range(24)]


# What becomes of it when something dies.


def sleeping(sandbox: Sandbox, threads: ThreadPoolExecutor) -> "tuple[Future[float], psutil.Process]":
    """A score that is being computed, and its process."""
    before = len(below())
    future = threads.submit(sandbox.score, job("import time\ntime.sleep(60)"))
    until(before + 1)
    return future, max(below(), key=lambda each: each.create_time())


@pytest.mark.parametrize("victim", ["the score", "the child that forked it"])
def test_a_process_killed_in_the_middle_is_an_error_and_the_next_score_works(victim: str) -> None:
    with Sandbox(LIMITS) as own, ThreadPoolExecutor(1) as threads:
        own.start()
        future, scoring = sleeping(own, threads)
        dying = {"the score": scoring, "the child that forked it": scoring.parent()}[victim]
        assert dying is not None

        dying.kill()

        with pytest.raises(MetricFailed, match="ended without an answer"):
            future.result(2.0)
        assert own.score(job("return 2")) == 2.0


def test_a_closed_sandbox_ends_its_child_and_refuses() -> None:
    before = len(below())
    with Sandbox(LIMITS) as own, ThreadPoolExecutor(1) as threads:
        own.start()
        future, _ = sleeping(own, threads)

        own.close()

        with pytest.raises(MetricFailed):
            future.result(2.0)
        with pytest.raises(MetricFailed, match="closed"):
            own.score(job("return 1"))
    assert len(until(before)) == before


def test_the_sandbox_ends_with_a_server_that_is_killed() -> None:
    code = """
        import sys, numpy as np, pyarrow as pa
        from grader.custom_metrics.sandbox import Job, Sandbox
        source = "import time\\ndef score(a, b, c):\\n    time.sleep(50)"
        table = pa.Table.from_arrays([pa.array(np.arange(3))], names=["id"])
        Sandbox().score(Job(source, {}, "id", table, table))
    """
    server = subprocess.Popen([sys.executable, "-c", dedent(code)], cwd=ROOT)
    end = time.monotonic() + 60.0
    while len(family := psutil.Process(server.pid).children(recursive=True)) < 2 and time.monotonic() < end:
        time.sleep(0.1)

    server.send_signal(signal.SIGKILL)
    server.wait()
    alive = psutil.wait_procs(family, timeout=5.0)[1]

    assert len(family) == 2
    assert alive == []


def test_the_visible_error_is_known_by_its_name_even_as_a_base(sandbox: Sandbox) -> None:
    body = """
        class ParticipantVisibleError(Exception): pass
        class Worse(ParticipantVisibleError): pass
        raise Worse('no such column')
    """

    with pytest.raises(MetricRefused, match="no such column"):
        sandbox.score(job(body))
