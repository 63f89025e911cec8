"""The example and the benchmark of librnn.torch run."""

import pathlib
import runpy

import pytest

torch = pytest.importorskip("torch")

PYTHON = pathlib.Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def run(name, **arguments):
    return runpy.run_path(str(PYTHON / name))["main"](**arguments)


def test_example(capsys):
    assert run("examples/torch_faster.py", count=4, epochs=2) > 1
    text = capsys.readouterr().out
    losses = [float(line.split("loss ")[1].split(",")[0]) for line in text.splitlines() if "loss" in line]
    assert "replaced: gru" in text and len(losses) == 4
    assert losses == sorted(losses, reverse=True)  # it goes on learning


def test_benchmark(capsys):
    ratios = run("bench/torch_speed.py", threads=(1,), rounds=1, seconds=1e-3, rows="T1 B1")
    assert list(ratios) == [("GRU I64 H128 T1 B1", 1)]
    table = capsys.readouterr().out.splitlines()[2:]
    assert len(table) == 3 and all(line.count("|") == 6 for line in table)
