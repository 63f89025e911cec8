"""Runs programs in processes of their own."""

import os
import pathlib
import subprocess
import sys
import textwrap

import librnn

HERE = pathlib.Path(__file__).parent
# Where modules are found, whatever the working directory is.
PATHS = [str(pathlib.Path(librnn.__file__).parents[1]), str(HERE), *filter(None, sys.path)]
PRELUDE = "import copy, gc, sys; import numpy as np; import librnn; from common import *\n"


def run_program(text, prelude=PRELUDE):
    """The words that it prints.  A crash, a message, or two minutes are a failure."""
    run = subprocess.run([sys.executable, "-c", prelude + textwrap.dedent(text)], timeout=120, text=True, check=False,
                         capture_output=True, cwd=HERE, env={**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)})
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return run.stdout.split()
