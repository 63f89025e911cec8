"""Reads include/rnn.h as documentation: its topics, and in each the texts with what they describe.

    topics(root)           [Topic]: the first one is the head of the file
    Topic                  name, title, groups
    Group                  title or "", text (a list of blocks), members
    Function, Callback     name, result, arguments [(type, name)], remark
    Type                   name, remark
    Constant               name, value, remark
    blocks(lines)          a comment as blocks: ("paragraph", text), ("list", [(term, [blocks])]), ("literal", lines)

Comments are plain text whose layout has a meaning: indented lines are equations, lists of arguments, or text that belongs
to what is above it.  abi/generate.py knows the declarations.
"""

import dataclasses
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "abi"))
import generate  # noqa: E402

# The topics of the header, in its order: title there, name of page and man page, title here.
TOPICS = {
    "version": ("rnn_version", "Version"),
    "status and errors": ("rnn_errors", "Status and errors"),
    "configuration of a network": ("rnn_config", "Configuration of a network"),
    "a list of layers": ("rnn_layers", "Lists of layers"),
    "model: architecture and weights": ("rnn_model", "Models: architecture and weights"),
    "checkpoints": ("rnn_checkpoint", "Checkpoints"),
    "layouts of others: one layer as arrays": ("rnn_layouts", "Layouts of ONNX, Keras and TensorFlow 1"),
    "session: what one thread needs to run or train a model": ("rnn_session", "Sessions"),
    "running": ("rnn_running", "Running a network"),
    "training": ("rnn_training", "Training"),
    "losses": ("rnn_loss", "Losses"),
    "optimisers": ("rnn_optimizer", "Optimisers"),
    "decoding: from logits to classes": ("rnn_decoder", "Decoding: from logits to classes"),
    "attention": ("rnn_attention", "Attention"),
    "fit: the training loop": ("rnn_fit", "The training loop"),
}


class NotUnderstood(Exception):
    """A part of the header that this script does not understand."""


@dataclasses.dataclass
class Constant:
    name: str
    value: int
    remark: str = ""


@dataclasses.dataclass
class Type:
    name: str
    remark: str = ""


@dataclasses.dataclass
class Function:
    name: str
    result: str
    arguments: list
    remark: str = ""

    def declaration(self):
        return f"{joined(self.result, self.name)}({arguments_text(self.arguments)})"


class Callback(Function):
    def declaration(self):
        return f"{joined(self.result, f'(*{self.name})')}({arguments_text(self.arguments)})"


@dataclasses.dataclass
class Group:
    title: str = ""
    text: list = dataclasses.field(default_factory=list)
    members: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Topic:
    name: str
    title: str
    groups: list = dataclasses.field(default_factory=list)

    def members(self, *kinds):
        return [member for group in self.groups for member in group.members if isinstance(member, kinds)]


def joined(kind, name):
    return f"{kind}{'' if kind.endswith('*') else ' '}{name}"


def arguments_text(arguments):
    return ", ".join(joined(kind, name) for kind, name in arguments) or "void"


# ---- comments -------------------------------------------------------------------------------------------------------


def comment_lines(text):
    """The lines of a comment without its frame."""
    lines = re.sub(r"\s*\*/$", "", text[2:]).splitlines()
    return [lines[0].strip()] + [re.sub(r"^ \* ?", "", line).rstrip() for line in lines[1:]]


def one_line(text):
    return " ".join(re.sub(r"^\s*\* ?", "", line) for line in text.splitlines()).strip()


def indent_of(line):
    return len(line) - len(line.lstrip())


def chunks(lines):
    """Runs of lines between empty lines."""
    found = [[]]
    for line in lines:
        if line:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [chunk for chunk in found if chunk]


TERM = re.compile(r"(?P<term>\S+(?: \S+){0,6}?)(?P<gap> {2,})(?P<text>\S.*)")


def column_of(line, indent):
    """Where the text begins in a line "term   text" at this indent; None for any other line."""
    match = TERM.fullmatch(line[indent:])
    if indent_of(line) != indent or not match or match["term"][-1] in ".,:;=":
        return None
    return indent + match.start("text")


