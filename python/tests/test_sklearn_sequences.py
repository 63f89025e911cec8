"""SequenceTagger, CTCRecogniser and Forecaster."""

import pickle
import re

import numpy as np
import pytest

pytest.importorskip("sklearn")
from sklearn.base import clone  # noqa: E402
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score  # noqa: E402

from librnn.sklearn import CTCRecogniser, Forecaster, SequenceTagger  # noqa: E402
from librnn.sklearn.ctc import edit_distance  # noqa: E402


def refuses(call, message, kind=ValueError):
    with pytest.raises(kind, match=re.escape(message)):
        call()


# ---- tagging ----

def parity(count, seed=0):
    """Bits, and whether the number of ones up to each step is odd."""
    random = np.random.default_rng(seed)
    X = [random.integers(0, 2, random.integers(3, 12)).astype(float) for _ in range(count)]
    return X, [["odd" if total % 2 else "even" for total in np.cumsum(x)] for x in X]


def a_tagger(**parameters):
    return SequenceTagger(**{"hidden_size": 16, "bidirectional": False, "epochs": 40, "learning_rate": 0.02,
                             "random_state": 0, **parameters})


def test_parity_is_learnt():
    model = a_tagger().fit(*parity(200))
    assert model.score(*parity(100, seed=1)) > 0.97
    assert model.classes_.tolist() == ["even", "odd"]
    X, _ = parity(3, seed=2)
    assert all(isinstance(labels, list) and len(labels) == len(x) for labels, x in zip(model.predict(X), X))


def entities(count, seed=0):
    """Spans that an input of 1 begins and one of -1 ends; in between x is noise."""
    random = np.random.default_rng(seed)
    X, y = [], []
    for _ in range(count):
        x, labels, inside = random.normal(scale=0.3, size=random.integers(4, 15)), [], False
        for t in range(len(x)):
            begins = not inside and random.random() < 0.4
            ends = inside and random.random() < 0.4
            x[t] += begins - ends
            inside = (inside or begins) and not ends
            labels.append("B-SPAN" if begins else "I-SPAN" if inside else "O")
        X.append(x)
        y.append(labels)
    return X, y


@pytest.mark.parametrize("crf", [True, "bio"])
def test_a_crf_predicts_whole_paths(crf):
    X, y = entities(150)
    model = a_tagger(crf=crf, epochs=15).fit(X, y)
    new, labels = entities(50, seed=1)
    assert model.score(new, labels) > 0.85
    for path in model.predict(new) if crf == "bio" else []:
        assert all(a in ("B-SPAN", "I-SPAN") for a, b in zip(["O", *path], path) if b == "I-SPAN")
    p = model.predict_proba(new)[0]
    assert p.shape == (len(new[0]), 3) and np.allclose(p.sum(1), 1, atol=1e-5)
    if crf == "bio":
        assert p[0, model.classes_.tolist().index("I-SPAN")] == 0


def test_forbidden_labels_do_not_decay():
    X, y = entities(30)
    for optimizer in ("sgd", "adam"):
        model = a_tagger(crf="bio", epochs=2, optimizer=optimizer, weight_decay=0.1).fit(X, y)
        scores = model.network_.state_dict()["crf.transitions"]
        assert np.isneginf(scores).any() and not np.isnan(scores).any()


