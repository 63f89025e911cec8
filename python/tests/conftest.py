"""Settings of all tests: plots go to memory."""

import os

os.environ.setdefault("MPLBACKEND", "agg")
