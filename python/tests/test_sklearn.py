"""RNNClassifier and RNNRegressor, and what all estimators share: scikit-learn's own checks, its tools, and errors."""

import os
import pathlib
import pickle
import re
import runpy
import warnings

import numpy as np
import pytest

import librnn

pytest.importorskip("sklearn")
from sklearn.base import clone, is_classifier, is_regressor  # noqa: E402
from sklearn.exceptions import DataConversionWarning, NotFittedError  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer, StandardScaler  # noqa: E402
from sklearn.utils import estimator_checks  # noqa: E402

from librnn.sklearn import (CTCRecogniser, Forecaster, RNNClassifier, RNNRegressor, SequenceTagger,  # noqa: E402
                            from_aeon)

PYTHON = pathlib.Path(__file__).parents[1]
DATA = pathlib.Path(os.environ.get("RNN_DATA", PYTHON.parents[1] / "shared" / "data"))
ALL = [RNNClassifier, RNNRegressor, SequenceTagger, CTCRecogniser, Forecaster]


def ragged(count=60, features=2, seed=0):
    """Sequences of 4 to 12 steps; the class is the sign of the mean of feature 0."""
    random = np.random.default_rng(seed)
    X = [random.standard_normal((random.integers(4, 13), features)) for _ in range(count)]
    return X, np.array(["up" if x[:, 0].mean() > 0 else "down" for x in X])


def small(kind=RNNClassifier, **parameters):
    return kind(**{"hidden_size": 8, "epochs": 25, "batch_size": 8, "random_state": 0, **parameters})


def refuses(call, message, kind=ValueError):
    with pytest.raises(kind, match=re.escape(message)):
        call()


# ---- scikit-learn's checks ----

# Sums in another order differ in the last bit of float32, and training multiplies it: 4e-7 of 1.  The check wants 1e-7
# of each number.  test_weights_are_repetitions has the same check with a tolerance of float32.
EXPECTED = {"check_sample_weight_equivalence_on_dense_data": "computes in float32"}


@pytest.mark.parametrize("kind", [RNNClassifier, RNNRegressor])
def test_checks_of_scikit_learn(kind):
    results = estimator_checks.check_estimator(kind(), expected_failed_checks=EXPECTED, on_fail=None, on_skip=None)
    assert len(results) > 40
    failed = {one["check_name"]: one["exception"] for one in results if one["status"] == "failed"}
    assert not failed


class RowTagger(SequenceTagger):
    """A tagger with the interface of a classifier, for the checks: each step has the label of its row."""

    def fit(self, X, y, sample_weight=None):
        if y is not None and np.asarray(y).ndim == 1 and np.asarray(X).ndim == 2:
            y = [[label] * np.asarray(X).shape[1] for label in np.asarray(y).tolist()]
        return super().fit(X, y, sample_weight)

    def predict(self, X):
        return np.array([labels[-1] for labels in super().predict(X)])

    def predict_proba(self, X):
        return np.stack([rows[-1] for rows in super().predict_proba(X)])

    def score(self, X, y, sample_weight=None):
        return float(np.mean(self.predict(X) == y))


class RowRecogniser(CTCRecogniser):
    """The same: a sequence has one label."""

    def fit(self, X, y, sample_weight=None):
        if y is not None and np.asarray(y).ndim == 1:
            y = [[label] for label in np.asarray(y).tolist()]
        return super().fit(X, y, sample_weight)

    def predict(self, X):
        return np.array([(labels or [0])[0] for labels in super().predict(X)])

    def score(self, X, y):
        return float(np.mean(self.predict(X) == y))


@pytest.mark.parametrize("kind", [RowTagger, RowRecogniser])
def test_checks_of_scikit_learn_by_rows(kind):
    results = estimator_checks.check_estimator(kind(epochs=5), expected_failed_checks=EXPECTED, on_fail=None,
                                               on_skip=None)
    assert len(results) > 30
    assert not {one["check_name"]: one["exception"] for one in results if one["status"] == "failed"}


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("check", ["check_estimator_cloneable", "check_no_attributes_set_in_init",
                                   "check_parameters_default_constructible", "check_get_params_invariance",
                                   "check_set_params", "check_do_not_raise_errors_in_init_or_set_params",
                                   "check_estimator_repr", "check_valid_tag_types", "check_mixin_order"])
def test_checks_without_data(kind, check):
    getattr(estimator_checks, check)(kind.__name__, kind())


def test_kinds():
    assert is_classifier(RNNClassifier()) and is_regressor(RNNRegressor())
    assert not any(is_classifier(kind()) or is_regressor(kind()) for kind in ALL[2:])


