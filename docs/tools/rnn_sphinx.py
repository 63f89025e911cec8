"""What the pages of librnn need of Sphinx besides its own directives.

    rnn-topic NAME        in a .rst file: a topic of rnn.h, its functions and constants as objects of the C domain
    rnn-options           all options in one table
    rnn-messages          all messages of failures, by status
    source PATH           a file of the repository, or a part of it, by :from: and :to: (texts of lines; the line of :to: is
                          left out, or taken with :through:), as it is
    run                   commands that docs/check runs; :needs: data, torch or mpirun
    repository PATH       a Markdown file of the repository in the place of this directive
    code-like names       `rnn_fit` and `RNN_CELL` in any page become links; a name that rnn.h does not have is a warning
    math                  MathML, which needs no script
"""

import pathlib
import posixpath
import re

import contracts
import messages
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from docutils.utils.math import latex2mathml
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

ROOT = contracts.ROOT
TOPICS = contracts.topics()
PLACES = contracts.places(TOPICS)
PAGES = {topic.name: f"reference/{topic.name}" for topic in TOPICS}
LOGGER = logging.getLogger(__name__)

# Names that look like those of the interface, and are files, targets and settings of the build and the tests.
OTHERS = re.compile(r"RNN_(BLAS|THREADS|BUILD_\w+|SANITIZE|WERROR|INSTALL|PROGRAMS|CI_DIR|ALL_FLOATS|PYTHON|LIBRARY|STATIC|API|"
                    r"NODISCARD|DEPRECATED|ZIG_VENV|TEST_KERNELS|VERSION_\w+|MANDIR|BUILD_DIR|HARDENING|MUTATION_MINUTES)|rnn_static|rnn_man|rnn_abi|"
                    r"rnn_module")
HISTORY = {"changelog", "decisions", "contributing", "testing"}  # pages with names of the past, and of files


def link(env, here, name, text=None):
    """A reference to a name of the interface."""
    topic, _ = PLACES[name]
    page = PAGES[topic.name]
    target = "" if page == here else env.app.builder.get_relative_uri(here, page)
    return nodes.reference("", text or name, internal=True, refuri=f"{target}#c.{name}", classes=["api"])


def linked(env, here, text, skip=""):
    """Inline nodes: the text with its names as links, and `what` as code."""
    text = text.replace("this file", "rnn.h")
    if text.count("`") == 2:
        before, code, after = text.split("`")
        return [*linked(env, here, before, skip), nodes.literal("", code), *linked(env, here, after, skip)]
    found, at = [], 0
    for match in contracts.NAME.finditer(text):
        if match[0] not in PLACES or match[0] == skip:
            continue
        found += [nodes.Text(text[at:match.start()]), link(env, here, match[0])]
        at = match.end()
    return [*found, nodes.Text(text[at:])]


def rendered(env, here, blocks):
    """Blocks of contracts.py as nodes."""
    found = []
    for kind, content in blocks:
        if kind == "paragraph":
            paragraph = nodes.paragraph("", "", *linked(env, here, content))
            if re.match(r"RNN_E_[A-Z]+[^.]{0,60}[:.]", content):
                paragraph["classes"].append("error")
            found.append(paragraph)
        elif kind == "literal":
            text = "\n".join(content)
            found.append(nodes.literal_block(text + " ", "", *linked(env, here, text), language="none",
                                             classes=["equations"]))
        else:
            items = nodes.definition_list(classes=["arguments"])
            for term, inner in content:
                item = nodes.definition_list_item()
                item += nodes.term("", "", *linked(env, here, term or "\u2013"))
                item += nodes.definition("", *rendered(env, here, inner))
                items += item
            found.append(items)
    return found


class Text(SphinxDirective):
    """The text of group NUMBER of topic NAME."""

    required_arguments = 2

    def run(self):
        topic = next(topic for topic in TOPICS if topic.name == self.arguments[0])
        return rendered(self.env, self.env.docname, topic.groups[int(self.arguments[1])].text)


class Remark(SphinxDirective):
    """The value and the remark of a constant, or the remark of a function."""

    required_arguments = 1

    def run(self):
        member = PLACES[self.arguments[0]][1]
        paragraph = nodes.paragraph("", "", *linked(self.env, self.env.docname, member.remark, member.name))
        if isinstance(member, contracts.Constant):
            paragraph.insert(0, nodes.inline("", f"= {member.value}", classes=["value"]))
            paragraph.insert(1, nodes.Text("  "))
        return [paragraph]


