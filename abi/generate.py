#!/usr/bin/env python3
"""generate.py [--check] [ROOT]: writes ROOT/abi/librnn.json, the interface of librnn in machine-readable form.

ROOT is the source tree, by default the one with this script.  The input is ROOT/include/rnn.h, and the SOVERSION in
ROOT/CMakeLists.txt.  With --check the file is only compared; exit status 1 if it differs.  A declaration that the
script does not understand is an error.  Python 3.8 or later.

The file has, in the order of the header:
    version, soversion
    opaque_types   names
    callbacks      name, result, arguments: function pointer types
    functions      name, result, must_check (the caller must check the status), arguments; deprecated: the text
    constants      groups of values: title, names and values.  Groups of keys also have their owner (the handle) and
                   the C type of the option: int64_t, double or char *
"""

import difflib
import json
import pathlib
import re
import sys

# Parts of a declaration; types by value, and types that are only pointed to.
VALUES = {"int32_t", "int64_t", "size_t", "double"}
POINTED = VALUES | {"void", "char", "float"}
ARGUMENT = re.compile(r"(?P<type>(?:const )?\w+ ?\**)(?P<name>\b[a-z]\w*)")
FUNCTION = re.compile(r'RNN_API (?P<nodiscard>RNN_NODISCARD )?(?:RNN_DEPRECATED\("(?P<deprecated>[^"]*)"\) )?'
                      r"(?P<result>(?:const )?\w+ \**)(?P<name>rnn_\w+)\((?P<arguments>[^()]*)\)")
CALLBACK = re.compile(r"typedef (?P<result>\w+) \(\*(?P<name>rnn_\w+)\)\((?P<arguments>[^()]*)\)")
OPAQUE = re.compile(r"typedef struct (rnn_\w+) (rnn_\w+)")

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CONSTANT = re.compile(r"#define (RNN_\w+) +(?:(\d+)|\((-\d+)\)) *(?:/\*(.*?)\*/)?", re.DOTALL)
# Macros that are not among the constants.
MACRO = re.compile(r"#define (RNN_H|RNN_API\b.*|RNN_NODISCARD\b.*|RNN_DEPRECATED\(text\).*|RNN_VERSION_\w+ .*)")
CONDITION = re.compile(r"#(if|ifdef|ifndef|elif|else|endif|include)\b.*")

# How the comment above a group of constants begins.
KEYS = re.compile(r"(Integer|Real|Text) options,? (?:read only, )?for (rnn_\w+?)_(?:set|get)_(int|real|text)\b")
TENSOR_KEYS = re.compile(r"Keys of tensors, for (rnn_\w+?)_set_tensors_int and \1_set_tensors_real\b")
VALUES_OF = re.compile(r"Values of ((?:(?:, | and )?(?:RNN)?_[A-Z0-9_]+)+)")
OPTION_TYPES = {"Integer": "int64_t", "Real": "double", "Text": "char *", "integer": "int64_t", "real": "double"}
UNTITLED = {"RNN_OK": "status", "RNN_INFERENCE": "modes of a session"}  # by the first constant


class NotUnderstood(Exception):
    """A part of the header that this script does not understand."""


def c_type(text):
    """The type in one spelling: "const float *"."""
    base, stars = re.fullmatch(r"([^*]*?) ?(\**)", text.strip()).groups()
    return f"{base} {stars}" if stars else base


def check_type(kind, opaque, callbacks, where, result=False):
    base, stars = re.fullmatch(r"(?:const )?(\w+)(?: (\*+))?", kind).groups()
    known = base in POINTED | opaque if stars else base in VALUES | callbacks or (result and base == "void")
    if not known or len(stars or "") > 2 or (kind.startswith("const") and not stars):
        raise NotUnderstood(f"{where}: the type {kind}")


def arguments_of(text, opaque, callbacks, where):
    if text == "void":
        return []
    arguments = []
    for part in text.split(","):
        match = ARGUMENT.fullmatch(part.strip())
        if match is None:
            raise NotUnderstood(f"{where}: the argument '{part.strip()}'")
        kind = c_type(match["type"])
        check_type(kind, opaque, callbacks, where)
        if match["name"] in (argument["name"] for argument in arguments):
            raise NotUnderstood(f"{where}: two arguments {match['name']}")
        arguments.append({"name": match["name"], "type": kind})
    return arguments