@pytest.mark.parametrize("crf", [False, True])
def test_padded_sequences_with_a_mask(crf):
    X, y = entities(30)
    random = np.random.default_rng(4)
    padded, labels, mask = [], [], []
    for x, of_steps in zip(X, y):
        present = np.ones(2 * len(x) + 3, bool)
        present[random.choice(len(present), len(x) + 3, replace=False)] = False
        one = np.full(len(present), np.nan)
        one[present] = x
        of_all = np.full(len(present), None, object)
        of_all[present] = of_steps
        padded.append(one)
        labels.append(of_all.tolist())
        mask.append(present)
    expected = a_tagger(crf=crf, epochs=3).fit(X, y)
    model = a_tagger(crf=crf, epochs=3).fit(padded, labels, mask=mask)
    assert np.array_equal(model.network_.parameters(), expected.network_.parameters())
    assert model.score(padded, labels, mask=mask) == expected.score(X, y)
    found = model.predict(padded, mask=mask), model.predict_proba(padded, mask=mask)
    for path, p, present, alone, of_alone in zip(*found, mask, expected.predict(X), expected.predict_proba(X)):
        assert [label for label, counts in zip(path, present) if counts] == alone
        assert all((label is None) != counts for label, counts in zip(path, present))
        assert np.array_equal(p[present], of_alone) and not p[~present].any()
    table, same = np.arange(12.0).reshape(3, 4), [[1, 1, 1, 1]] * 3
    tags = [["a", "b", "a", "b"]] * 3
    assert np.array_equal(a_tagger(crf=crf, epochs=2).fit(table, tags, mask=same).network_.parameters(),
                          a_tagger(crf=crf, epochs=2).fit(table, tags).network_.parameters())


def test_what_a_mask_refuses():
    X, y = entities(3)
    mask = [np.ones(len(x), bool) for x in X]
    refuses(lambda: a_tagger().fit(X, y, mask=mask[:2]), "mask has 2 elements, expected 3")
    refuses(lambda: a_tagger().fit(X, y, mask=[mask[0][:-1], *mask[1:]]), "mask[0] has shape")
    refuses(lambda: a_tagger().fit(X, y, mask=[2 * mask[0], *mask[1:]]), "mask[0] has an element that is not 0 or 1")
    refuses(lambda: a_tagger().fit(X, y, mask=[*mask[:2], ~mask[2]]), "mask[2] leaves out all steps of X[2]")
    refuses(lambda: a_tagger().fit(X, [*y[:2], y[2][1:]], mask=mask), "y[2] has")


def test_what_a_crf_refuses():
    X, y = entities(5)
    refuses(lambda: a_tagger(crf=True, class_weight="balanced").fit(X, y), "expected None with crf")


def test_score_is_accuracy_over_steps():
    X, y = parity(20)
    model = a_tagger(epochs=3).fit(X, y)
    found = model.predict(X)
    right = [a == b for one, other in zip(found, y) for a, b in zip(one, other)]
    assert model.score(X, y) == pytest.approx(np.mean(right)) and 0 < np.mean(right) < 1
    first_only = np.eye(20)[0]
    assert model.score(X, y, first_only) == pytest.approx(np.mean([a == b for a, b in zip(found[0], y[0])]))
    for p, labels in zip(model.predict_proba(X), found):
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
        assert model.classes_[p.argmax(axis=1)].tolist() == labels


@pytest.mark.parametrize("labels", [(0, 1), ("even", "odd"), ((0, "x"), (1, "y")), (True, False), (1, "one"),
                                    (frozenset(), frozenset([1]))])
def test_hashable_labels(labels):
    X, y = parity(20)
    named = [[labels[tag == "odd"] for tag in one] for one in y]
    model = a_tagger(epochs=5).fit(X, named)
    assert sorted(map(repr, model.classes_)) == sorted(map(repr, labels))
    assert {label for one in model.predict(X) for label in one} <= set(labels)
    assert len(model.predict(X)[0]) == len(X[0])


def test_forms_of_labels():
    X, y = parity(20)
    letters = ["".join(tag[0] for tag in one) for one in y]
    arrays = [np.array(list(one)) for one in letters]
    one, other = a_tagger(epochs=3).fit(X, letters), a_tagger(epochs=3).fit(X, arrays)
    assert one.predict(X) == other.predict(X) and one.classes_.tolist() == ["e", "o"]
    grid = np.arange(12).reshape(4, 3) % 2
    assert a_tagger(epochs=1).fit(np.zeros((4, 3, 2)), grid).classes_.tolist() == [0, 1]


def test_one_sequence_is_tagged_as_in_a_batch():
    X, y = parity(40)
    model = a_tagger(epochs=5, bidirectional=True).fit(X, y)
    together = model.predict_proba(X)
    for index in (0, 9, 33):
        np.testing.assert_allclose(model.predict_proba([X[index]])[0], together[index], rtol=1e-6)
    copy = pickle.loads(pickle.dumps(model))
    assert copy.predict(X) == model.predict(X)


