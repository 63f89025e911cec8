"""Decoding in pieces, and with scorers."""

import itertools

import librnn
import numpy as np
import pytest
from common import C, real


def split(length, random):
    """Pieces of at least one step."""
    borders = sorted(random.choice(np.arange(1, length), random.integers(0, length), replace=False))
    return list(zip([0, *borders], [*borders, length]))


def equal(a, b):
    return len(a) == len(b) and all(
        np.array_equal(one.tokens, other.tokens) and np.array_equal(one.steps, other.steps)
        and np.array_equal(one.scores, other.scores) and one.score == other.score for one, other in zip(a, b))


@pytest.mark.parametrize("kind", ["ctc_greedy", "ctc_beam"])
def test_pieces_give_what_the_whole_gives(kind):
    random = np.random.default_rng(4)
    options = {"beam_width": 5, "results": 3} if kind == "ctc_beam" else {}
    for _ in range(20):
        length, batch = int(random.integers(2, 12)), int(random.integers(1, 4))
        logits = (4 * random.normal(size=(length, batch, C))).astype(np.float32)
        lengths = random.integers(0, length + 1, batch)
        decoder, stable = librnn.Decoder(kind, **options), [()] * batch
        decoder.begin(batch, C)
        for first, end in split(length, random):
            found = decoder.feed(logits[first:end], np.clip(lengths - first, 0, end - first))
            for b, results in enumerate(found):
                front = tuple(results[0].tokens[:decoder.stable_count(b)]) if results else ()
                assert front[:len(stable[b])] == stable[b]
                stable[b] = front
        whole = librnn.Decoder(kind, **options).decode(logits, lengths)
        assert all(map(equal, found, whole))
        assert all(tuple(results[0].tokens[:len(front)]) == front for results, front in zip(whole, stable))


def test_a_scorer_decides():
    logits = real(4, 1, 3)
    rewards = {labels: sum(np.random.default_rng(len(labels)).normal(size=8)) for n in range(5)
               for labels in itertools.product((1, 2), repeat=n)}

    def score(labels):  # its sum over a hypothesis is the reward of the whole
        return [0, *(rewards[(*labels, c)] - rewards[labels] if len(labels) < 4 else 0 for c in (1, 2))]

    decoder = librnn.Decoder("ctc_beam", beam_width=40, results=40)
    [plain] = decoder.decode(logits)
    decoder.set_scorer(librnn.by_prefix(score))
    [scored] = decoder.decode(logits)
    expected = {tuple(r.tokens): r.score + rewards[tuple(r.tokens)] - rewards[()] for r in plain}
    assert len(scored) == len(plain)
    for result in scored:
        assert result.score == pytest.approx(expected[tuple(result.tokens)], abs=1e-5)
    decoder.set_scorer(lambda slots, labels, parents: np.zeros((len(slots), 3)))
    assert equal(decoder.decode(logits)[0], plain)
    decoder.set_scorer(None)
    assert equal(decoder.decode(logits)[0], plain)


def test_a_stream_keeps_its_scorer():
    logits, seen = real(3, 1, 3), []
    decoder = librnn.Decoder("ctc_beam", beam_width=3)
    decoder.set_scorer(librnn.by_prefix(lambda labels: seen.append(labels) or [0, 0, -np.inf]))
    decoder.begin(1, 3)
    decoder.set_scorer(None)
    for row in logits:
        [[best]] = decoder.feed(row[None])
    assert 2 not in best.tokens and seen


def test_a_scorer_for_a_generator():
    decoder = librnn.Decoder("beam", beam_width=3, end_token=0, maximum_length=4)
    decoder.set_scorer(librnn.by_prefix(lambda labels: [0, -np.inf, 0] if len(labels) % 2 else [0, 0, -np.inf]))
    best = decoder.search(lambda tokens, parents: np.tile([-3.0, 0, 0], (len(tokens), 1)), 3)[0]
    assert best.tokens.tolist()[:2] == [1, 2]


def test_what_goes_wrong():
    decoder = librnn.Decoder("ctc_beam")
    with pytest.raises(librnn.RnnStateError, match="begin"):
        decoder.feed(real(2, 1, 3))
    decoder.begin(2, 3)
    with pytest.raises(librnn.RnnValueError, match=r"expected \[T, 2, 3\]"):
        decoder.feed(real(2, 1, 3))

    def fails(slots, labels, parents):
        raise KeyError("no such word")

    decoder.set_scorer(fails)
    with pytest.raises(KeyError, match="no such word"):
        decoder.decode(real(2, 1, 3))
    decoder.set_scorer(lambda slots, labels, parents: np.full((len(slots), 3), np.nan))
    with pytest.raises(librnn.RnnValueError):
        decoder.decode(real(2, 1, 3))
    with pytest.raises(librnn.RnnError):
        librnn.Decoder("sampling").set_scorer(fails)