@pytest.mark.parametrize("kind", ALL)
def test_docstrings_have_all_parameters(kind):
    for name in kind().get_params():
        assert re.search(rf"^{name} :|^    {name} :", kind.__doc__, re.M), name
    assert "<" not in kind.__doc__.split("Examples")[0]


# ---- the tools of scikit-learn ----

def test_ragged_sequences_in_a_grid_search():
    X, y = ragged(90)
    search = GridSearchCV(small(), {"hidden_size": [1, 8], "pooling": ["mean", "last_step"]}, cv=2, n_jobs=2)
    search.fit(X[:60], y[:60])
    assert len(search.cv_results_["params"]) == 4
    assert search.score(X[60:], y[60:]) >= 0.8
    assert search.best_score_ >= 0.8


def test_pipelines():
    X, y = ragged()
    of_aeon = [x.T for x in X]
    pipeline = make_pipeline(FunctionTransformer(from_aeon), small(pooling="mean"))
    assert cross_val_score(pipeline, of_aeon, y, cv=3).mean() > 0.8
    np.testing.assert_array_equal(pipeline.fit(of_aeon, y).predict(of_aeon), small(pooling="mean").fit(X, y).predict(X))

    table = np.stack([x[:4, 0] for x in X])
    classes = (table.sum(axis=1) > 0).astype(int)
    found = cross_val_predict(make_pipeline(StandardScaler(), small()), table, classes, cv=3, method="predict_proba")
    assert np.mean(found.argmax(axis=1) == classes) > 0.8


@pytest.mark.parametrize("kind, target", [(RNNClassifier, None), (RNNRegressor, lambda x: x[:, 1].mean())])
def test_pickle_and_clone(kind, target):
    X, y = ragged()
    y = y if target is None else np.array([target(x) for x in X])
    model = small(kind).fit(X, y)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict(X), model.predict(X))
    fresh = clone(model)
    assert fresh.get_params() == model.get_params()
    refuses(lambda: fresh.predict(X), "not fitted", NotFittedError)
    # A copy continues as the original does.
    for one in (model, copy):
        one.partial_fit(X, y)
    np.testing.assert_array_equal(copy.network_.parameters(), model.network_.parameters())


def test_random_state():
    X, y = ragged()
    first, same, other = (small(random_state=seed, recurrent_dropout=0.2).fit(X, y) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.predict_proba(X), same.predict_proba(X))
    assert np.abs(first.predict_proba(X) - other.predict_proba(X)).max() > 1e-4
    stream = np.random.RandomState(0)
    one, two = (small(random_state=stream).fit(X, y).predict_proba(X) for _ in range(2))
    assert np.abs(one - two).max() > 1e-4


# ---- classes ----

def test_classes_and_probabilities():
    X, y = ragged()
    model = small(pooling="mean").fit(X, y)
    assert model.classes_.tolist() == ["down", "up"] and model.n_features_in_ == 2 and model.n_iter_ == 25
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(model.predict(X), model.classes_[p.argmax(axis=1)])
    assert model.score(*ragged(100, seed=1)) > 0.85
    assert model.history_["loss"][-1] < 0.5 * model.history_["loss"][0]


@pytest.mark.parametrize("parameters", [{}, {"pooling": "mean", "bidirectional": True}, {"num_layers": 2, "cell": "lstm"}])
def test_one_sequence_is_predicted_as_in_a_batch(parameters):
    X, y = ragged()
    model = small(**parameters, epochs=3).fit(X, y)
    together = model.predict_proba(X)
    for index in (0, 7, 31):
        np.testing.assert_allclose(model.predict_proba([X[index]])[0], together[index], rtol=1e-6)


def test_containers():
    """The same sequences in all forms give the same network."""
    random = np.random.default_rng(0)
    table = random.standard_normal((40, 6))
    y = (table[:, -1] > 0).astype(int)
    forms = [table, table.tolist(), table[:, :, None], list(table), [row[:, None] for row in table],
             [row[:, None].tolist() for row in table], from_aeon(table[:, None, :])]
    models = [small(epochs=3).fit(form, y) for form in forms]
    expected = models[0].predict_proba(table)
    for model, form in zip(models, forms):
        np.testing.assert_array_equal(model.predict_proba(form), expected)
        np.testing.assert_array_equal(model.predict_proba(table[:, :, None]), expected)
    assert models[0].n_features_in_ == 6 and models[2].n_features_in_ == 1
    assert models[2].predict(table[:, :3]).shape == (40,)  # sequences may have another length
    refuses(lambda: models[0].predict(table[:, :3]), "X has 3 features, but RNNClassifier is expecting 6 features")