def test_tagger_in_tools():
    X, y = parity(90)
    assert cross_val_score(a_tagger(), X, y, cv=3).mean() > 0.7
    search = GridSearchCV(a_tagger(), {"hidden_size": [1, 16]}, cv=KFold(2), n_jobs=2).fit(X, y)
    assert search.best_params_ == {"hidden_size": 16}


def test_class_weights_of_labels():
    random = np.random.default_rng(0)
    y = [(random.random(6) < 0.1).astype(int) for _ in range(60)]
    X = [random.standard_normal(6) + 0.6 * one for one in y]
    rare = [np.mean(np.concatenate(a_tagger(epochs=10, class_weight=weight).fit(X, y).predict(X)))
            for weight in (None, "balanced")]
    assert rare[0] < 0.12 < 0.2 < rare[1]


def test_tagger_holds_out_and_warm_start():
    X, y = parity(60)
    model = a_tagger(early_stopping=True, n_iter_no_change=2, warm_start=True, epochs=30).fit(X, y)
    first = model.history_["loss"][0]
    assert not np.isnan(model.history_["val_loss"]).any()
    assert model.fit(X, y).history_["loss"][0] < first
    refuses(lambda: model.fit(X, [["new"] * len(x) for x in X]), "y has the label 'new', which is none of classes_")


def test_wrong_labels():
    X, y = parity(4)
    refuses(lambda: a_tagger().fit(X, None), "SequenceTagger requires y to be passed")
    refuses(lambda: a_tagger().fit(X, y[:3]), "y has 3 elements, expected 4, one for each sequence of X")
    short = [*y[:2], y[2][:-1], y[3]]
    refuses(lambda: a_tagger().fit(X, short), f"y[2] has {len(y[2]) - 1} labels, expected {len(y[2])}")
    refuses(lambda: a_tagger().fit(X, [0, 1, 0, 1]), "y[0] is 0, expected a sequence of labels", TypeError)
    refuses(lambda: a_tagger().fit(X, [[[0]] * len(x) for x in X]), "y has a label that is not hashable", TypeError)
    refuses(lambda: a_tagger().fit(X, [[np.nan] * len(x) for x in X]), "y contains NaN or None as a label")
    refuses(lambda: a_tagger().fit(X, [np.zeros((len(x), 2)) for x in X]), "y[0] has 2 axes")
    model = a_tagger(epochs=1).fit(X, y)
    refuses(lambda: model.score(X, short), f"y[2] has {len(y[2]) - 1} labels, expected {len(y[2])}")


# ---- recognition ----

SHAPES = {"a": [1, 2, 1], "b": [-1, -2], "c": [2, -2, 2, -2]}


def spoken(count, seed=0):
    """Noisy shapes with gaps of random length between them, and which they are."""
    random = np.random.default_rng(seed)
    y = [random.choice(list(SHAPES), random.integers(1, 5)).tolist() for _ in range(count)]
    X = []
    for labels in y:
        parts = [np.zeros(random.integers(1, 4))]
        for label in labels:
            parts += [np.array(SHAPES[label]), np.zeros(random.integers(1, 4))]
        steps = np.concatenate(parts)
        X.append((steps + 0.2 * random.standard_normal(len(steps)))[:, None])
    return X, y


def a_recogniser(**parameters):
    return CTCRecogniser(**{"hidden_size": 24, "epochs": 30, "learning_rate": 0.02, "random_state": 0, **parameters})


@pytest.fixture(scope="module")
def recogniser():
    return a_recogniser().fit(*spoken(150))


def test_shapes_are_recognised(recogniser):
    X, y = spoken(60, seed=1)
    assert recogniser.score(X, y) > 0.95
    assert recogniser.classes_.tolist() == ["a", "b", "c"]
    assert isinstance(recogniser.predict(X)[0], list)


