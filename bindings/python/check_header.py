"""check_header.py HEADER: do the four bindings declare what rnn.h declares?

rnn.py and rnn.js must declare every function and every constant, rnn.rs and Rnn.java may leave some out.  Whatever is
declared must have the number and types of arguments, the result and the value that the header gives.  Only the
version is left out: a binding asks the running library for it.
"""

import ctypes
import pathlib
import re
import sys

import rnn

BINDINGS = pathlib.Path(__file__).resolve().parent.parent


def declarations(pattern, text, convert):
    """{name: [[result, *arguments]]}, one for each overload; `pattern` has the groups result, name and arguments."""
    found = {}
    for match in re.finditer(pattern, text):
        arguments = [argument for argument in match["arguments"].split(",") if argument.strip() not in ("", "void")]
        kinds = [convert(match["result"])] + [convert(argument) for argument in arguments]
        found.setdefault(match["name"], []).append(kinds)
    return found


def constants(pattern, text):
    """{name: value}; names without the prefix."""
    return {name: int(value) for name, value in re.findall(pattern, text) if not name.startswith("VERSION_")}


# ---- a reader for each language; all types become those of C, without const and spaces ----------------------------


def c_type(declaration):
    words = re.sub(r"\b(const|_Out_|_Inout_)\b", "", declaration)
    return "".join(re.match(r"\s*(\w+)\s*(\**)", words).groups())


C_FUNCTION = r"(?P<result>\b\w[\w ]*[ *]+)(?P<name>rnn_\w+)\((?P<arguments>[^)]*)\);"


def read_header(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    functions = declarations("RNN_API " + C_FUNCTION, text, c_type)
    values = constants(r"#define RNN_(\w+)[ ]+\(?(-?\d+)\)?\s", text)
    if len(functions) != len(re.findall(r"^RNN_API ", text, re.MULTILINE)):
        sys.exit("a prototype of the header is not understood")
    if len(values) != len(re.findall(r"#define RNN_(?!API\b|VERSION_)\w+[ ]+\S", text)):
        sys.exit("a constant of the header is not understood")
    return functions, values


def python_type(kind):
    simple = {None: "void", ctypes.c_int32: "int32_t", ctypes.c_int64: "int64_t", ctypes.c_size_t: "size_t",
              ctypes.c_float: "float", ctypes.c_double: "double", ctypes.c_char_p: "char*", ctypes.c_void_p: "void*",
              rnn.rnn_parallel_for: "rnn_parallel_for", rnn.rnn_generator: "rnn_generator",
              rnn.rnn_progress: "rnn_progress"}
    if kind in simple:
        return simple[kind]
    return python_type(kind._type_) + "*" if hasattr(kind, "contents") else kind.__name__


def read_python():
    functions = {name: [[python_type(kind) for kind in kinds]] for name, kinds in rnn.PROTOTYPES.items()}
    return functions, {name: value for name, value in vars(rnn).items() if name.isupper() and isinstance(value, int)}


def read_node():
    text = (BINDINGS / "node" / "rnn.js").read_text()
    return declarations(C_FUNCTION, text, c_type), constants(r"\bRNN_(\w+): (-?\d+),", text)


def rust_type(declaration):
    simple = {"i32": "int32_t", "i64": "int64_t", "usize": "size_t", "f32": "float", "f64": "double",
              "c_char": "char", "c_void": "void"}
    stars, base = re.match(r"(?:\w+:)?((?:\*const|\*mut)*)(\w*)", re.sub(r"\s", "", declaration)).groups()
    return (simple.get(base, base) or "void") + "*" * stars.count("*")


def read_rust():
    text = (BINDINGS / "rust" / "rnn.rs").read_text()
    function = r"fn (?P<name>rnn_\w+)\((?P<arguments>[^)]*)\)(?: -> )?(?P<result>[^;{]*);"
    return declarations(function, text, rust_type), constants(r"pub const (\w+): i32 = (-?\d+);", text)


def java_type(declaration):
    simple = {"int": "int32_t", "float[]": "float*", "int[]": "int32_t*", "double[]": "double*", "String": "char*"}
    kind = declaration.split()[0]
    return simple.get(kind, kind)


def read_java():
    text = (BINDINGS / "java" / "Rnn.java").read_text()
    function = r"(?P<result>\b\w+) (?P<name>rnn_\w+)\((?P<arguments>[^)]*)\);"
    return declarations(function, text, java_type), constants(r"public static final int (\w+) = (-?\d+);", text)


# Java has fewer types than C.
JAVA_STANDS_FOR = {
    "long": r"size_t|int64_t",
    "long[]": r"(size_t|int64_t)\*",
    "Progress": r"rnn_progress",
    "byte[]": r"(void|char)\*",
    "Pointer": r"\w+\*",
    "PointerByReference": r"\w+\*\*",
}


def equal(declared, expected):
    return all(len(kinds) == len(expected[0]) and all(
        re.fullmatch(JAVA_STANDS_FOR.get(mine, re.escape(mine)), theirs) for mine, theirs in zip(kinds, expected[0]))
        for kinds in declared)


def compare(language, found, header, complete, same):
    faults = []
    for name in found.keys() - header.keys():
        faults.append(f"{language}: {name} is not in the header")
    for name in header.keys() - found.keys() if complete else ():
        faults.append(f"{language}: {name} is missing")
    for name in found.keys() & header.keys():
        if not same(found[name], header[name]):
            faults.append(f"{language}: {name} is {found[name]}, in the header {header[name]}")
    return faults


def main():
    functions, values = read_header(pathlib.Path(sys.argv[1]).read_text())
    faults = []
    for language, (declared, numbers), complete in [
        ("python", read_python(), True),
        ("node", read_node(), True),
        ("rust", read_rust(), False),
        ("java", read_java(), False),
    ]:
        print(f"{language}: {len(declared)} of {len(functions)} functions, {len(numbers)} of {len(values)} constants")
        if not declared or not numbers:
            faults.append(f"{language}: no declarations found")
        faults += compare(language, declared, functions, complete, equal)
        faults += compare(language, numbers, values, complete, int.__eq__)
    if faults:
        sys.exit("\n".join(sorted(faults)))


if len(sys.argv) != 2:
    sys.exit("usage: check_header.py HEADER")
main()