def list_of(lines):
    """[(term, lines)] if all lines are terms with texts in one column, else None."""
    indent = min(map(indent_of, lines))
    columns = {column_of(line, indent) for line in lines if indent_of(line) == indent}
    if len(columns) != 1 or None in columns or indent_of(lines[0]) != indent:
        return None
    column, found = columns.pop(), []
    for line in lines:
        if indent_of(line) == indent:
            found.append((line[:column].strip(), [line[column:]]))
        elif indent_of(line) >= column:
            found[-1][1].append(line[column:])
        else:
            return None
    return found


def hanging_list_of(lines):
    """The same where some items have no term: lines below an item begin in the column of its text."""
    indent = min(map(indent_of, lines))
    deeper = {indent_of(line) for line in lines if indent_of(line) > indent}
    columns = {column_of(line, indent) for line in lines}
    if len(deeper) != 1 or not deeper & columns or indent_of(lines[0]) != indent:
        return None
    [column], found = deeper, []
    for line in lines:
        if indent_of(line) > indent:
            found[-1][1].append(line.strip())
        elif len(line) > column and line[column - 1] == " " != line[column]:
            found.append((line[:column].strip(), [line[column:]]))
        else:
            found.append(("", [line.strip()]))
    return found


def is_prose(line):
    """Text, rather than an equation or a table."""
    words = re.findall(r"[A-Za-z]{3,}", line)
    return not re.search(r"\S {3,}\S", line) and len(words) >= 4


WIDTH = 120 - len(" * ")  # of the text in a comment


def blocks(lines, width=WIDTH):
    """A comment as blocks; width is what a line could have."""
    found = []
    for chunk in chunks(lines):
        while chunk:
            deep = indent_of(chunk[0]) > 0
            end = next((n for n, line in enumerate(chunk) if (indent_of(line) > 0) != deep), len(chunk))
            part, chunk = chunk[:end], chunk[end:]
            found += indented(part, width) if deep else paragraphs(part, width)
    return merged(found)


# Errors, costs and memory stand in paragraphs of their own.
BREAK = re.compile(r"(?<=[.)]) +(?=RNN_E_[A-Z]+(?:, RNN_E_[A-Z]+)*(?: also)?(?: \([^)]*\))?[:.]|Cost: |Cost of |Memory[:,] )")


def paragraphs(lines, width):
    """Running text.  A line that ends a sentence early ends a paragraph; columns are joined by semicolons."""
    runs = [[lines[0]]]
    for before, line in zip(lines, lines[1:]):
        early = before.endswith(".") and len(before) + 1 + len(line.split()[0]) <= width
        runs += [[line]] if early else []
        runs[-1] += [] if early else [line]
    texts = (re.sub(r"(?<=\S) {3,}(?=\S)", "; ", " ".join(run)) for run in runs)
    return [("paragraph", re.sub(r" {2,}", " ", part)) for text in texts for part in BREAK.split(text)]


def indented(lines, width):
    """A run of indented lines: a list, text that belongs to what is above, or what is shown as it is."""
    items, indent = list_of(lines) or hanging_list_of(lines), min(map(indent_of, lines))
    if items and (len(items) > 1 or is_prose(items[0][1][0])):
        column = next(column_of(line, indent) for line in lines if column_of(line, indent))
        return [("list", [(term, blocks(texts, width - column)) for term, texts in items])]
    flat = [line[indent:] for line in lines]
    top = [line for line in flat if indent_of(line) == 0]
    # An equation goes on in a line that is indented as it is, or more; text has deeper lines between its paragraphs.
    if indent <= 2 and all(map(is_prose, top)) and indent_of(flat[0]) == 0:
        return blocks(flat, width - indent)
    if indent <= 2 and any(map(is_prose, top)) and len(top) < len(flat):
        found, at = [], 0
        while at < len(flat):
            deep = indent_of(flat[at]) > 0 or not is_prose(flat[at])
            end = next((n for n in range(at + 1, len(flat))
                        if (indent_of(flat[n]) > 0 or not is_prose(flat[n])) != deep), len(flat))
            found += [("literal", flat[at:end])] if deep else paragraphs(flat[at:end], width - indent)
            at = end
        return found
    return [("literal", flat)]


def merged(found):
    """Neighbouring pieces of what is shown as it is, and neighbouring lists, in one block."""
    result = []
    for kind, content in found:
        if result and result[-1][0] == kind == "literal":
            result[-1] = (kind, result[-1][1] + [""] + content)
        elif result and result[-1][0] == kind == "list":
            result[-1] = (kind, result[-1][1] + content)
        else:
            result.append((kind, content))
    return result