def test_from_aeon():
    X, _ = ragged(3)
    for one, other in zip(from_aeon([x.T for x in X]), X):
        np.testing.assert_array_equal(one, other)
    refuses(lambda: from_aeon([np.zeros(3)]), "X[0] has 1 axes, expected [channels, T]")


def test_nested_data_frame_of_sktime():
    pandas = pytest.importorskip("pandas")
    X, _ = ragged(4)
    frame = pandas.DataFrame({name: [pandas.Series(x[:, channel]) for x in X] for channel, name in enumerate("ab")})
    for one, other in zip(from_aeon(frame), X):
        np.testing.assert_array_equal(one, other)


def test_data_frame():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.random.default_rng(0).standard_normal((30, 3)), columns=list("abc"))
    model = small(epochs=2).fit(frame, frame["a"] > 0)
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    assert model.predict(frame).dtype == bool
    refuses(lambda: model.predict(frame[["c", "b", "a"]]), "feature names should match")


def test_scale_of_inputs():
    """Standardised inputs give the same network whatever their unit; without it the unit matters."""
    X, y = ragged()
    other = [1000 * x + 5 for x in X]
    plain, scaled = small(epochs=5).fit(X, y), small(epochs=5).fit(other, y)
    steps = np.concatenate(X)
    np.testing.assert_allclose(plain.mean_, steps.mean(axis=0))
    np.testing.assert_allclose(plain.scale_, steps.std(axis=0))
    np.testing.assert_allclose(plain.predict_proba(X), scaled.predict_proba(other), atol=1e-4)
    raw = small(epochs=5, standardise=False)
    assert raw.fit(X, y).scale_.tolist() == [1, 1]
    assert np.abs(raw.predict_proba(X) - clone(raw).fit(other, y).predict_proba(other)).max() > 0.01
    constant = [np.column_stack([x[:, 0], np.full(len(x), 0.1)]) for x in X]
    assert small(epochs=2).fit(constant, y).scale_[1] == 1


# ---- weights ----

def test_weights_are_repetitions():
    X, y = ragged(20)
    weights = np.random.default_rng(0).integers(0, 4, 20)
    repeated = [x for x, weight in zip(X, weights) for _ in range(weight)]
    whole = small(batch_size=100)  # the batches are the same then
    one = whole.fit(repeated, np.repeat(y, weights)).predict_proba(X)
    other = clone(whole).fit(X, y, sample_weight=weights).predict_proba(X)
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    assert np.abs(other - clone(whole).fit(X, y).predict_proba(X)).max() > 0.01
    refuses(lambda: whole.fit(X, y, np.zeros(20)), "sample_weight has only elements of zero")
    refuses(lambda: whole.fit(X, y, -np.ones(20)), "sample_weight has a negative element")
    refuses(lambda: whole.fit(X, y, np.ones(3)), "sample_weight has shape (3,), expected (20,)")


def test_class_weight():
    random = np.random.default_rng(0)
    y = (random.random(200) < 0.1).astype(int)
    X = random.standard_normal((200, 3, 1)) + 0.6 * y[:, None, None]
    plain = small(epochs=10).fit(X, y)
    balanced = small(epochs=10, class_weight="balanced").fit(X, y)
    heavy = small(epochs=10, class_weight={1: 1000}).fit(X, y)
    rare = [np.mean(model.predict(X)) for model in (plain, balanced, heavy)]
    assert rare[0] < 0.2 < rare[1] < rare[2]
    refuses(lambda: small(class_weight="none").fit(X, y), "class_weight is 'none', expected 'balanced', a dict or None")
    refuses(lambda: small(class_weight={2: 1}).fit(X, y), "class_weight has the label 2, which is none of classes_")


# ---- training ----

def test_early_stopping():
    X, y = ragged()
    random_classes = np.random.default_rng(5).permutation(y)  # nothing to learn: the held out loss soon rises
    model = small(epochs=300, early_stopping=True, validation_fraction=0.3, n_iter_no_change=3, learning_rate=0.05)
    model.fit(X, random_classes)
    losses = model.history_["val_loss"]
    assert model.n_iter_ == len(losses) == int(np.argmin(losses)) + 1 + 3 < 300
    without = clone(model).set_params(early_stopping=False, epochs=model.n_iter_).fit(X, random_classes)
    assert np.isnan(without.history_["val_loss"]).all()


