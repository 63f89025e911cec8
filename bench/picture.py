"""What the pictures of bench/plot are made of: SVG, axes, the words of a row's name."""
import math
import re
import sys
from html import escape

INK, PALE, GRID = "#222222", "#666666", "#dddddd"
HEADING = 18  # the size of the words that are the title of the picture


class Picture:
    """An SVG on white, so that it can be read on any page."""

    def __init__(self, width, height):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="Helvetica, Arial, sans-serif" font-size="12" '
            'role="img">',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>']

    def put(self, part):
        self.parts.append(part)

    def text(self, x, y, words, anchor="start", size=12, fill=INK, more=""):
        if size == HEADING:
            self.parts.insert(1, f"<title>{escape(words)}</title>")
        self.put(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"{more}>'
                 f'{escape(words)}</text>')

    def line(self, x1, y1, x2, y2, stroke=GRID, width=1.0, more=""):
        self.put(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
                 f'stroke-width="{width}"{more}/>')

    def rectangle(self, x, y, width, height, fill, title=""):
        inside = f"<title>{escape(title)}</title>" if title else ""
        self.put(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}">'
                 f'{inside}</rect>')

    def write(self, path):
        whole = "\n".join(self.parts + ["</svg>", ""])
        if path == "-":
            sys.stdout.write(whole)
            return
        with open(path, "w", encoding="utf-8") as file:
            file.write(whole)


class Scale:
    """A logarithmic axis from low to high, on the picture from `start` to `end`."""

    def __init__(self, low, high, start, end):
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value):
        part = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + part * (self.end - self.start)

    def ticks(self, steps=(1, 2, 5)):
        """1, 2, 5, 10, 20, ... and the same below 1."""
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        every = [m * 10.0**e for e in range(first, last + 1) for m in steps]
        return [tick for tick in every if self.low * 0.999 <= tick <= self.high * 1.001]


class Linear:
    """A linear axis from 0 to high, on the picture from `start` to `end`."""

    def __init__(self, high, start, end):
        self.high, self.start, self.end = high, start, end

    def __call__(self, value):
        return self.start + value / self.high * (self.end - self.start)

    def ticks(self, most=7):
        """0, s, 2s, ..., s being 1, 2 or 5 times a power of ten, at most so many behind 0."""
        size = 10.0 ** math.floor(math.log10(self.high / most))
        step = next(m * size for m in (1, 2, 5, 10) if m * size * most >= self.high)
        return [i * step for i in range(math.floor(self.high / step) + 1)]


def size_of(name):
    """{"H": 128, ...} of "seq lstm H128 ..."."""
    return {word[0]: int(word[1:]) for word in name.split() if re.fullmatch(r"[A-Z]\d+", word)}