def test_decoders(recogniser):
    X, y = spoken(60, seed=1)
    beam = pickle.loads(pickle.dumps(recogniser)).set_params(decoder="beam", beam_width=4)
    assert beam.score(X, y) > 0.95
    # On a network that has learnt little the two differ, and the beam finds what is likelier.
    little = a_recogniser(epochs=8).fit(*spoken(100))
    greedy, searched = little.predict(X), little.set_params(decoder="beam").predict(X)
    assert greedy != searched
    refuses(lambda: a_recogniser(decoder="best").fit(X, y), "decoder is 'best', expected 'greedy' or 'beam'")


def test_one_sequence_is_recognised_as_in_a_batch(recogniser):
    X, _ = spoken(40, seed=1)
    assert [recogniser.predict([x])[0] for x in X] == recogniser.predict(X)


def test_score_of_recognition(recogniser):
    X, y = spoken(10, seed=1)
    found = recogniser.predict(X)
    assert recogniser.score(X, found) == 1
    wrong = [["z", *labels] for labels in found]
    count = sum(map(len, wrong))
    assert recogniser.score(X, wrong) == pytest.approx(1 - 10 / count)
    refuses(lambda: recogniser.score(X, [[]] * 10), "y has no labels at all")


def naive_distance(a, b):
    """By its definition."""
    if not a or not b:
        return len(a) + len(b)
    return min(naive_distance(a[1:], b) + 1, naive_distance(a, b[1:]) + 1,
               naive_distance(a[1:], b[1:]) + (a[0] != b[0]))


def test_edit_distance():
    random = np.random.default_rng(0)
    for _ in range(100):
        a, b = (random.integers(0, 3, random.integers(0, 6)).tolist() for _ in range(2))
        assert edit_distance(a, b) == naive_distance(a, b)


def test_labels_that_do_not_fit():
    X = [np.zeros((3, 1)), np.zeros((3, 1))]
    refuses(lambda: a_recogniser().fit(X, ["ab", "aab"]), "y[1] needs 4 steps, a step for each label and one between "
            "equal labels, but X[1] has 3")
    refuses(lambda: a_recogniser().fit(X, ["", ""]), "y has no labels at all")
    refuses(lambda: a_recogniser().fit(X, ["a"]), "y has 1 elements, expected 2")
    assert a_recogniser(epochs=2).fit(X, ["aa", ""]).classes_.tolist() == ["a"]  # just enough steps


def test_recogniser_in_tools():
    X, y = spoken(60)
    weights = np.r_[np.ones(50), np.zeros(10)]
    one = a_recogniser(epochs=3).fit(X, y, weights)
    other = a_recogniser(epochs=3).fit(X[:50], y[:50])
    np.testing.assert_array_equal(one.network_.parameters(), other.network_.parameters())
    assert len(cross_val_score(a_recogniser(epochs=2), X, y, cv=3)) == 3


# ---- forecasting ----

SEASON = 24


def noisy_sine(count=480, seed=0):
    return np.sin(2 * np.pi * np.arange(count) / SEASON) + 0.2 * np.random.default_rng(seed).standard_normal(count)


def a_forecaster(**parameters):
    return Forecaster(**{"horizon": 12, "window": 24, "hidden_size": 16, "epochs": 15, "random_state": 0,
                         **parameters})


def test_noisy_sine_is_forecast_better_than_by_the_last_season():
    y = noisy_sine()
    model = a_forecaster().fit(y[:360])
    ours, naive = [], []
    for begin in range(360, 468, 12):
        right = y[begin:begin + 12]
        ours.append(np.abs(model.predict(12, y=y[:begin]) - right).mean())
        naive.append(np.abs(y[begin - SEASON:begin - SEASON + 12] - right).mean())
    assert np.mean(ours) < 0.9 * np.mean(naive)
    assert model.score(y[336:]) > 0.8