def test_warm_start_and_partial_fit():
    X, y = ragged()
    warm = small(warm_start=True, epochs=4).fit(X, y)
    before = warm.history_["loss"]
    warm.fit(X, y)
    assert warm.history_["loss"][0] < before[0]
    cold = small(epochs=4).fit(X, y)
    assert cold.fit(X, y).history_["loss"] == before

    online = small()
    for _ in range(25):
        online.partial_fit(X[:30], y[:30], classes=["down", "up"]).partial_fit(X[30:], y[30:])
    assert online.score(X, y) > 0.85 and online.n_iter_ == 1
    refuses(lambda: small().partial_fit(X, y), "classes must be passed on the first call to partial_fit")
    refuses(lambda: online.partial_fit(X, ["left"] * 60), "y has the class 'left', which is none of classes_")


def test_verbose(capsys):
    X, y = ragged()
    small(epochs=2, verbose=True, early_stopping=True).fit(X, y)
    assert re.fullmatch(r"epoch 1: loss \d\.\d{4}, held out \d\.\d{4}\nepoch 2: .*\n", capsys.readouterr().out)


def test_parameters_reach_the_network():
    X, y = ragged()
    model = small(cell="lstm", hidden_size=5, num_layers=2, bidirectional=True, pooling="mean", dropout=0.1,
                  recurrent_dropout=0.2, epochs=1, optimizer="adamw", learning_rate=0.02, weight_decay=0.3,
                  max_norm=2.0, network_options={"layer_norm": 1, "forget_bias": 2.0}).fit(X, y)
    options = model.network_.options()
    expected = {"cell": "lstm", "hidden_size": 5, "layers": 2, "direction": "both", "output": "mean", "input_size": 2,
                "classes": 2, "layer_norm": 1, "forget_bias": 2.0}
    assert {name: options[name] for name in expected} == expected
    assert options["dropout"] == pytest.approx(0.1) and options["recurrent_dropout"] == pytest.approx(0.2)
    updates = model._updates
    assert updates.kind == "adamw" and updates["schedule"] == "cosine" and updates["period"] == 8
    assert [updates[name] for name in ("rate", "weight_decay", "max_norm")] == pytest.approx([0.02, 0.3, 2.0])
    assert updates["current_rate"] == pytest.approx(0)
    assert small(epochs=1, schedule="constant").fit(X, y)._updates["schedule"] == "constant"


def test_network_is_saved_for_other_programs(tmp_path):
    X, y = ragged()
    model = small().fit(X, y)
    model.network_.save(tmp_path / "model.safetensors")
    network = librnn.Model.load(tmp_path / "model.safetensors")
    logits = network.predict([((x - model.mean_) / model.scale_).astype(np.float32) for x in X])
    np.testing.assert_array_equal(librnn.softmax(logits), model.predict_proba(X).astype(np.float32))


# ---- regression ----

def test_regression():
    X, _ = ragged(150)
    y = np.array([100 + 50 * x[:, 0].mean() for x in X])
    model = small(RNNRegressor, pooling="mean", epochs=40).fit(X[:100], y[:100])
    assert model.score(X[100:], y[100:]) > 0.9
    both = np.column_stack([y, [x[:, 1].mean() for x in X]])
    model.fit(X[:100], both[:100])
    assert model.predict(X[100:]).shape == (50, 2) and model.score(X[100:], both[100:]) > 0.8
    robust = y.copy()
    robust[:5] = 1e5  # outliers
    errors = [np.abs(clone(model).set_params(loss=loss).fit(X[:100], robust[:100]).predict(X[100:]) - y[100:]).mean()
              for loss in ("squared_error", "absolute_error")]
    assert errors[1] < 0.5 * errors[0]
    refuses(lambda: small(RNNRegressor, loss="squared").fit(X, y), "loss is 'squared', expected 'squared_error'")
    model.partial_fit(X, both)
    refuses(lambda: model.partial_fit(X, y), "y has 1 numbers for each sequence, expected 2")


# ---- wrong use ----

NAN = np.array([[0, 1], [np.nan, 2]])
STRUCTURE = [
    ([], "X has no sequences"),
    (np.zeros((0, 3, 2)), "X has no sequences"),
    (np.zeros(4), "Expected 2D array, got 1D array instead"),
    (np.zeros((2, 3, 4, 5)), "X[0] has shape [3, 4, 5], expected [T, F], T steps of F features"),
    ([np.zeros((3, 2)), np.zeros((0, 2))], "X[1] has 0 steps, expected at least 1"),
    ([np.zeros((3, 0))] * 2, "X[0] has shape [3, 0], expected [T, F], T steps of F features"),
    ([np.zeros((3, 2)), np.zeros((4, 3))], "X[1] has 3 features in each step, X[0] has 2"),
    ([np.zeros((2, 7)), np.zeros((2, 5))], "if the arrays are [channels, T], use from_aeon"),
    ([np.zeros((2, 2)), NAN], "X[1] contains NaN at step 1 in feature 0; missing values must be imputed"),
    ([np.zeros((2, 2)), -np.inf * np.ones((2, 2))], "X[1] contains infinity at step 0 in feature 0"),
    (NAN, "Input X contains NaN"),
    ([[[1, 2], [3]], [[1, 2]]], "X[0] is no array"),
]


