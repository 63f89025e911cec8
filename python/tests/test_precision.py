"""Weights of fewer bits for inference."""

import copy
import pickle

import librnn
import numpy as np
import pytest

from common import refuses, refuses_status
from librnn import Model, RnnStateError, _abi

T, B = 7, 3
X = np.random.default_rng(1).uniform(-1, 1, (T, B, 5)).astype(np.float32)


def run(model):
    session = librnn.Session(model, training=False)
    session.reset_state(B)
    y = session.forward(X)
    session.close()
    return y


@pytest.fixture(params=["bf16", "int8"])
def precision(request):
    return request.param


def a_network(**options):
    return Model(cell="lstm", input_size=5, hidden_size=20, layers=2, classes=3, seed=1, **options)


def test_precision_of_a_new_network(precision):
    plain, narrow = a_network(), a_network(precision=precision)
    assert narrow["precision"] == precision
    np.testing.assert_array_equal(plain.parameters(), narrow.parameters())
    y, near = run(plain), run(narrow)
    assert not (y == near).all()
    np.testing.assert_allclose(near, y, atol=0.02)


def test_precision_changes(precision):
    model = a_network()
    y = run(model)
    model.set_precision(precision)
    np.testing.assert_array_equal(run(model), run(a_network(precision=precision)))
    model.set_precision("float32")
    np.testing.assert_array_equal(run(model), y)


def test_precision_of_a_file(precision, tmp_path):
    model = a_network()
    model.set_metadata("note", "kept")
    model.save(tmp_path / "model.safetensors")
    for source in (tmp_path / "model.safetensors", model.to_bytes()):
        loaded = Model.load(source, precision=precision)
        assert loaded["precision"] == precision and loaded.get_metadata("note") == "kept"
        np.testing.assert_array_equal(run(loaded), run(a_network(precision=precision)))
        assert Model.load(loaded.to_bytes())["precision"] == "float32"


def test_layers(precision):
    layers = [librnn.layers.Conv1d(6, kernel_size=3), librnn.layers.Recurrent(cell="gru", hidden_size=9),
              librnn.layers.Dense(2)]
    model = Model(layers=layers, input_size=5, precision=precision)
    plain = Model(layers=layers, input_size=5)
    np.testing.assert_allclose(run(model), run(plain), atol=0.02)


def test_refusals(precision):
    model = a_network(precision=precision)
    refuses_status(lambda: librnn.Session(model, training=True), _abi.E_UNSUPPORTED)
    session = librnn.Session(model, training=False)
    refuses(lambda: model.set_precision("float32"), "rnn_model_set_precision: the model has 2 references", RnnStateError)
    session.close()
    model.set_precision("float32")
    refuses(lambda: model.set_precision("int4"), "precision 'int4' is unknown")
    refuses(lambda: a_network(precision="int4"), "precision 'int4' is unknown")


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies(make, precision):
    model = a_network(precision=precision)
    np.testing.assert_array_equal(run(make(model)), run(model))


def test_file_in_bf16(tmp_path):
    model = a_network()
    model.save(tmp_path / "whole.safetensors")
    model.save(tmp_path / "half.safetensors", precision="bf16")
    assert (tmp_path / "half.safetensors").stat().st_size < (tmp_path / "whole.safetensors").stat().st_size
    loaded = Model.load(tmp_path / "half.safetensors", precision="bf16")
    np.testing.assert_array_equal(run(loaded), run(a_network(precision="bf16")))
    refuses_status(lambda: model.save(tmp_path / "none.safetensors", precision="int8"), _abi.E_VALUE)
    with pytest.raises(ValueError):
        model.save(tmp_path / "none.safetensors", precision="int4")


def test_released_parameters(precision):
    model = a_network(precision=precision)
    y = run(model)
    model.release_parameters()
    np.testing.assert_array_equal(run(model), y)
    for refused in (model.parameters, model.to_bytes, lambda: model.set_precision("float32")):
        with pytest.raises(RnnStateError):
            refused()
    assert "parameters>" in repr(model)
    refuses_status(lambda: a_network().release_parameters(), _abi.E_UNSUPPORTED)


def test_release_keeps_the_memory_of_arrays(precision):
    model = a_network(precision=precision)
    other, arrays = copy.copy(model), [model.parameters(), model.named_parameters()["head.weight"][1:]]
    expected = [array.copy() for array in arrays]
    for network in (model, other):
        refuses(network.release_parameters, "release_parameters: there are arrays of the parameters", RnnStateError)
    del arrays[0]
    refuses(model.release_parameters, "release_parameters: there are arrays of the parameters", RnnStateError)
    np.testing.assert_array_equal(arrays[0], expected[1])
    y = run(model)
    del arrays[0]
    model.release_parameters()
    np.testing.assert_array_equal(run(other), y)


# ---- attention ----

def attend(attention):
    attention.set_memory(X)
    return attention.forward(X[:2])[0]


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_attention(make, precision):
    plain, narrow = (librnn.Attention("general", 5, 5, seed=1, **options) for options in ({}, {"precision": precision}))
    assert (plain["precision"], narrow["precision"]) == ("float32", precision)
    y = attend(narrow)
    assert 0 < np.abs(attend(plain) - y).max() < 0.05
    copied = make(narrow)
    assert copied["precision"] == precision
    np.testing.assert_array_equal(attend(copied), y)
    plain["precision"] = precision
    np.testing.assert_array_equal(attend(plain), y)
    refuses_status(lambda: narrow.step(librnn.Optimizer("sgd", 25)), _abi.E_UNSUPPORTED)
