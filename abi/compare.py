#!/usr/bin/env python3
"""compare.py OLD NEW: is everything that the interface OLD offers still offered by NEW?  Both are files as generate.py
writes them.

Prints additions and breaks; exit status 1 if there is a break: a function, callback, opaque type or constant is missing;
a type of an argument or result differs; a constant has another value, an option another owner or type; the SOVERSION
differs.  Names of arguments, what is deprecated, and whether a status must be checked, may change.
"""

import json
import sys


def signatures(entries):
    """name -> "result (type, type)"."""
    return {entry["name"]: f"{entry['result']} ({', '.join(argument['type'] for argument in entry['arguments'])})"
            for entry in entries}


def constants(groups):
    """name -> its value, and for an option whose it is and its C type."""
    return {name: " ".join(str(part) for part in (value, group.get("owner"), group.get("type")) if part is not None)
            for group in groups for name, value in group["constants"].items()}


def described(interface):
    """(kind, name) -> all that must not change."""
    kinds = {"SOVERSION": {"of the library": str(interface["soversion"])},
             "opaque type": dict.fromkeys(interface["opaque_types"], "opaque"),
             "callback": signatures(interface["callbacks"]),
             "function": signatures(interface["functions"]),
             "constant": constants(interface["constants"])}
    return {(kind, name): text for kind, names in kinds.items() for name, text in names.items()}


def differences(old, new):
    """Lines about breaks, and about additions."""
    breaks = [f"{kind} {name}: " + (f"was {text}, is {new[kind, name]}" if (kind, name) in new else "is missing")
              for (kind, name), text in old.items() if new.get((kind, name)) != text]
    added = [f"{kind} {name}" for kind, name in new if (kind, name) not in old]
    return breaks, added


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: " + __doc__.splitlines()[0])
    old, new = (described(json.load(open(path, encoding="utf-8"))) for path in sys.argv[1:])
    breaks, added = differences(old, new)
    for line in added:
        print(f"added: {line}")
    for line in breaks:
        print(f"BREAK: {line}")
    print(f"{len(old)} names of the baseline, {len(breaks)} broken; {len(added)} added")
    sys.exit(1 if breaks else 0)


if __name__ == "__main__":
    main()