def test_horizons():
    y = noisy_sine()
    model = a_forecaster(epochs=5).fit(y)
    whole = model.predict(30)
    assert whole.shape == (30,)
    np.testing.assert_array_equal(model.predict(), whole[:12])
    np.testing.assert_array_equal(model.predict([3, 1, 29]), whole[[2, 0, 28]])
    np.testing.assert_array_equal(model.predict(y=y), whole[:12])
    # What is further ahead continues from the forecasts.
    np.testing.assert_allclose(model.predict(12, y=np.r_[y, whole[:12]]), whole[12:24], rtol=1e-4, atol=1e-5)


def test_several_series_at_once():
    series = [100 * n + (n + 1) * noisy_sine(100 + 10 * n, seed=n) for n in range(4)]
    model = a_forecaster(epochs=20).fit(series)
    together = model.predict(10)
    assert together.shape == (4, 10)
    for n, one in enumerate(series):
        np.testing.assert_allclose(model.predict(10, y=one), together[n], rtol=1e-5)
        assert abs(together[n].mean() - 100 * n) < 2 * (n + 1)  # each on its level
    assert model.score(series) > 0.5


def test_channels():
    y = np.column_stack([noisy_sine(), -5 * noisy_sine(seed=1)])
    model = a_forecaster().fit(y)
    assert model.predict(7).shape == (7, 2) and model.predict(7, y=[y, y]).shape == (2, 7, 2)
    assert model.n_features_in_ == 2
    correlation = np.corrcoef(model.predict(12).T)[0, 1]
    assert correlation < -0.8


def test_covariates():
    """The series is a function of the covariate of the same step, which the past does not tell."""
    random = np.random.default_rng(0)
    X = random.standard_normal((300, 2))
    y = 3 + 2 * X[:, 0]
    model = a_forecaster(horizon=5, window=10).fit(y[:280], X[:280])
    found = model.predict(8, X=X[280:288])
    assert np.abs(found - y[280:288]).max() < 0.25 * y.std()
    np.testing.assert_allclose(model.predict(8, X=X[:288], y=y[:280]), found, rtol=1e-6)
    np.testing.assert_allclose(model.predict(8, X=[X[:288]], y=[y[:280]])[0], found, rtol=1e-6)
    assert model.score(y, X) > 0.9
    two = a_forecaster(horizon=5, window=10, epochs=2).fit([y, y[:100]], [X, X[:100]])
    assert two.predict(5, X=[X[:5], X[5:10]]).shape == (2, 5)
    refuses(lambda: model.predict(8), "X must be passed: the 2 covariates of the 8 future steps")
    refuses(lambda: model.predict(8, X=X[:5]), "X[0] has 5 steps, expected 8")
    refuses(lambda: model.predict(8, X=X[:100], y=y[:100]), "X[0] has 100 steps, expected 108, the steps of y[0] and 8")
    refuses(lambda: model.predict(8, X=X[:8, :1]), "X has 1 covariates, but Forecaster is expecting 2")
    refuses(lambda: model.fit(y, X[:100]), "X[0] has 100 steps, expected 300")
    refuses(lambda: a_forecaster(epochs=1).fit(y).predict(3, X=X[:3]), "X has 2 covariates, but Forecaster is expecting 0")


def test_quantiles_of_a_forecaster():
    source = np.random.default_rng(1)
    y = 5 + np.sin(np.arange(500) / 4) + source.normal(0, 0.3, 500)
    model = a_forecaster(quantiles=[0.9, 0.1, 0.5]).fit(y[:400])
    found = model.predict_quantiles(12)
    assert found.shape == (12, 3)
    assert (found[:, 1] <= found[:, 2]).all() and (found[:, 2] <= found[:, 0]).all()
    np.testing.assert_array_equal(model.predict(12), found[:, 2])
    inside = []
    for begin in range(400, 480, 12):
        upper, lower, _ = model.predict_quantiles(12, y=y[:begin]).T
        inside.append((y[begin:begin + 12] >= lower) & (y[begin:begin + 12] <= upper))
    assert 0.6 < np.mean(inside) < 0.95
    assert model.predict_quantiles([1, 30]).shape == (2, 3)
    assert clone(model).quantiles == [0.9, 0.1, 0.5]
    two = a_forecaster(quantiles=[0.25, 0.75], epochs=1).fit([np.c_[y, -y], np.c_[y, y]])
    assert two.predict_quantiles(5).shape == (2, 5, 2, 2)
    assert two.predict(5).shape == (2, 5, 2)
    refuses(lambda: a_forecaster(epochs=1).fit(y).predict_quantiles(), "quantiles is None, expected levels")
    refuses(lambda: a_forecaster(quantiles=[0.5, 1.5]).fit(y), "rnn_loss_set_quantiles: levels[1] is 1.5")


