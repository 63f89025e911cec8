"""Which C library is loaded, what happens without one, and the program `python -m librnn`."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import librnn
from common import a_model
from librnn import __main__
from programs import PATHS, run_program

HERE = pathlib.Path(librnn.__file__).parent


def run(text, **environment):
    """Runs a program that does not have this one's choice of a library."""
    known = {name: value for name, value in os.environ.items() if name != "RNN_LIBRARY"}
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False,
                          cwd=os.sep, env={**known, "PYTHONPATH": os.pathsep.join(PATHS), **environment})


def test_versions():
    assert librnn.library_version() == librnn.__version__
    assert librnn.__version__ in librnn.build_info()


def test_use_library(tmp_path):
    copied = tmp_path / "another.so"
    shutil.copy(librnn.library_path(), copied)
    ran = run(f"import librnn; librnn.use_library({str(copied)!r}); librnn.Model(input_size=2, hidden_size=3); "
              "print(librnn.library_path())")
    assert (ran.stdout.strip(), ran.stderr) == (str(copied), "")
    ran = run("import librnn; print(librnn.library_path())", RNN_LIBRARY=str(copied))
    assert (ran.stdout.strip(), ran.stderr) == (str(copied), "")
    with pytest.raises(RuntimeError, match="is loaded already; choose .*another.so before the first call"):
        librnn.use_library(copied)
    librnn.use_library(librnn.library_path())


def test_a_missing_library(tmp_path):
    ran = run("import librnn; librnn.Model(input_size=2, hidden_size=3)", RNN_LIBRARY="/nowhere/librnn.so")
    assert "ImportError: librnn: no C library was found:\n  /nowhere/librnn.so: " in ran.stderr
    assert "RNN_LIBRARY" in ran.stderr
    folder = tmp_path / "librnn"
    folder.mkdir()
    for source in HERE.glob("*.py"):
        shutil.copy(source, folder)
    ran = run("import librnn; librnn.Model(input_size=2, hidden_size=3)",
              PYTHONPATH=os.pathsep.join([str(tmp_path), *PATHS]))
    if ran.returncode != 0:  # else the system has a librnn
        for place in (f"  {folder / 'librnn.so'}: ", "  librnn.so.0: "):
            assert place in ran.stderr
    # A library that is none of ours.
    other = run("import ctypes.util, librnn; librnn.use_library(ctypes.util.find_library('c')); librnn.build_info()")
    assert "is another library: it lacks rnn_version" in other.stderr, other.stderr


def test_importing_loads_nothing():
    ran = run("import librnn", RNN_LIBRARY="/nowhere/librnn.so")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_describe(tmp_path, capsys):
    path = tmp_path / "a model.safetensors"
    a_model().save(path)
    assert __main__.main(["describe", str(path)]) == 0
    assert capsys.readouterr().out == a_model().describe()
    assert __main__.main(["describe", str(path), "--steps", "50", "--batch", "8"]) == 0
    assert capsys.readouterr().out == a_model().describe(50, 8)
    assert __main__.main(["describe", str(tmp_path / "none")]) == 1
    assert "cannot open" in capsys.readouterr().err
    assert __main__.main(["info"]) == 0
    assert librnn.library_path() in capsys.readouterr().out
    assert run_program("import librnn.__main__; librnn.__main__.main(['info'])")[0].startswith("librnn")
