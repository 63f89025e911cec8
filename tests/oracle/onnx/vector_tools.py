"""What the generators of vectors share: combinations of options, numbers to begin with, and both as C."""

import itertools

import numpy as np


# ---- cases -----------------------------------------------------------------------------------------------------------


def balanced(source, values, count):
    """Each value as often as the others, in random order."""
    dealt = list(itertools.islice(itertools.cycle(values), count))
    source.shuffle(dealt)
    return dealt


def covers_all_pairs(cases, factors):
    return all({(case[a], case[b]) for case in cases} == set(itertools.product(factors[a], factors[b]))
               for a, b in itertools.combinations(factors, 2))


def combinations_of(source, crossed, dealt):
    """Every combination of the crossed options, over which the dealt ones are spread so that every pair occurs."""
    cases = [dict(zip(crossed, values)) for values in itertools.product(*crossed.values())]
    while True:
        columns = {key: balanced(source, values, len(cases)) for key, values in dealt.items()}
        combined = [case | {key: column[i] for key, column in columns.items()} for i, case in enumerate(cases)]
        if covers_all_pairs(combined, crossed | dealt):
            return combined


def uniform(source, shape, scale):
    """Numbers of two decimals, as float32."""
    count = int(np.prod(shape))
    return np.array([round(source.uniform(-scale, scale), 2) for _ in range(count)], np.float32).reshape(shape)


# ---- C ---------------------------------------------------------------------------------------------------------------


def wrapped(items, indent="    "):
    """Comma-separated lines of at most 120 columns."""
    lines, line = [], indent[1:]
    for item in items:
        if len(line) + len(item) + 2 > 120:
            lines.append(line)
            line = indent[1:]
        line += f" {item},"
    return "\n".join(lines + [line])


def block(name, parts):
    """`parts`: arrays by name.  Gives the text of one array in C with all of them, and where in it each begins."""
    text, places, offset = [f"static const double {name}[] = {{\n"], {}, 0
    for part, numbers in parts.items():
        values = numbers.flatten().tolist()
        text.append(f"    /* {part} */\n{wrapped(f'{value:.9g}' for value in values)}\n")
        places[part] = f"{name} + {offset}"
        offset += len(values)
    return "".join(text) + "};\n", places


def row(fields):
    """Of a table of structs; what is 0 is left out."""
    given = (f".{key} = {value}" for key, value in fields.items() if value)
    return "    {\n" + wrapped(given, "        ") + "\n    },\n"
