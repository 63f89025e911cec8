#!/usr/bin/env python3
"""declare.py [--check] [ROOT]: writes the declarations of the bindings from ROOT/abi/librnn.json.

All functions, callbacks, opaque types and constants of rnn.h, for each language one file below ROOT:
python/librnn/_abi.py (ctypes), and in bindings/ node/rnn_abi.js (koffi), rust/rnn_abi.rs (extern "C") and
java/RnnAbi.java (JNA).  The wrappers import them.  ROOT is the source tree, by default the one with this script.  With
--check the files are only compared; exit status 1 if one differs.  Python 3.8 or later.
"""

import json
import sys

sys.dont_write_bytecode = True  # for the next line
from generate import arguments_of_program, write_or_compare

NOTICE = "Generated from abi/librnn.json by abi/declare.py; do not edit."
WIDTH = 120


def without_prefix(name):
    return name[len("RNN_"):]


def camel(name):
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def pointed(kind):
    """What a pointer type points to; None for other types."""
    return kind[:-1].rstrip() if kind.endswith("*") else None


def plain(kind):
    """Without const."""
    return kind[len("const "):] if kind.startswith("const ") else kind


def wrapped(parts, first, others, end=""):
    """"first" and the parts, separated by commas, in lines of WIDTH that begin with "others"."""
    lines, line = [], first
    for index, part in enumerate(parts):
        part += end if index == len(parts) - 1 else ","
        glue = "" if line in (first, others) else " "
        if len(line) + len(glue) + len(part) > WIDTH and line != others:
            lines.append(line)
            line, glue = others, ""
        line += glue + part
    return "\n".join(lines + [line + ("" if parts else end)])


class Interface:
    """What abi/librnn.json has, with shorter names."""

    def __init__(self, path):
        data = json.loads(path.read_text(encoding="utf-8"))
        self.version, self.soname = data["version"], f"librnn.so.{data['soversion']}"
        self.opaque, self.callbacks, self.functions = data["opaque_types"], data["callbacks"], data["functions"]
        self.groups = data["constants"]
        self.callback_names = {callback["name"] for callback in self.callbacks}

    def keys(self):
        """(name of an option, constant, C type) of every key."""
        for group in self.groups:
            if "type" in group:
                for name in group["constants"]:
                    yield without_prefix(name).lower(), name, group["type"]


def constant_lines(groups, line, comment):
    """All constants, each group below its title."""
    blocks = []
    for group in groups:
        lines = [line.format(full=name, name=without_prefix(name), value=value)
                 for name, value in group["constants"].items()]
        blocks.append("\n".join([comment.format(group["title"]), *lines]))
    return "\n\n".join(blocks)


# ---- Python ---------------------------------------------------------------------------------------------------------

PYTHON_VALUES = {"void": "None", "int32_t": "c_int32", "int64_t": "c_int64", "size_t": "c_size_t", "float": "c_float",
                 "double": "c_double"}
PYTHON_OPTIONS = {"int64_t": ("c_int64", "int"), "double": ("c_double", "float"), "char *": ("c_char_p", "str")}
# Classes of Python, by the owner of the keys; options that a second owner has as well; options that cannot be set.
PYTHON_OWNERS = {"rnn_config": "Model", "rnn_loss": "Loss", "rnn_optimizer": "Optimizer",
                 "rnn_optimizer_tensor": "Tensor", "rnn_decoder": "Decoder", "rnn_attention": "Attention",
                 "rnn_trainer": "Trainer"}
PYTHON_SHARED = {"rnn_decoder": ("RNN_BLANK",), "rnn_trainer": ("RNN_SEED",), "rnn_attention": ("RNN_PRODUCTS", "RNN_PRECISION")}
# Options of layers of a list: those that a network does not have, and those of a network that no layer has.
PYTHON_LAYER_ONLY = ("RNN_OUTPUT_SIZE", "RNN_KERNEL_SIZE", "RNN_STRIDE", "RNN_DILATION", "RNN_GROUPS", "RNN_PADDING",
                     "RNN_ACTIVATION", "RNN_SOURCE", "RNN_ALPHA", "RNN_BETA")
PYTHON_NETWORK_ONLY = ("RNN_INPUT_SIZE", "RNN_VOCABULARY", "RNN_EMBEDDING_SIZE", "RNN_CLASSES", "RNN_SEED",
                       "RNN_PRODUCTS", "RNN_EMBEDDING_NAME", "RNN_HEAD_NAME", "RNN_CRF",
                       "RNN_CRF_NAME")
PYTHON_READ_ONLY = ("RNN_UPDATES", "RNN_CURRENT_RATE", "RNN_EPOCH", "RNN_BATCH", "RNN_SKIPPED", "RNN_BATCH_LOSS",
                    "RNN_TRAINING_LOSS", "RNN_VALIDATION_LOSS", "RNN_BEST_LOSS")