def lines_of_group(topic, number):
    """A group as lines of reStructuredText."""
    group = topic.groups[number]
    text = [f".. rnn-text:: {topic.name} {number}", ""] if group.text else []
    functions = [one for one in group.members if isinstance(one, contracts.Function)]
    constants = [one for one in group.members if isinstance(one, contracts.Constant)]
    lines = []
    if group.title:
        title = group.title[0].upper() + group.title[1:]
        title = re.sub(r"RNN_[A-Z]+_(\.\.\.)?$", lambda match: f"``{match[0].rstrip('.')}...``", title)
        lines += [title, "-" * len(title), ""]
    if constants or not functions:
        lines += text
    for one in group.members:
        if isinstance(one, contracts.Type):
            lines += [f".. c:type:: {one.name}", ""]
            lines += [f"   .. rnn-remark:: {one.name}", ""] if one.remark else []
        elif isinstance(one, contracts.Constant):
            lines += [f".. c:macro:: {one.name}", "   :no-contents-entry:", "", f"   .. rnn-remark:: {one.name}", ""]
    for kind, directive in ((contracts.Callback, "c:type"), (contracts.Function, "c:function")):
        of_kind = [one for one in functions if type(one) is kind]
        if of_kind:
            lines += [f".. {directive}:: " + "\n   ".join(one.declaration() for one in of_kind)]
            lines = "\n".join(lines).split("\n") + [""]
            if directive == "c:function" or len(of_kind) == len(functions):
                lines += ["   " + line for line in text]
            for one in of_kind:
                if one.remark:
                    lines += [f"   ``{one.name}``: {one.remark}.", ""]
    return lines


class Topic(SphinxDirective):
    """A topic of rnn.h."""

    required_arguments = 1

    def run(self):
        topic = next(topic for topic in TOPICS if topic.name == self.arguments[0])
        self.env.note_dependency(str(ROOT / "include" / "rnn.h"))
        lines = [line for number in range(len(topic.groups)) for line in lines_of_group(topic, number)]
        node = nodes.Element()
        self.state.nested_parse(StringList(lines, source="rnn.h"), self.content_offset, node, match_titles=True)
        return node.children


OWNERS = {"rnn_config": "network", "rnn_loss": "loss", "rnn_optimizer": "optimiser", "rnn_trainer": "trainer",
          "rnn_decoder": "decoder", "rnn_optimizer_tensor": "tensors of an optimiser"}
KINDS = {"int64_t": "int", "double": "real", "char *": "text"}


class Options(SphinxDirective):
    """All options of all handles."""

    def run(self):
        groups = [group for group in contracts.generate.constants((ROOT / "include" / "rnn.h").read_text())
                  if "owner" in group]
        head = ("Option", "Key", "Of", "Type", "Meaning")
        table = nodes.table(classes=["options"])
        columns = nodes.tgroup(cols=len(head))
        table += columns
        for width in (24, 5, 10, 5, 56):
            columns += nodes.colspec(colwidth=width)
        columns += nodes.thead("", self.row(*([nodes.Text(text)] for text in head)))
        body = nodes.tbody()
        columns += body
        for group in groups:
            for name, value in group["constants"].items():
                _, member = PLACES[name]
                body += self.row([link(self.env, self.env.docname, name)], [nodes.Text(str(value))],
                                 [nodes.Text(OWNERS[group["owner"]])], [nodes.Text(KINDS[group["type"]])],
                                 linked(self.env, self.env.docname, member.remark or "see there"))
        return [table]

    @staticmethod
    def row(*cells):
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


class Messages(SphinxDirective):
    """All messages of failures, by status."""

    def run(self):
        found, sections = messages.messages(), []
        for path in {one.path for of_status in found.values() for one in of_status}:
            self.env.note_dependency(str(ROOT / path))
        for status in sorted(found, key=lambda name: -PLACES[name][1].value):
            section = nodes.section(ids=[status.lower().replace("_", "-")])
            section += nodes.title("", status)
            section += nodes.paragraph("", "", *linked(self.env, self.env.docname, PLACES[status][1].remark + "."))
            items = nodes.bullet_list(classes=["messages"])
            for one in found[status]:
                items += nodes.list_item("", nodes.paragraph("", "", *linked(self.env, self.env.docname, one.text)))
            section += items
            sections.append(section)
        return sections


class Source(SphinxDirective):
    """A file of the repository, or a part of it."""

    required_arguments = 1
    option_spec = {"language": directives.unchanged, "from": directives.unchanged, "to": directives.unchanged,
                   "through": directives.unchanged}

    def run(self):
        path = ROOT / self.arguments[0]
        self.env.note_dependency(str(path))
        lines = path.read_text(encoding="utf-8").splitlines()
        begin, end = 0, len(lines)
        if "from" in self.options:
            begin = self.line(lines, 0, self.options["from"])
        if "to" in self.options:
            end = self.line(lines, begin + 1, self.options["to"])
        if "through" in self.options:
            end = self.line(lines, begin, self.options["through"]) + 1
        while end > begin and not lines[end - 1].strip():
            end -= 1
        part = lines[begin:end]
        margin = min((contracts.indent_of(line) for line in part if line.strip()), default=0)
        text = "\n".join(line[margin:] for line in part)
        suffix = {".c": "c", ".h": "c", ".py": "python", ".js": "javascript", ".rs": "rust", ".sh": "bash"}
        block = nodes.literal_block(text, text, language=self.options.get("language") or suffix.get(path.suffix, "none"))
        where = self.arguments[0] + (f", lines {begin + 1} to {end}" if len(part) < len(lines) else "")
        return [nodes.container("", nodes.paragraph("", where, classes=["path"]), block, classes=["source"])]

    def line(self, lines, begin, text):
        for number in range(begin, len(lines)):
            if text.strip('"') in lines[number]:
                return number
        raise self.error(f"{self.arguments[0]} has no line with {text!r}")


