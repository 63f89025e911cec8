"""load: files of librnn and of others, and its report."""

import json
import struct

import librnn
import numpy as np
import pytest


def foreign(tensors):
    """A safetensors file without metadata."""
    header, data = {}, b""
    for name, values in tensors.items():
        offsets = [len(data), len(data) + values.nbytes]
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": offsets}
        data += values.tobytes()
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize("as_path", [False, True])
def test_file_of_another_program(as_path, tmp_path):
    model, reports = librnn.Model(cell="lstm", input_size=3, hidden_size=4, classes=2, direction="both"), []
    source = foreign(model.state_dict())
    if as_path:
        (tmp_path / "file").write_bytes(source)
        source = tmp_path / "file"
    found = librnn.load(source, report=reports.append)
    assert repr(found) == repr(model) and (found.parameters() == model.parameters()).all()
    assert not reports[0].is_checkpoint and reports[0].tensors == model.tensors()
    assert str(reports[0]).startswith("a file of another program: <Model lstm: 3 inputs, 4 hidden units, 2 classes")


def test_tensors_that_are_not_used():
    model, reports = librnn.Model(cell="gru", input_size=3, hidden_size=4, prefix="rnn."), []
    source = foreign({**model.state_dict(), "decoder.weight": np.ones((2, 3), np.float32)})
    librnn.load(source, report=reports.append, prefix="rnn.")
    assert reports[0].unused == ("decoder.weight",)
    assert str(reports[0]).endswith("not used: decoder.weight")
    assert model.unused_tensors(foreign(model.state_dict())) == ()


def test_checkpoint():
    model, reports = librnn.Model(input_size=2, layers=[librnn.layers.Dense(3)]), []
    model.set_metadata("name", "value")
    found = librnn.load(model.to_bytes(), report=reports.append)
    assert reports[0].is_checkpoint and found.layers == model.layers and found.get_metadata("name") == "value"


def test_options_and_refusals(tmp_path):
    state = librnn.Model(input_size=2, hidden_size=3).state_dict()
    prefixed = {f"rnn.{name}": values for name, values in state.items()}
    assert librnn.load(foreign(prefixed), prefix="rnn.", cell="relu")["cell"] == "relu"
    with pytest.raises(librnn.RnnValueError, match="rnn.weight_ih_l0"):
        librnn.load(foreign(prefixed))
    with pytest.raises(librnn.RnnValueError):
        librnn.load(foreign({"weight": np.ones((2, 2), np.float32)}))
    with pytest.raises(librnn.RnnIOError):
        librnn.load(tmp_path / "none")
    damaged = bytearray(librnn.Model(input_size=2, hidden_size=3).to_bytes())
    damaged[-1] ^= 1
    with pytest.raises(librnn.RnnValueError, match="damaged"):
        librnn.load(bytes(damaged))