def function(match, opaque, callbacks):
    name, result = match["name"], c_type(match["result"])
    check_type(result, opaque, callbacks, name, result=True)
    must_check = match["nodiscard"] is not None
    if must_check and result != "int32_t":
        raise NotUnderstood(f"{name}: RNN_NODISCARD, but the result is {result}")
    entry = {"name": name, "result": result, "must_check": must_check}
    if match["deprecated"] is not None:
        entry["deprecated"] = match["deprecated"]
    return {**entry, "arguments": arguments_of(match["arguments"], opaque, callbacks, name)}


def declarations(header):
    """Opaque types, callbacks and functions."""
    code = "\n".join(line for line in COMMENT.sub(" ", header).splitlines() if not line.lstrip().startswith("#"))
    opaque, callbacks, functions = [], [], []
    for statement in code.split(";"):
        text = re.sub(r"\s+", " ", statement).strip()
        text = re.sub(r'^extern "C" \{ ?', "", text)
        known = set(opaque), {entry["name"] for entry in callbacks}
        match = OPAQUE.fullmatch(text)
        if match and match[1] == match[2]:
            opaque.append(match[1])
            continue
        match = CALLBACK.fullmatch(text)
        if match:
            check_type(match["result"], *known, match["name"], result=True)
            callbacks.append({"name": match["name"], "result": match["result"],
                              "arguments": arguments_of(match["arguments"], *known, match["name"])})
            continue
        match = FUNCTION.fullmatch(text)
        if match:
            functions.append(function(match, *known))
        elif text not in ("", "}"):
            raise NotUnderstood(f"the declaration '{text}'")
    names = opaque + [entry["name"] for entry in callbacks + functions]
    for name in names:
        if names.count(name) > 1:
            raise NotUnderstood(f"{name} is declared twice")
    return opaque, callbacks, functions


def new_groups(comment, first):
    """Groups of constants that stand below a comment; `first` is the name of the first one."""
    keys, tensor_keys, values = KEYS.search(comment), TENSOR_KEYS.search(comment), VALUES_OF.search(comment)
    if keys:
        owner, word = keys[2], keys[1]
        if (word, keys[3]) not in (("Integer", "int"), ("Real", "real"), ("Text", "text")):
            raise NotUnderstood(f"{first}: '{keys[0]}'")
        return {None: {"title": f"{word.lower()} keys of {owner}", "owner": owner, "type": OPTION_TYPES[word],
                       "constants": {}}}
    if tensor_keys:
        return {word: {"title": f"{word} keys of tensors of {tensor_keys[1]}", "owner": f"{tensor_keys[1]}_tensor",
                       "type": OPTION_TYPES[word], "constants": {}} for word in ("integer", "real")}
    title = f"values of {values[1]}" if values else UNTITLED.get(first)
    return {None: {"title": title, "constants": {}}}


def common_prefix(names):
    """RNN_LOSS_ of RNN_LOSS_CTC and RNN_LOSS_HUBER; None for RNN_."""
    parts = [name.split("_") for name in names]
    count = 0
    while count < min(map(len, parts)) - 1 and len({part[count] for part in parts}) == 1:
        count += 1
    return "_".join(parts[0][:count]) + "_..." if count > 1 else None


