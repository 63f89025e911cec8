"""Where C text can be changed, and into what: for mutation.py.

The text is that of this library, laid out by clang-format: a binary operator has a space or a line's end on both sides,
and `){` without a space begins a compound literal.
"""

import functools
import re

TOKEN = re.compile(
    r"""(?P<skip>\s+|/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\\n)
    |(?P<directive>^[ ]*\#[ ]*(?:define[ ]+\w+(?:\([^)]*\))?|(?!define)(?:[^\n\\]|\\\n|\\.)*))
    |(?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<operator><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""",
    re.X | re.S | re.M,
)
BINARY = {
    "+": "-", "-": "+", "*": "/", "/": "*", "%": "/", "<<": ">>", ">>": "<<", "&": "|", "|": "&", "^": "&", "&&": "||",
    "||": "&&", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+=": "-=", "-=": "+=", "*=": "/=",
    "/=": "*=", "|=": "&=", "&=": "|=", "^=": "|=", "<<=": ">>=", ">>=": "<<=",
}
STEPS = {"++": "--", "--": "++"}
NO_STATEMENT = set(
    """return if for while do switch case default goto else typedef static const struct enum union extern inline void char
    short int long float double unsigned signed size_t ptrdiff_t _Static_assert""".split()
)
ASSERTIONS = ("RNNI_ASSERT", "_Static_assert")


def tokens_of(text):
    """(kind, text, begin, end), without blanks, comments, strings and directives."""
    return [(match.lastgroup, match.group(), match.start(), match.end()) for match in TOKEN.finditer(text)
            if match.lastgroup not in ("skip", "directive")]


def closing(tokens, i, open_text="(", close_text=")"):
    """The index of the token that closes the one at i."""
    depth = 0
    for j in range(i, len(tokens)):
        depth += (tokens[j][1] == open_text) - (tokens[j][1] == close_text)
        if depth == 0:
            return j
    return len(tokens) - 1


def off_by_one(text):
    """The number plus one and, if that is not negative, minus one; with its suffix."""
    digits, suffix = re.fullmatch(r"(.*?)([uUlLfF]*)", text).groups() if not text.startswith("0x") else (
        re.fullmatch(r"(0x[\da-fA-F.]+(?:p[+-]?\d+)?)([uUlLf]*)", text) or [text] * 3).groups()
    if re.fullmatch(r"\d+|0x[\da-fA-F]+", digits):
        value = int(digits, 8 if re.fullmatch(r"0\d+", digits) else 0)
        return [f"{value + d}{suffix}" if digits == "0" or digits[0] != "0" else f"{value + d:#x}{suffix}" for d in (1, -1) if value + d >= 0]
    value = float.fromhex(digits) if "x" in digits else float(digits)
    return [f"{value + d!r}{suffix}" for d in (1, -1)]


def blocks(tokens):
    """For each token, whether it stands in a function's body rather than in an initialiser or a type."""
    inside, stack = [], []
    for i, (_, text, begin, _) in enumerate(tokens):
        if text == "{":
            before = tokens[i - 1] if i else ("", ";", 0, 0)
            body = before[1] in ("else", "do", ";", "{", "}", ":") or (before[1] == ")" and before[3] != begin)
            stack.append(body and (not stack or stack[-1]) if before[1] in (")", "else", "do") else bool(stack) and stack[-1] and body)
        inside.append(bool(stack) and stack[-1])
        if text == "}" and stack:
            stack.pop()
    return inside


def statement_end(tokens, i):
    """The index of the semicolon that ends the statement at i, or None if a brace comes first."""
    depth = 0
    for j in range(i, len(tokens)):
        text = tokens[j][1]
        depth += (text in "([{") - (text in ")]}")
        if depth < 0 or (depth == 0 and text == "{"):
            return None
        if depth == 0 and text == ";":
            return j
    return None


def begins_statement(tokens, i, headers):
    return i > 0 and (tokens[i - 1][1] in (";", "{", "}", "else", "do") or i - 1 in headers)


def of_text(text):
    """Sites: begin, end, what may stand there instead (a list), the line, and why it is left out, or "" """
    tokens = tokens_of(text)
    inside, headers, within_header, asserted, found = blocks(tokens), set(), set(), set(), []
    for i, (_, word, _, _) in enumerate(tokens):
        if word in ("if", "while", "for", "switch") and i + 1 < len(tokens) and tokens[i + 1][1] == "(":
            headers.add(closing(tokens, i + 1))
            within_header.update(range(i + 1, closing(tokens, i + 1)))
        if word in ASSERTIONS and i + 1 < len(tokens) and tokens[i + 1][1] == "(":
            asserted.update(range(i, closing(tokens, i + 1) + 1))

    def add(i, begin, end, new):
        reason = "assertions, which a release does not compile" if i in asserted else ""
        found.append({"begin": begin, "end": end, "new": new, "left_out": reason, "line": text.count("\n", 0, tokens[i][2]) + 1})

    for i, (kind, word, begin, end) in enumerate(tokens):
        spaced = text[begin - 1 : begin].isspace() and text[end : end + 1].isspace()
        if kind == "number":
            add(i, begin, end, off_by_one(word))
        elif kind == "operator" and word in BINARY and spaced:
            add(i, begin, end, [BINARY[word]])
        elif kind == "operator" and word in STEPS:
            add(i, begin, end, [STEPS[word]])
        elif word in ("if", "while") and i + 1 < len(tokens) and tokens[i + 1][1] == "(":
            close = closing(tokens, i + 1)
            condition = text[tokens[i + 1][3] : tokens[close][2]]
            add(i, tokens[i + 1][2], tokens[close][3], [f"(!({condition}))"])
        elif word == "return" and tokens[i + 1][1] != ";" and (stop := statement_end(tokens, i)):
            value = text[tokens[i + 1][2] : tokens[stop][2]]
            add(i, tokens[i + 1][2], tokens[stop][2], ["1" if value in ("0", "NULL", "RNN_OK") else "0"])
        if inside[i] and i not in within_header and kind in ("name", "operator") and begins_statement(tokens, i, headers) and word not in ";{}":
            stop = statement_end(tokens, i)
            declared = kind == "name" and (tokens[i + 1][0] == "name" or tokens[i + 1][1] == "*")
            if stop and word not in NO_STATEMENT and not declared and tokens[i + 1][1] != ":":
                add(i, begin, tokens[stop][2], [re.sub(r"[^\n]", "", text[begin : tokens[stop][2]])])
    return found


def preprocessed(text):
    """(File, line) of what gcc -E -dD leaves; a #define with all its lines is counted by its first alone."""
    path, number = "", 0
    for line in text.split("\n"):
        mark = re.match(r'# (\d+) "(.*?)"', line)
        if mark:
            number, path = int(mark.group(1)), mark.group(2)
            continue
        if line.strip() and not path.startswith("<"):
            yield path, number
        number += 1


@functools.lru_cache(maxsize=None)
def body_lines(path):
    text = path.read_text()
    tokens = tokens_of(text)
    lines = set()
    for (_, _, begin, _), within in zip(tokens, blocks(tokens)):
        if within:
            lines.add(text.count("\n", 0, begin) + 1)
    return lines


def inside_function(path, line):
    return line in body_lines(path)