# Groups of constants whose title does not say the beginning of their names.
PYTHON_BEGINNINGS = {"modes of a session": ("mode", "RNN_"), "values of RNN_REDUCTION": ("reduction", "RNN_")}


def python_type(kind, arrays_as="c_void_p"):
    to = pointed(kind)
    if plain(kind) == "char *":
        return "c_char_p"
    if plain(kind) == "void *" or (to and plain(to) in ("float", "double", "int32_t") and arrays_as):
        return "c_void_p"
    if to:
        return f"POINTER({python_type(to, None)})"
    return PYTHON_VALUES.get(plain(kind), plain(kind))


def python_types(entry, arrays_as):
    kinds = [entry["result"], *(one["type"] for one in entry["arguments"])]
    return [python_type(kind, arrays_as) for kind in kinds]


def python_choices(interface):
    """(name of an option or argument, {word: value}) of every group of values."""
    keys = [option for option, _, kind in interface.keys() if kind == "int64_t"]
    for group in interface.groups:
        title = group["title"]
        if title in PYTHON_BEGINNINGS:
            name, beginning = PYTHON_BEGINNINGS[title]
        elif title.startswith(("values of RNN_", "RNN_")):
            beginning = title.split()[2 if title.startswith("values") else 0].rstrip(".,")
            beginning = beginning[:-1] if beginning.endswith("_F") else beginning.rstrip("_") + "_"
            name = without_prefix(beginning).rstrip("_").lower()
        else:
            continue
        if name == "source":
            continue  # any index of a layer
        words = {constant[len(beginning):].lower(): value for constant, value in group["constants"].items()}
        more = [option for option in keys if option.startswith(name + "_")]
        names = [name, *more] if name == "activation" else [name] if name in keys else more or [name]
        for one in names:
            yield one, words


def python_options(interface):
    """(class, [(option, constant, C type)]) of every owner of keys."""
    types, options = {name: kind for _, name, kind in interface.keys()}, {owner: [] for owner in PYTHON_OWNERS}
    for group in interface.groups:
        if "owner" in group:
            options[group["owner"]] += group["constants"]
    layer = [name for name in (*options["rnn_config"], "RNN_EPSILON") if name not in PYTHON_NETWORK_ONLY]
    options["rnn_config"] = [name for name in options["rnn_config"] if name not in PYTHON_LAYER_ONLY]
    for owner, constants in options.items():
        yield PYTHON_OWNERS[owner], [(without_prefix(name).lower(), name, types[name])
                                     for name in (*constants, *PYTHON_SHARED.get(owner, ()))]
    yield "Layer", [(without_prefix(name).lower(), name, types[name]) for name in layer]


def python(interface):
    choices = dict(python_choices(interface))

    def callback(one):
        return wrapped(python_types(one, None), f"{one['name']} = ctypes.CFUNCTYPE(", " " * 8, ")")

    def prototype(one):
        types = python_types(one, "c_void_p")
        return wrapped(types, f'    "{one["name"]}": (', " " * 8, ")," if len(types) > 1 else ",),")

    def choice(name, words):
        return wrapped([f'"{word}": {value}' for word, value in words.items()], f'    "{name}": {{', " " * 8, "},")

    def table(owner, options):
        lines = [f'        "{option}": ({without_prefix(name)}, {PYTHON_OPTIONS[kind][0]}),'
                 for option, name, kind in options]
        return f'    "{owner}": {{\n' + "\n".join(lines) + "\n    },"

    def typed(owner, options):
        lines = [f'class {owner}Options(TypedDict, total=False):\n    """Options of the class {owner}."""\n']
        for option, name, kind in options:
            if name in PYTHON_READ_ONLY:
                continue
            if option in choices:
                words = [f'"{word}"' for word in choices[option]]
                lines.append(wrapped(words, f"    {option}: Literal[", " " * 8, "]"))
            else:
                lines.append(f"    {option}: {PYTHON_OPTIONS[kind][1]}")
        return "\n".join(lines)

    parts = [
        f'"""The C interface of librnn for ctypes.  {NOTICE}"""',
        "import ctypes\nfrom ctypes import POINTER, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_void_p\n"
        "from typing import Any, Literal, TypedDict",
        f'VERSION = "{interface.version}"\nSONAME = "{interface.soname}"',
        constant_lines(interface.groups, "{name} = {value}", "# {}"),
        "\n\n".join(f'\nclass {name}(ctypes.Structure):\n    """Opaque."""' for name in interface.opaque) + "\n",
        "\n".join(map(callback, interface.callbacks)),
        "PROTOTYPES: dict[str, tuple[Any, ...]] = {  # name: (result, *arguments)\n"
        + "\n".join(map(prototype, interface.functions)) + "\n}",
        "CHECKED = frozenset((  # functions whose status must be checked\n" + "\n".join(
            f'    "{one["name"]}",' for one in interface.functions if one["must_check"]) + "\n))",
        "CHOICES = {  # option or argument: {word: value}\n"
        + "\n".join(choice(name, words) for name, words in choices.items()) + "\n}",
        "OPTIONS: dict[str, dict[str, tuple[int, Any]]] = {  # class: {option: (key, type)}\n"
        + "\n".join(table(*one) for one in python_options(interface)) + "\n}\n",
        "\n\n\n".join(typed(*one) for one in python_options(interface)),
    ]
    return "\n\n".join(parts) + "\n"