def test_forecaster_in_tools():
    y = noisy_sine(200)
    one, other = (a_forecaster(epochs=2, random_state=seed).fit(y) for seed in (1, 1))
    np.testing.assert_array_equal(one.predict(), other.predict())
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(one)).predict(), one.predict())
    held_out = a_forecaster(epochs=3, early_stopping=True, validation_fraction=0.2).fit([y, y])
    assert not np.isnan(held_out.history_["val_loss"]).any()
    series = [noisy_sine(80, seed) for seed in range(4)]
    search = GridSearchCV(a_forecaster(epochs=8), {"window": [2, 24]}, cv=2).fit(series)
    assert search.best_params_ == {"window": 24}


def test_windows_and_stride():
    """The windows are exactly the slices, scaled by their past."""
    y = noisy_sine(50)
    model = a_forecaster(horizon=3, window=5, stride=4)
    inputs, targets, owners = model._windows(model._series([y, y[:8]], None))
    assert owners == [0] * 11 + [1] and inputs[0].shape == (8, 2) and targets[0].shape == (8, 1)
    begin = 4 * 3
    past = y[begin:begin + 5]
    np.testing.assert_allclose(inputs[3][:, 0], np.r_[(past - past.mean()) / past.std(), 0, 0, 0], rtol=1e-5)
    np.testing.assert_array_equal(inputs[3][:, 1], [0] * 5 + [1] * 3)
    np.testing.assert_allclose(targets[3][5:, 0], (y[begin + 5:begin + 8] - past.mean()) / past.std(), rtol=1e-5)


def test_windows_that_are_held_out():
    """The last of each series; the futures of those to train on end before the futures of these."""
    model = a_forecaster(horizon=3, window=5, validation_fraction=0.2)
    training, held_out = model._last_windows([0] * 10 + [1] * 20)
    assert held_out == [8, 9, 26, 27, 28, 29]
    assert training == [*range(6), *range(10, 24)]
    refuses(lambda: model._last_windows([0, 0]), "validation_fraction is 0.2, which holds out 0 of 2 windows")
    refuses(lambda: model._last_windows([0] * 3), "which holds out 1 of 3 windows and leaves 0 to train on")


def test_wrong_series():
    y = noisy_sine(50)
    refuses(lambda: a_forecaster().fit(y[:20]), "y[0] has 20 steps, expected at least 36, a window of 24 and a horizon")
    refuses(lambda: a_forecaster().fit([]), "y has no series")
    refuses(lambda: a_forecaster().fit(np.r_[y, np.nan]), "y[0] contains NaN or infinity")
    refuses(lambda: a_forecaster().fit(["abc"]), "y[0] has elements of type", TypeError)
    refuses(lambda: a_forecaster().fit([y, y[:, None]]), "y[1] has shape (50, 1), but y[0] has (50,)")
    refuses(lambda: a_forecaster(horizon=0).fit(y), "horizon == 0, must be >= 1")
    refuses(lambda: a_forecaster(window=0).fit(y), "window == 0, must be >= 1")
    refuses(lambda: a_forecaster(loss="mse").fit(y), "loss is 'mse', expected 'squared_error'")
    model = a_forecaster(epochs=1).fit(y)
    for fh in (0, [], [0], [1.5], "x"):
        refuses(lambda fh=fh: model.predict(fh), f"fh is {fh!r}, expected an integer of at least 1")
    refuses(lambda: model.predict(3, y=y[:5]), "y[0] has 5 steps, expected at least 24, a window of 24")
    refuses(lambda: model.predict(3, y=np.zeros((50, 2))), "y has 2 channels, but Forecaster is expecting 1")
