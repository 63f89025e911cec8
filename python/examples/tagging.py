"""Tags every token of a sequence: is a bracket the partner of another one, or is it lost?

The tag of an opening bracket depends on what follows and that of a closing one on what precedes, so the network reads
in both directions.  Sequences are padded to one array with lengths.

    python tagging.py
"""

import numpy as np

import librnn

TOKENS, TAGS = "ab()", ("letter", "paired", "lost")
LONGEST = 16


def tags_of(tokens):
    """The right tags."""
    tags, open_ = np.zeros(len(tokens), int), []
    for position, token in enumerate(tokens):
        if TOKENS[token] == "(":
            tags[position] = 2
            open_.append(position)
        elif TOKENS[token] == ")":
            tags[position] = 2
            if open_:
                tags[[open_.pop(), position]] = 1
    return tags


def generate(count, seed):
    """Padded tokens and tags [N,T], and lengths [N]."""
    random = np.random.default_rng(seed)
    lengths = random.integers(4, LONGEST + 1, count)
    x, y = np.zeros((count, LONGEST), int), np.zeros((count, LONGEST), int)
    for row, length in enumerate(lengths):
        x[row, :length] = random.choice(4, length, p=(0.3, 0.3, 0.2, 0.2))
        y[row, :length] = tags_of(x[row, :length])
    return x, y, lengths


def main(epochs=15):
    """Prints a sequence with its tags; returns the proportion of tags that are right."""
    x, y, lengths = generate(1500, 0)
    model = librnn.Model(cell="lstm", vocabulary=len(TOKENS), hidden_size=32, direction="both", layers=2,
                         classes=len(TAGS))
    trainer = librnn.Trainer(model, librnn.Optimizer("adam", model, rate=0.01, max_norm=1.0), "cross_entropy",
                             epochs=epochs)
    trainer.fit(x, y, lengths=lengths)

    x, y, lengths = generate(300, 1)
    accuracy = trainer.evaluate(x, y, lengths=lengths).accuracy
    print(f"{accuracy:.1%} of the tags of new sequences are right")
    found = model.predict(x[:1], lengths=lengths[:1])[0].argmax(axis=1)
    print("".join(TOKENS[token] for token in x[0, :lengths[0]]))
    print("".join(".px"[tag] for tag in found), "    p paired, x lost")
    return accuracy


if __name__ == "__main__":
    main()