# ---- Node -----------------------------------------------------------------------------------------------------------


def node_argument(one):
    """Outputs of one value are _Out_; arrays are typed arrays, which koffi passes as they are."""
    kind, direction = one["type"], ""
    if not kind.startswith("const ") and pointed(kind) in ("float", "int32_t", "void", "char"):
        direction = "" if one["name"] in ("user", "context", "session") else "_Inout_ "
    elif pointed(kind) and (pointed(pointed(kind)) or pointed(kind) in ("double", "int64_t", "size_t")):
        direction = "_Out_ "
    return f"{direction}{kind}{'' if kind.endswith('*') else ' '}{one['name']}"


def c_prototype(result, name, arguments, begin, others, end):
    glue = "" if result.endswith("*") else " "
    return wrapped(arguments or ["void"], f"{begin}{result}{glue}{name}(", others, end)


def node(interface):
    def callback(one):
        arguments = [f"{argument['type']}{'' if argument['type'].endswith('*') else ' '}{argument['name']}"
                     for argument in one["arguments"]]
        text = c_prototype(one["result"], f"{one['name']}_function", arguments, " " * 8, " " * 12, ")")
        return f"    ['{one['name']}', `\n{text}`],"

    def prototype(one):
        arguments = [node_argument(argument) for argument in one["arguments"]]
        return c_prototype(one["result"], one["name"], arguments, " " * 4, " " * 8, ");")

    letters = {"int64_t": "int", "double": "real", "char *": "text"}
    parts = [
        f"/* The C interface of librnn for koffi.  {NOTICE} */\n'use strict';",
        f"const soname = '{interface.soname}';",
        "const constants = Object.freeze({\n" + constant_lines(interface.groups, "    {full}: {value},", "    /* {} */")
        + "\n});",
        "/* Options, by their names here: the key, and its type. */\nconst keys = Object.freeze({\n" + "\n".join(
            f"    {camel(option)}: [constants.{name}, '{letters[kind]}']," for option, name, kind in interface.keys())
        + "\n});",
        "const opaqueTypes = [\n" + "\n".join(f"    '{name}'," for name in interface.opaque) + "\n];",
        "/* Names and prototypes. */\nconst callbacks = [\n" + "\n".join(map(callback, interface.callbacks)) + "\n];",
        "const prototypes = `\n" + "\n".join(map(prototype, interface.functions)) + "\n`;",
        "/* Functions whose status must be checked. */\nconst checked = new Set([\n" + "\n".join(
            f"    '{one['name']}'," for one in interface.functions if one["must_check"]) + "\n]);",
        "module.exports = { soname, constants, keys, opaqueTypes, callbacks, prototypes, checked };",
    ]
    return "\n\n".join(parts) + "\n"


# ---- Rust -----------------------------------------------------------------------------------------------------------

RUST_VALUES = {"void": "c_void", "char": "c_char", "int32_t": "i32", "int64_t": "i64", "size_t": "usize",
               "float": "f32", "double": "f64"}


def rust_type(kind):
    if pointed(kind):
        to = pointed(kind)
        return f"{'*const' if to.startswith('const ') and not pointed(to) else '*mut'} {rust_type(to)}"
    return RUST_VALUES.get(plain(kind), plain(kind))


def rust_result(kind):
    return "" if kind == "void" else f" -> {rust_type(kind)}"