# ---- the header -----------------------------------------------------------------------------------------------------

SECTION = re.compile(r"/\* -{4} (.*?) -+ \*/")
TOKEN = re.compile(r"(?P<section>/\* -{4} [^\n]*? -+ \*/\n)|(?P<define>#define (?:RNN_[A-Z0-9_]+) +(?:\d+|\(-\d+\))"
                   r"[^\n]*?(?:/\*.*?\*/)?\n)|(?P<comment>/\*.*?\*/\n)|(?P<declaration>(?:RNN_API|typedef)[^;]*;[^\n]*\n)"
                   r"|(?P<preprocessor>#[^\n]*(?:\\\n[^\n]*)*\n)|(?P<blank>\n)|(?P<other>[^\n]+\n)", re.DOTALL)


def members_of(statement, opaque):
    text = re.sub(r"\s+", " ", statement.partition(";")[0]).strip()
    remark = re.search(r"/\*(.*?)\*/", statement.partition(";")[2])
    remark = remark[1].strip() if remark else ""
    match = generate.OPAQUE.fullmatch(text)
    if match:
        return Type(match[1], remark)
    for pattern, kind in ((generate.CALLBACK, Callback), (generate.FUNCTION, Function)):
        match = pattern.fullmatch(text)
        if match:
            arguments = [] if match["arguments"] == "void" else [
                generate.ARGUMENT.fullmatch(one.strip()) for one in match["arguments"].split(",")]
            return kind(match["name"], generate.c_type(match["result"]),
                        [(generate.c_type(one["type"]), one["name"]) for one in arguments], remark)
    raise NotUnderstood(f"the declaration '{text}'")


def topics(root=ROOT):
    header = (root / "include" / "rnn.h").read_text(encoding="utf-8")
    end = header.index("*/") + 2
    found = [Topic("rnn", "Rules for every function", [Group(text=blocks(comment_lines(header[:end])))])]
    titles = {tuple(group["constants"])[0]: group["title"] for group in generate.constants(header)}
    opaque, fresh = set(), True
    for token in TOKEN.finditer(header, header.index("/* ---- version")):
        text, kind = token[0], token.lastgroup
        if kind == "section":
            name, title = TOPICS[SECTION.match(text)[1]]
            found.append(Topic(name, title))
            fresh = True
        elif kind == "blank":
            fresh = True
        elif kind == "comment":
            groups = found[-1].groups
            groups.append(Group(text=blocks(comment_lines(text.strip()))))
            fresh = False
        elif kind == "define" and "RNN_VERSION" in text:
            continue
        elif kind in ("define", "declaration"):
            if fresh or not found[-1].groups:
                found[-1].groups.append(Group())
                fresh = False
            group = found[-1].groups[-1]
            if kind == "declaration":
                group.members.append(members_of(text, opaque))
                continue
            match = generate.CONSTANT.match(text)
            remark = one_line(match[4] or "")
            if not remark and found[-1].groups[-1].members and "keys" in titles.get(match[1], group.title):
                before = group.members[-1]  # a row without text is like the one above
                remark = before.remark if before.remark.startswith("as ") else f"as {before.name}"
            group.members.append(Constant(match[1], int(match[2] or match[3]), remark))
            group.title = group.title or titles.get(match[1], "")
        elif kind == "preprocessor" and "RNN_VERSION" in text or text.strip() in ("#ifdef __cplusplus", "}", "#endif"):
            continue
        else:
            raise NotUnderstood(f"the line '{text.strip()}'")
    check(found, header)
    return found


def check(found, header):
    """Nothing of the interface is lost."""
    opaque, callbacks, functions = generate.declarations(header)
    names = {*opaque, *(one["name"] for one in callbacks + functions)}
    names |= {name for group in generate.constants(header) for name in group["constants"]}
    here = [member.name for topic in found for member in topic.members(Constant, Type, Function)]
    if sorted(here) != sorted(names):
        raise NotUnderstood(f"these differ: {sorted(set(here) ^ names)}")


def places(found):
    """{name: (topic, member)} of everything that has a name."""
    return {member.name: (topic, member) for topic in found for member in topic.members(Constant, Type, Function)}


NAME = re.compile(r"\b(?:RNN_[A-Z0-9_]*[A-Z0-9]|rnn_[a-z0-9_]*[a-z0-9])\b(?!_?\.\.\.)")
