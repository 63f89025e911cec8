"""The messages of all failures, read from src: messages() gives {status: [Message, ...]}, sorted by their text.

A message is one call of rnni_status_fail, or of rnni_json_fail (a file's header), without the name of the function at its
beginning.  A number that is not known here is the letter n; a name is an ellipsis."""

import dataclasses
import re

from contracts import ROOT

CALLS = re.compile(r"\b(rnni_status_fail|rnni_json_fail)\(")
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|PRI[a-z]\d+|.)', re.DOTALL)
PLACE = re.compile(r"%(?P<flags>[-+ #0]*)(?:\d+|\*)?(?:\.(?:\d+|\*))?(?P<kind>hh|h|ll|l|z|j)?(?P<letter>[diuxgfcs%])")


@dataclasses.dataclass(order=True, frozen=True)
class Message:
    text: str
    path: str = dataclasses.field(compare=False)


def arguments(text, begin):
    """The texts of the arguments of a call whose parenthesis opens before `begin`."""
    depth, found, one, at = 0, [], "", begin
    while depth >= 0:
        token = TOKEN.match(text, at)
        at = token.end()
        word = token[1]
        if word in "([{":
            depth += 1
        elif word in ")]}":
            depth -= 1
        if depth < 0 or (word == "," and depth == 0):
            found.append(one.strip())
            one = ""
        else:
            one += token[0]
    return found


def joined(literal):
    """The text of adjacent string literals and PRI macros; None if it is anything else."""
    parts, at = [], 0
    while at < len(literal):
        token = TOKEN.match(literal, at)
        at = token.end()
        word = token[1]
        if word.startswith('"'):
            parts.append(re.sub(r"\\(.)", r"\1", word[1:-1]))
        elif word.startswith("PRI"):
            parts.append(word[3])
        elif word.strip():
            return None
    return "".join(parts)


def shown(text):
    """A format as a reader sees it."""
    def place(match):
        letter = match["letter"]
        return {"%": "%", "s": "\u2026", "c": "\u2026"}.get(letter, "n")
    return PLACE.sub(place, text)


def formats(argument):
    """The formats of a call: one, or those of a choice c ? a : b."""
    choice = re.fullmatch(r"[^\"]*\?\s*(\".*\")\s*:\s*(\".*\")\s*", argument, re.DOTALL)
    for part in choice.groups() if choice else (argument,):
        text = joined(part)
        if text is not None:
            yield text


def messages():
    found = {}
    for path in sorted((ROOT / "src").rglob("*.c")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for call in CALLS.finditer(text):
            if text[:call.start()].rstrip().endswith(("int32_t", "bool")):  # its definition
                continue
            given = arguments(text, call.end())
            statuses = re.findall(r"RNN_E_[A-Z]+", given[1])
            for one in formats(given[2]):
                if call[1] == "rnni_json_fail":
                    one = "%s: header byte %zu: " + one
                if not re.search("[a-z]", PLACE.sub("", one)):
                    continue  # nothing but names
                message = Message(shown(one).removeprefix("\u2026: "), path.relative_to(ROOT).as_posix())
                for status in statuses:
                    of_status = found.setdefault(status, [])
                    if message not in of_status:
                        of_status.append(message)
    return {status: sorted(of_status, key=lambda one: one.text.replace("\u2026", "~").lower())
            for status, of_status in found.items()}


if __name__ == "__main__":
    for status, of_status in messages().items():
        for one in of_status:
            print(f"{status:18} {one.text}   [{one.path}]")