@pytest.mark.parametrize("X, message", STRUCTURE, ids=[message for _, message in STRUCTURE])
@pytest.mark.parametrize("kind", [RNNClassifier, SequenceTagger])
def test_wrong_sequences(kind, X, message):
    refuses(lambda: small(kind).fit(X, [0, 1] if kind is RNNClassifier else [[0, 1]] * 2), message)
    model = small(epochs=1).fit([np.zeros((2, 2)), np.ones((3, 2))], [0, 1])
    if "from_aeon" not in message and X is not NAN:
        refuses(lambda: model.predict(X), message)


def test_wrong_types_and_targets():
    X, y = ragged(10)
    refuses(lambda: small().fit([np.array([["a"]]), np.array([["b"]])], [0, 1]), "X[0] has elements of type", TypeError)
    refuses(lambda: small().fit(X, None), "RNNClassifier requires y to be passed, but the target y is None")
    refuses(lambda: small().fit(X, y[:4]), "y has 4 elements, expected 10, one for each sequence of X")
    refuses(lambda: small().fit(X, np.linspace(0, 1, 10)), "Unknown label type: continuous")
    refuses(lambda: small().fit(X, np.where(np.arange(10) < 5, np.nan, 1)), "Input y contains NaN")
    refuses(lambda: small(RNNRegressor).fit(X, y), "could not convert string to float")
    refuses(lambda: small().predict(X), "not fitted", NotFittedError)
    model = small(epochs=1).fit(X, y)
    refuses(lambda: model.predict([x[:, :1] for x in X]),
            "X has 1 features in each step, but RNNClassifier is expecting 2 features as input")
    refuses(lambda: model.predict(np.zeros((4, 3))), "X has 1 features in each step")
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataConversionWarning)
        with pytest.raises(DataConversionWarning):
            small(epochs=1).fit(X, y[:, None])


PARAMETERS = [
    ({"hidden_size": 0}, "hidden_size == 0, must be >= 1", ValueError),
    ({"epochs": 1.5}, "epochs must be an instance of int", TypeError),
    ({"batch_size": -1}, "batch_size == -1, must be >= 1", ValueError),
    ({"num_layers": "2"}, "num_layers must be an instance of int", TypeError),
    ({"learning_rate": 0}, "learning_rate == 0, must be > 0", ValueError),
    ({"dropout": 1.0}, "dropout == 1.0, must be <= 0.99", ValueError),
    ({"validation_fraction": 1.0}, "validation_fraction == 1.0, must be < 1", ValueError),
    ({"cell": "gruu"}, "cell 'gruu' is unknown; did you mean 'gru'?", ValueError),
    ({"pooling": "every_step"}, "pooling is 'every_step', expected 'last_step' or 'mean'", ValueError),
    ({"optimizer": "adamax"}, "optimizer 'adamax' is unknown; did you mean", ValueError),
    ({"schedule": "linear"}, "schedule is 'linear', expected 'cosine' or 'constant'", ValueError),
    ({"network_options": {"layer_nrom": 1}}, "did you mean 'layer_norm'?", TypeError),
    ({"network_options": 3}, "network_options is 3, expected a dict or None", TypeError),
    ({"random_state": "x"}, "cannot be used to seed", ValueError),
]


@pytest.mark.parametrize("parameters, message, kind", PARAMETERS, ids=[str(one) for one, _, _ in PARAMETERS])
def test_wrong_parameters(parameters, message, kind):
    refuses(lambda: small(**parameters).fit(*ragged(8)), message, kind)


# ---- examples and real data ----

@pytest.mark.parametrize("name, low", [("sklearn_classify", 0.85), ("sklearn_tag", 0.9)])
def test_example(name, low, capsys):
    assert low <= runpy.run_path(str(PYTHON / "examples" / f"{name}.py"))["main"]() <= 1
    assert capsys.readouterr().out


def test_japanese_vowels(capsys):
    folder = DATA / "timeseries" / "JapaneseVowels"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here; RNN_DATA may name another folder of data")
    right, _ = runpy.run_path(str(PYTHON / "bench" / "japanese_vowels.py"))["main"](folder, 1)["librnn RNNClassifier"]
    assert right >= 0.97
    assert "98" in capsys.readouterr().out