def constants(header):
    """The groups: constants in a row, below the comment that tells what they are."""
    groups, current, comment, below = [], None, "", False
    tokens = re.finditer(r"(?P<define>#define[^\n]*?(?:/\*.*?\*/)?(?=\n))|(?P<comment>/\*.*?\*/)|(?P<blank>\n(?=\n))"
                         r"|(?P<other>[^\s/][^\n]*)", header, re.DOTALL)
    for token in tokens:
        text = token[0]
        if token.lastgroup == "comment":
            titled = KEYS.search(text) or TENSOR_KEYS.search(text) or VALUES_OF.search(text)
            if current is None or titled:
                current, comment = None, re.sub(r"\s+(?:\* )?", " ", text)
        elif token.lastgroup == "define":
            if MACRO.fullmatch(text):
                continue
            match = CONSTANT.fullmatch(text)
            if match is None:
                raise NotUnderstood(f"the macro '{text}'")
            name, value, remark = match[1], int(match[2] or match[3]), (match[4] or "").split()
            if current is None:
                current = new_groups(comment, name)
                groups += current.values()
            kind = remark[0].rstrip(",:") if remark and None not in current else None
            if kind not in current:
                raise NotUnderstood(f"{name}: its comment must begin with one of {', '.join(current)}")
            if any(name in group["constants"] for group in groups):
                raise NotUnderstood(f"{name} is defined twice")
            current[kind]["constants"][name] = value
        else:
            if token.lastgroup == "other" and text.startswith("#") and CONDITION.fullmatch(text) is None:
                raise NotUnderstood(f"the line '{text}'")
            current, comment = None, ""
    for group in groups:
        group["title"] = group["title"] or common_prefix(list(group["constants"]))
        if group["title"] is None:
            raise NotUnderstood(f"the constants {', '.join(group['constants'])}: the comment above must say for which "
                                "function the keys are, or of what they are values")
    return groups


def version(header, cmake):
    parts = [re.findall(rf"^#define RNN_VERSION_{part} +(\d+)$", header, re.MULTILINE)
             for part in ("MAJOR", "MINOR", "PATCH")]
    soversion = re.findall(r"^set\(RNN_SOVERSION (\d+)\)", cmake, re.MULTILINE)
    if any(len(part) != 1 for part in (*parts, soversion)):
        raise NotUnderstood("the version, or the SOVERSION")
    return ".".join(part[0] for part in parts), int(soversion[0])


def interface(root):
    header = (root / "include" / "rnn.h").read_text(encoding="utf-8")
    number, soversion = version(header, (root / "CMakeLists.txt").read_text(encoding="utf-8"))
    opaque, callbacks, functions = declarations(header)
    return {"generated": "from include/rnn.h by abi/generate.py", "version": number, "soversion": soversion,
            "opaque_types": opaque, "callbacks": callbacks, "functions": functions, "constants": constants(header)}


def written(value, indent=0):
    """As JSON: what fits in a line of 120 in one line, each argument and each constant in a line of its own."""
    line, pad = json.dumps(value), " " * (indent + 2)
    leaf = not isinstance(value, (dict, list)) or not value
    flat = isinstance(value, dict) and set(value) == {"name", "type"}
    if leaf or flat:
        return line
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {written(part, indent + 2)}" for key, part in value.items()]
        return "{\n" + ",\n".join(pad + part for part in parts) + "\n" + pad[2:] + "}"
    return "[\n" + ",\n".join(pad + written(part, indent + 2) for part in value) + "\n" + pad[2:] + "]"


def write_or_compare(path, text, check, command):
    """Writes the file, or says how it differs; whether it was as it should be."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if check and before != text:
        for line in difflib.unified_diff(before.splitlines(), text.splitlines(), str(path), "generated", n=1,
                                         lineterm=""):
            print(line)
        print(f"{path} is not up to date: run {command}")
    elif before != text:
        path.write_text(text, encoding="utf-8")
    return before == text


def arguments_of_program(usage):
    """Whether to compare only, and the source tree."""
    arguments = sys.argv[1:]
    check = arguments[:1] == ["--check"]
    paths = arguments[check:]
    if len(paths) > 1 or (paths and paths[0].startswith("-")):
        sys.exit("usage: " + usage.splitlines()[0])
    return check, pathlib.Path(paths[0]) if paths else pathlib.Path(__file__).resolve().parent.parent


def main():
    check, root = arguments_of_program(__doc__)
    try:
        found = interface(root)
    except NotUnderstood as fault:
        sys.exit(f"include/rnn.h: not understood: {fault}")
    same = write_or_compare(root / "abi" / "librnn.json", written(found) + "\n", check, "abi/generate.py")
    print(f"{len(found['functions'])} functions, {len(found['callbacks'])} callbacks, "
          f"{len(found['opaque_types'])} opaque types, "
          f"{sum(len(group['constants']) for group in found['constants'])} constants")
    sys.exit(0 if same or not check else 1)


if __name__ == "__main__":
    main()
