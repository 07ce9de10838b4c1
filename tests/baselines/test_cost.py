"""The cost of a training: what the machine tells is summed up, and what it does not tell stays unknown."""

import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from baselines import cost
from baselines.cost import Card, Meter, Processors, processors_here, speed


class NvmlError(Exception):
    """What the driver says no with."""


class Rates:
    """A look at the card."""

    def __init__(self, gpu: int) -> None:
        self.gpu = gpu


class FakeNvml:
    """A driver that tells what it was given, one look after the other, and has nothing else to say."""

    NVMLError = NvmlError

    def __init__(self, *, millijoules: list[int], percent: list[int]) -> None:
        self._millijoules, self._percent = millijoules, percent

    def nvmlInit(self) -> None:
        """Nothing to start."""

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> object:
        """One card is known."""
        if uuid != "GPU-1":
            raise NvmlError("Not Found")
        return object()

    def nvmlDeviceGetUtilizationRates(self, handle: object) -> Rates:
        """The next look, if any."""
        if not self._percent:
            raise NvmlError("Not Supported")
        return Rates(self._percent.pop(0))

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: object) -> int:
        """The next look, if any."""
        if not self._millijoules:
            raise NvmlError("Not Supported")
        return self._millijoules.pop(0)


def counter(root: Path, name: str, *, energy: int, whole: int = 1_000_000, kind: str = "package-0") -> Path:
    zone = root / name
    zone.mkdir(exist_ok=True)
    (zone / "name").write_text(f"{kind}\n")
    (zone / "max_energy_range_uj").write_text(f"{whole}\n")
    new = root / f"{name}.new"  # put in place whole, as the kernel's counters are read
    new.write_text(f"{energy}\n")
    new.replace(zone / "energy_uj")
    return zone


def test_a_cards_energy_is_from_the_first_look_to_the_last_and_its_utilisation_the_mean() -> None:
    card = Card(FakeNvml(millijoules=[5_000, 6_000, 9_500], percent=[40, 100]), "GPU-1")
    card.sample()
    card.sample()

    assert card.joules == 4.5
    assert card.utilisation == 70.0


def test_what_the_driver_does_not_tell_is_unknown_and_not_nothing() -> None:
    silent = Card(FakeNvml(millijoules=[], percent=[]), "GPU-1")
    silent.sample()

    assert silent.joules is None
    assert silent.utilisation is None


def test_a_card_that_stops_telling_leaves_its_energy_unknown() -> None:
    card = Card(FakeNvml(millijoules=[5_000], percent=[40]), "GPU-1")
    card.sample()

    assert card.joules is None
    assert card.utilisation == 40.0


def test_a_driver_that_knows_no_such_card_says_so() -> None:
    with pytest.raises(NvmlError):
        Card(FakeNvml(millijoules=[], percent=[]), "GPU-2")


def test_the_packages_are_summed_and_their_parts_are_not_counted_twice(tmp_path: Path) -> None:
    counter(tmp_path, "intel-rapl:0", energy=100)
    counter(tmp_path, "intel-rapl:1", energy=500, kind="package-1")
    counter(tmp_path, "intel-rapl:0:0", energy=0, kind="core")
    counter(tmp_path, "intel-rapl:2", energy=0, kind="psys")
    processors = Processors(tmp_path)
    counter(tmp_path, "intel-rapl:0", energy=700_100)
    counter(tmp_path, "intel-rapl:1", energy=800_500, kind="package-1")
    counter(tmp_path, "intel-rapl:0:0", energy=900_000, kind="core")

    processors.sample()

    assert processors.joules == 1.5


def test_a_counter_that_runs_over_goes_on(tmp_path: Path) -> None:
    counter(tmp_path, "intel-rapl:0", energy=900_000)
    processors = Processors(tmp_path)
    for energy in (100_000, 600_000):
        counter(tmp_path, "intel-rapl:0", energy=energy)
        processors.sample()

    assert processors.joules == pytest.approx(0.7)


def test_counters_that_are_not_there_or_vanish_leave_the_energy_unknown(tmp_path: Path) -> None:
    nobody = processors_here(tmp_path)
    zone = counter(tmp_path, "intel-rapl:0", energy=1)
    vanishing = Processors(tmp_path)
    (zone / "energy_uj").unlink()
    vanishing.sample()

    assert nobody is None
    assert processors_here(tmp_path) is None
    assert vanishing.joules is None


def test_a_meter_looks_while_the_training_runs_and_once_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "SAMPLE_SECONDS", 0.01)
    counter(tmp_path, "intel-rapl:0", energy=0)
    card = Card(FakeNvml(millijoules=list(range(0, 10_000_000, 1000)), percent=[50] * 10_000), "GPU-1")

    with Meter(card, Processors(tmp_path)) as meter:
        time.sleep(0.2)
        counter(tmp_path, "intel-rapl:0", energy=500_000)
    measured_cost = meter.cost(gpu_peak_memory_mb=12.5, gflops=3.0)

    assert measured_cost.cpu_joules == 0.5
    assert measured_cost.gpu_utilisation == 50.0
    assert measured_cost.gpu_joules is not None
    assert measured_cost.gpu_joules > 2
    assert (measured_cost.gpu_peak_memory_mb, measured_cost.gflops) == (12.5, 3.0)
    assert measured_cost.cpu_count is not None


def test_a_cpu_has_no_memory_of_a_card_and_a_speed() -> None:
    assert cost.gpu_peak_memory_mb("cpu") is None
    assert cost.device_gflops("cpu") > 0


def test_a_speed_counts_two_operations_for_each_product() -> None:
    gflops = speed(lambda: time.sleep(0.01), side=1000, seconds=0.1)

    assert 100 < gflops <= 200
    assert json.dumps(gflops)


@pytest.mark.parametrize(("uuid", "is_found"), [("1", True), ("GPU-1", True), ("2", False)])
def test_the_card_that_torch_computes_on_is_asked_for_by_its_id(
    monkeypatch: pytest.MonkeyPatch, uuid: str, is_found: bool
) -> None:
    properties = SimpleNamespace(uuid=uuid)
    torch = SimpleNamespace(cuda=SimpleNamespace(get_device_properties=lambda number: properties))
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(millijoules=[1_000], percent=[]))

    assert (cost.card_in_use() is not None) == is_found


def test_without_the_drivers_library_there_is_no_card_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    properties = SimpleNamespace(uuid="1")
    torch = SimpleNamespace(cuda=SimpleNamespace(get_device_properties=lambda number: properties))
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "pynvml", None)

    assert cost.card_in_use() is None
