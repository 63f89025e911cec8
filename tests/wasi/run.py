"""python run.py PROGRAM ARGUMENTS...: see `run`."""
import os
import sys

import wasmtime

store = wasmtime.Store()
linker = wasmtime.Linker(store.engine)
linker.define_wasi()
wasi = wasmtime.WasiConfig()
wasi.argv = sys.argv[1:]
wasi.env = list(os.environ.items())
wasi.inherit_stdout()
wasi.inherit_stderr()
wasi.preopen_dir("/tmp", "/tmp")
wasi.preopen_dir(".", ".")
store.set_wasi(wasi)
program = linker.instantiate(store, wasmtime.Module.from_file(store.engine, sys.argv[1]))
try:
    program.exports(store)["_start"](store)
except wasmtime.ExitTrap as end:
    sys.exit(end.code)