def rust(interface):
    def callback(one):
        types = ", ".join(rust_type(argument["type"]) for argument in one["arguments"])
        line = f'    pub type {one["name"]} = Option<unsafe extern "C" fn({types}){rust_result(one["result"])}>;'
        if len(line) <= WIDTH:
            return line
        return (f'    pub type {one["name"]} = Option<\n        unsafe extern "C" fn({types})'
                f'{rust_result(one["result"])},\n    >;')

    def prototype(one):
        arguments = [f"{argument['name']}: {rust_type(argument['type'])}" for argument in one["arguments"]]
        end, must_use = rust_result(one["result"]) + ";", "        #[must_use]\n" if one["must_check"] else ""
        line = f"        pub fn {one['name']}({', '.join(arguments)}){end}"
        if len(line) <= WIDTH:
            return must_use + line
        first = f"        pub fn {one['name']}("
        return must_use + first + "\n" + wrapped(arguments, " " * 12, " " * 12, ",") + f"\n        ){end}"

    parts = [
        f"//! The C interface of librnn.  {NOTICE}\n#![allow(dead_code)] // a program uses what it needs",
        "pub mod constants {\n" + constant_lines(interface.groups, "    pub const {name}: i32 = {value};", "    // {}")
        + "\n}",
        "#[allow(non_camel_case_types)]\npub mod c {\n    use std::os::raw::{c_char, c_void};\n\n"
        + "\n".join(f"    pub enum {name} {{}}" for name in interface.opaque) + "\n\n"
        + "\n".join(map(callback, interface.callbacks)) + "\n\n"
        + '    extern "C" {\n' + "\n".join(map(prototype, interface.functions)) + "\n    }\n}",
    ]
    return "\n\n".join(parts) + "\n"


# ---- Java -----------------------------------------------------------------------------------------------------------

JAVA_VALUES = {"void": "void", "int32_t": "int", "int64_t": "long", "size_t": "long", "double": "double"}
JAVA_ARRAYS = {"float": "float[]", "int32_t": "int[]", "double": "double[]", "int64_t": "long[]", "size_t": "long[]"}


def java_callback_name(name):
    return "".join(word.capitalize() for word in name.split("_")[1:])


def java_type(interface, kind, counted):
    """counted: an argument with a number of elements follows."""
    to = pointed(kind)
    if to is None:
        return java_callback_name(kind) if kind in interface.callback_names else JAVA_VALUES[kind]
    if pointed(to):
        return "PointerByReference"
    if plain(to) in JAVA_ARRAYS:
        return JAVA_ARRAYS[plain(to)]
    if kind == "const char *":
        return "String"
    return "byte[]" if counted and plain(to) in ("void", "char") else "Pointer"


def java_arguments(interface, arguments, callback):
    for index, one in enumerate(arguments):
        after = arguments[index + 1] if index + 1 < len(arguments) else {"name": "", "type": ""}
        counted = after["type"] == "size_t" and (after["name"].endswith("count") or after["name"] == "capacity")
        # What C passes to a callback is no array of Java.
        kind = "Pointer" if callback and pointed(one["type"]) else java_type(interface, one["type"], counted)
        yield f"{kind} {camel(one['name'])}"


def java(interface):
    def method(one, name, callback):
        result = java_type(interface, one["result"], False)
        pad = " " * 8
        return wrapped(list(java_arguments(interface, one["arguments"], callback)), f"{pad}{result} {name}(",
                       pad + " " * 8, ");")

    def callback(one):
        return (f"    /** {one['name']}. */\n    interface {java_callback_name(one['name'])} extends Callback {{\n"
                f"{method(one, 'invoke', True)}\n    }}")

    checked = "\n\n".join(method(one, one["name"], False) for one in interface.functions if one["must_check"])
    others = "\n\n".join(method(one, one["name"], False) for one in interface.functions if not one["must_check"])
    parts = [
        "import com.sun.jna.Callback;\nimport com.sun.jna.Library;\nimport com.sun.jna.Pointer;\n"
        "import com.sun.jna.ptr.PointerByReference;",
        f"/** The C interface of librnn for JNA. {NOTICE} */\ninterface RnnAbi {{\n"
        f'    String SONAME = "{interface.soname}";',
        constant_lines(interface.groups, "    int {name} = {value};", "    // {}"),
        "\n\n".join(map(callback, interface.callbacks)),
        "    /** The functions; size_t is long on the 64-bit systems that Java runs on. */\n"
        "    interface Functions extends Library {\n" + others
        + "\n\n        // The status of the following functions must be checked.\n\n" + checked + "\n    }\n}",
    ]
    return "\n\n".join(parts) + "\n"


# ---- files ----------------------------------------------------------------------------------------------------------

FILES = {"python/librnn/_abi.py": python, "bindings/node/rnn_abi.js": node, "bindings/rust/rnn_abi.rs": rust,
         "bindings/java/RnnAbi.java": java}


def main():
    check, root = arguments_of_program(__doc__)
    interface = Interface(root / "abi" / "librnn.json")
    same = [write_or_compare(root / name, write(interface), check, "abi/declare.py")
            for name, write in FILES.items()]
    print(f"{len(FILES)} files with {len(interface.functions)} functions")
    sys.exit(0 if all(same) or not check else 1)


if __name__ == "__main__":
    main()
