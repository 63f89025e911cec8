"""librnn: recurrent neural networks, trained and run on the CPU.

    import librnn

    model = librnn.Model(cell="lstm", input_size=40, hidden_size=128, classes=10, output="last_step")
    trainer = librnn.Trainer(model, "adam", "cross_entropy", epochs=20)
    trainer.fit(x, y)                       # x: a list of arrays [T,40] of any lengths, y: the class of each
    model.save("model.safetensors")

or, with a loop of one's own, see `Session`.  Letters for shapes: T time steps, B batch, I input features, V vocabulary,
H hidden units, C classes, L layers, D directions, Y outputs of the network.
"""

from . import layers
from ._abi import VERSION as __version__
from ._errors import RnnError, RnnIOError, RnnMemoryError, RnnStateError, RnnTypeError, RnnValueError
from ._library import build_info, library_path, library_version, use_library
from ._load import LoadReport, load
from .attention import Attention
from .callbacks import Callback, Checkpoint, EarlyStopping, History, Progress, ReduceOnPlateau
from .dataset import Dataset
from .decoder import Decoder, Result, by_prefix
from .loss import Batch, Loss, softmax, softmax_cross_entropy
from .model import Model
from .optimizer import Optimizer
from .session import BoundStep, Session
from .trainer import Evaluation, Trainer

__all__ = [
    "Attention", "Batch", "BoundStep", "Callback", "Checkpoint", "Dataset", "Decoder", "EarlyStopping", "Evaluation",
    "History", "LoadReport", "Loss", "Model", "Optimizer", "Progress", "ReduceOnPlateau", "Result", "RnnError",
    "RnnIOError", "RnnMemoryError", "RnnStateError", "RnnTypeError", "RnnValueError", "Session", "Trainer",
    "__version__", "build_info", "by_prefix", "layers", "library_path", "library_version", "load",
    "softmax", "softmax_cross_entropy", "use_library",
]