class Run(SphinxDirective):
    """Commands that docs/check runs, where what they need is there."""

    has_content = True
    option_spec = {"needs": directives.unchanged}

    def run(self):
        text = "\n".join(self.content)
        block = nodes.literal_block(text, text, language="bash")
        return [nodes.container("", nodes.paragraph("", "checked", classes=["path"]), block, classes=["source"])]


# Files of the repository that are pages here.
MARKDOWN = {"README.md": "index", "CHANGELOG.md": "changelog", "docs/decisions.md": "decisions", "bench/README.md": "performance",
            "examples/README.md": "examples", "examples/RESULTS.md": "results", "python/README.md": "python",
            "bindings/README.md": "bindings", "SECURITY.md": "security", "CONTRIBUTING.md": "contributing",
            "include/rnn.h": "reference/index", "docs/testing.md": "testing"}
MARKDOWN_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<path>[^)#\s]*)(?P<anchor>#[^)\s]*)?\)")


def relocated(text, folder, here, srcdir):
    """Links of a Markdown file in `folder`, as they are in the page `here`."""
    up = posixpath.relpath(".", posixpath.dirname(here) or ".")

    def change(match):
        path = match["path"]
        if re.match(r"[a-z]+:", path) or not path:
            return match[0]
        target = posixpath.normpath(posixpath.join(folder, path))
        anchor = match["anchor"] or ""
        if match["image"]:
            return f"![{match['text']}]({posixpath.relpath(str(ROOT / target), posixpath.join(srcdir, posixpath.dirname(here)))})"
        page = MARKDOWN.get(target) or MARKDOWN.get(posixpath.join(target, "README.md"))
        if page and (pathlib.Path(srcdir) / (page + ".md")).exists():
            return f"[{match['text']}]({posixpath.join(up, page)}.md{anchor})"
        if not (ROOT / target).exists():
            LOGGER.warning("%s: no file %s", here, target)
        return match["text"] if match["text"] == target else f"{match['text']} (`{target}`)"

    return MARKDOWN_LINK.sub(change, text)


REPOSITORY = re.compile(r"^```\{repository\} (\S+)\n```$", re.MULTILINE)


def read_page(app, docname, source):
    """Puts Markdown files of the repository in their places."""
    def put(match):
        path = match[1]
        app.env.note_dependency(str(ROOT / path), docname=docname)
        text = (ROOT / path).read_text(encoding="utf-8")
        return relocated(text, posixpath.dirname(path), docname, str(app.srcdir))

    if docname in ("decisions", "testing"):  # they are also read in the repository
        source[0] = relocated(source[0], "docs", docname, str(app.srcdir))
    if docname == "index" and (ROOT / "docs" / "testing.md").exists():
        source[0] = source[0].replace("\ncontributing\n", "\ntesting\ncontributing\n")
    source[0] = REPOSITORY.sub(put, source[0])


class Names(SphinxPostTransform):
    """Names in pages become links."""

    default_priority = 400

    def run(self, **_):
        here = self.env.docname
        for literal in list(self.document.findall(nodes.literal)):
            name = literal.astext()
            bare = name[:-2] if name.endswith("()") else name
            if isinstance(literal.parent, nodes.reference) or not contracts.NAME.fullmatch(bare):
                for match in contracts.NAME.finditer(name):
                    self.check(match[0], here, literal)
            elif bare in PLACES:
                reference = link(self.env, here, bare, name)
                reference.children = [literal.deepcopy()]
                literal.replace_self(reference)
            else:
                self.check(bare, here, literal)
        for block in self.document.findall(nodes.literal_block):
            if block.get("language") in ("c", "none"):
                for match in contracts.NAME.finditer(block.astext()):
                    self.check(match[0], here, block)

    def check(self, name, here, node):
        known = name in PLACES or OTHERS.fullmatch(name) or any(other.startswith(name + "_") for other in PLACES)
        if not known and here not in HISTORY:
            LOGGER.warning("rnn.h has no %s", name, location=node)


def math(writer, node, block):
    """MathML."""
    found = latex2mathml.tex2mathml(node.astext(), as_block=block)
    writer.body.append(f'<div class="math">{found}</div>' if block else found)
    raise nodes.SkipNode


def setup(app):
    app.add_directive("rnn-topic", Topic)
    app.add_directive("rnn-text", Text)
    app.add_directive("rnn-remark", Remark)
    app.add_directive("rnn-options", Options)
    app.add_directive("rnn-messages", Messages)
    app.add_directive("source", Source)
    app.add_directive("run", Run)
    app.add_post_transform(Names)
    app.add_html_math_renderer("mathml", inline_renderers=(lambda writer, node: math(writer, node, False), None),
                               block_renderers=(lambda writer, node: math(writer, node, True), None))
    app.connect("source-read", read_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
