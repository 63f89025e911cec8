"""The examples run and learn, on data of their own; and the benchmark of calls."""

import pathlib
import runpy
import sys

import pytest

pytestmark = pytest.mark.slow
PYTHON = pathlib.Path(__file__).parents[1]
SPEECH = PYTHON.parents[1] / "shared" / "data" / "speech" / "recordings"


def run(name, *arguments):
    return runpy.run_path(str(PYTHON / name))["main"](*arguments)


@pytest.mark.parametrize("name, low, high", [
    ("forecast", 0, 0.6),  # the error, as a proportion of that of the last value
    ("classify", 0.85, 1),
    ("tagging", 0.97, 1),
    ("stream", 0.9, 1),
    ("language_model", 0, 0.3),  # nats; a text of the grammar has 0.15
    ("digits", 0, 0.1)])
def test_example(name, low, high, capsys):
    assert low <= run(f"examples/{name}.py") <= high
    assert capsys.readouterr().out


def test_real_digits():
    if not SPEECH.is_dir():
        pytest.skip(f"{SPEECH} is not here")
    assert run("examples/digits.py", SPEECH, 1) < 1.5


def test_every_example_is_tested():
    names = {path.stem for path in (PYTHON / "examples").glob("*.py")}
    assert names == {"forecast", "classify", "tagging", "stream", "language_model", "digits"}


def test_overhead_of_calls():
    """A bound step costs a fraction of a step; the machine may be busy, so nothing is said of microseconds."""
    times = run("bench/calls.py", 1000)
    assert times["step = session.bind_step(); step()"] < times["session.step(x)"]


def test_arguments_of_the_command_line(tmp_path, monkeypatch, capsys):
    path = tmp_path / "text.txt"
    path.write_text("abcabcabc " * 400, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["language_model.py", str(path), "1"])
    runpy.run_path(str(PYTHON / "examples" / "language_model.py"), run_name="__main__")
    assert "held out" in capsys.readouterr().out
