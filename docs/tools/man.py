#!/usr/bin/env python3
"""man.py OUT: writes the man pages of section 3 to the folder OUT, from include/rnn.h.

rnn.3 is the head of the file; each topic has a page, and each function and callback a file that refers to it.
"""

import pathlib
import re
import sys

import contracts

ROMAN, BOLD, ITALIC = r"\fR", r"\fB", r"\fI"


def escaped(text):
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("`", r"\(ga")
    text = text.replace('"', r"\(dq").replace("^", r"\(ha").replace("~", r"\(ti")
    return r"\&" + text if text.startswith(".") else text


def inline(text):
    """Names in bold."""
    text = re.sub(r"`([^`]*)`", r"\1", text.replace("this file", "rnn.h"))
    return contracts.NAME.sub(lambda match: BOLD + match[0] + ROMAN, escaped(text))


def written(blocks, lines):
    for kind, content in blocks:
        if kind == "paragraph":
            lines += [".PP", inline(content)]
        elif kind == "literal":
            lines += [".PP", ".in +2n", ".nf", *(inline(line) if line else ".sp" for line in content), ".fi", ".in"]
        else:
            for term, inner in content:
                lines += [".TP", inline(term) if term else r"\(en"]
                body = []
                written(inner, body)
                lines += body[1:] if body[0] == ".PP" and len(body) > 1 else [".RS", *body, ".RE"]
                if len(body) > 2 and body[0] == ".PP":  # what follows the first paragraph belongs to the item
                    lines[-len(body) + 2:] = [".RS", *body[2:], ".RE"]


def declaration(member):
    arguments = ", ".join(contracts.joined(kind, ITALIC + name + BOLD) for kind, name in member.arguments) or "void"
    name = f"(*{member.name})" if isinstance(member, contracts.Callback) else member.name
    typedef = "typedef " if isinstance(member, contracts.Callback) else ""
    text = f"{typedef}{contracts.joined(member.result, name)}({arguments});"
    return BOLD + text.replace("-", r"\-") + ROMAN


def synopsis(topic, lines):
    functions = topic.members(contracts.Function)
    if not functions:
        return
    lines += [".SH SYNOPSIS", ".nf", r"\fB#include <rnn.h>\fR", ".fi"]
    for function in functions:
        lines += [".PP", ".in +4n", ".ti -4n", declaration(function), ".in"]


def page(topic, found, version):
    functions = topic.members(contracts.Function)
    names = ", ".join(dict.fromkeys([topic.name, *(one.name for one in functions)]))
    title = "recurrent neural networks, trained and run on the CPU" if topic.name == "rnn" else topic.title.lower()
    lines = [r".\" from include/rnn.h by docs/tools/man.py", f'.TH {topic.name.upper()} 3 "" "librnn {version}" "librnn"',
             ".ad l", ".SH NAME", rf"{names} \- {escaped(title)}"]
    synopsis(topic, lines)
    lines += [".SH DESCRIPTION"]
    if topic.name == "rnn":
        written(topic.groups[0].text, lines)
        lines += [".SS Topics"]
        for one in found[1:]:
            lines += [".TP", rf"\fB{one.name}\fR(3)", inline(one.title)]
    for group in topic.groups if topic.name != "rnn" else []:
        constants = [one for one in group.members if isinstance(one, contracts.Constant)]
        of_group = [one for one in group.members if isinstance(one, contracts.Function)]
        heads = ([group.title[0].upper() + group.title[1:]] if group.title else []) + [one.name for one in of_group]
        lines += [".SS " + inline(", ".join(heads))] if heads else []
        written(group.text, lines)
        for one in constants:
            lines += [".TP", rf"\fB{one.name}\fR = {escaped(str(one.value))}", inline(one.remark or "")]
        for one in group.members:
            if one.remark and not isinstance(one, contracts.Constant):
                lines += [".PP", rf"\fB{one.name}\fR: {inline(one.remark)}."]
    lines += [".SH SEE ALSO"]
    others = [one.name for one in found if one is not topic]
    lines += [rf"\fB{name}\fR(3){',' if name != others[-1] else ''}" for name in others]
    return "\n".join(line for line in lines if line) + "\n"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: " + __doc__.splitlines()[0])
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    found = contracts.topics()
    version = contracts.generate.version((contracts.ROOT / "include" / "rnn.h").read_text(encoding="utf-8"),
                                         (contracts.ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))[0]
    for topic in found:
        for one in topic.members(contracts.Function):
            (out / f"{one.name}.3").write_text(f".so man3/{topic.name}.3\n", encoding="utf-8")
    for topic in found:
        (out / f"{topic.name}.3").write_text(page(topic, found, version), encoding="utf-8")


if __name__ == "__main__":
    main()
