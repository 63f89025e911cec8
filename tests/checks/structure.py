"""structure.py SRC [TESTS]: what files and folders below SRC may have to do with one another.

A unit is a .c file, its header, or both of the same name.  It depends on another one if it includes its header or names
a function that is defined there.

- Units do not depend on one another in a circle, and folders do not either.
- No two units have the same name, and no two files in different folders below TESTS, except CMakeLists.txt.
- The name of a function that other files can call is rnni_, the name of a unit in its folder, and more; or it is
  exported and begins with rnn_.
- Only files of the folder cells name a value of RNN_CELL: all others ask struct rnni_cell.
"""

import collections
import pathlib
import re
import sys

FUNCTION = re.compile(r"^(?!static|typedef|#)(?:RNN_API\s+)?[a-z][\w \*]*?\b(rnni?_\w+)\([^;{}]*\)\s*\{", re.M)
INLINE = re.compile(r"^static inline[^;{}]*?\b(rnni_\w+)\([^;{}]*\)\s*\{", re.M)
CELL = re.compile(r"\bRNN_CELL_(?!CLIP\b)\w+")  # RNN_CELL_CLIP is an option
INCLUDE = re.compile(r'#\s*include\s+"([\w/]+)\.h"')


def read(root):
    """The text of each file, without comments; strings stay only where they are included."""
    texts = {}
    for path in sorted(root.glob("*/*.[ch]")):
        text = re.sub(r"/\*.*?\*/", " ", path.read_text(), flags=re.S)
        texts[path.relative_to(root)] = re.sub(r"//[^\n]*", "", text)
    return texts


def unit_of(path):
    return f"{path.parent}/{path.stem}"


def definitions(texts):
    """The unit that defines each function that other files can call."""
    found = {}
    for path, text in texts.items():
        for name in (FUNCTION if path.suffix == ".c" else INLINE).findall(text):
            found.setdefault(name, unit_of(path))
    return found


def dependencies(texts, defined):
    """unit -> {unit: why}"""
    units = {unit_of(path) for path in texts}
    found = collections.defaultdict(dict)
    for path, text in texts.items():
        unit = unit_of(path)
        for included in INCLUDE.findall(text):
            if included != unit and included in units:
                found[unit][included] = f'includes "{included}.h"'
        for name in set(re.findall(r"\brnni_\w+", text)) if path.suffix == ".c" else ():
            other = defined.get(name, unit)
            if other != unit:
                found[unit].setdefault(other, f"names {name}")
    return found


def circle(graph):
    """One circle as a list that ends where it begins, or None."""
    done = set()
    for start in sorted(graph):
        path, stack = [], [(start, iter(sorted(graph.get(start, ()))))]
        on_path = {start}
        path.append(start)
        while stack:
            for following in stack[-1][1]:
                if following in on_path:
                    return path[path.index(following):] + [following]
                if following not in done:
                    on_path.add(following)
                    path.append(following)
                    stack.append((following, iter(sorted(graph.get(following, ())))))
                    break
            else:
                stack.pop()
                on_path.discard(path[-1])
                done.add(path.pop())
    return None


def folders(graph):
    found = collections.defaultdict(dict)
    for unit, others in graph.items():
        for other, why in others.items():
            a, b = unit.split("/")[0], other.split("/")[0]
            if a != b:
                found[a].setdefault(b, f"{unit} {why}")
    return found


def circle_faults(what, graph):
    found = circle(graph)
    if found:
        yield f"{what} in a circle: " + ", ".join(f"{a} -> {b} ({graph[a][b]})" for a, b in zip(found, found[1:]))


def same_names(units):
    names = collections.Counter(unit.split("/")[-1] for unit in units)
    for name, count in sorted(names.items()):
        if count > 1:
            yield f"{count} units have the name {name}: {', '.join(sorted(u for u in units if u.endswith('/' + name)))}"


def units_of_tests(root):
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file() and path.name != "CMakeLists.txt")
    return {unit_of(path) for path in paths if path.parent.name != "__pycache__"}


def name_faults(texts, defined):
    units = {unit_of(path) for path in texts}
    yield from same_names(units)
    for function, unit in sorted(defined.items()):
        folder = unit.split("/")[0]
        stems = [other.split("/")[1] for other in units if other.startswith(folder + "/")]
        if function.startswith("rnni_") and not any(
                function == f"rnni_{stem}" or function.startswith(f"rnni_{stem}_") for stem in stems):
            yield f"{unit}: the name of {function} does not begin with that of a file in {folder}/"


def cell_faults(texts):
    for path, text in texts.items():
        for name in sorted(set(CELL.findall(text))) if path.parts[0] != "cells" else ():
            yield f"{path} names {name}: only a file of the folder cells may"


def main():
    texts = read(pathlib.Path(sys.argv[1]))
    if not texts:
        sys.exit(f"no C files below {sys.argv[1]}")
    defined = definitions(texts)
    graph = dependencies(texts, defined)
    faults = [*circle_faults("files", graph), *circle_faults("folders", folders(graph)), *name_faults(texts, defined),
              *cell_faults(texts)]
    for root in sys.argv[2:]:
        faults += same_names(units_of_tests(pathlib.Path(root)))
    if faults:
        sys.exit("\n".join(faults))
    print(f"{len({unit_of(path) for path in texts})} units, {len(defined)} functions: no circle, each name once")


if __name__ == "__main__":
    main()
