"""load: a network from a file of any writer, with a report of what was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _abi
from ._errors import RnnValueError
from .model import Model, PathOrBytes

if TYPE_CHECKING:
    from typing_extensions import Unpack


@dataclass(frozen=True)
class LoadReport:
    """What `load` found in a file; ``str`` of it is a text for people."""

    is_checkpoint: bool
    """Whether librnn wrote the file; else the options were inferred from names and shapes of its tensors."""
    network: str
    """The kind of the network and its sizes."""
    tensors: dict[str, tuple[int, ...]]
    """Names and shapes of the parameters that were read."""
    unused: tuple[str, ...] = ()
    """Names of the tensors of the file that the network does not have."""

    def __str__(self) -> str:
        writer = "a checkpoint of librnn" if self.is_checkpoint else "a file of another program"
        tensors = (f"  {name} {list(shape)}" for name, shape in self.tensors.items())
        unused = (f"  not used: {name}" for name in self.unused)
        return "\n".join([f"{writer}: {self.network}", *tensors, *unused])


def load(source: PathOrBytes, *, report: Callable[[LoadReport], Any] | None = None,
         **options: Unpack[_abi.ModelOptions]) -> Model:
    """Read a network from a safetensors file of librnn or of another program.

    Parameters
    ----------
    source
        Path or bytes.  A file of another program is one such as the ``state_dict`` of a PyTorch module; its cell and
        its sizes are inferred from the names and shapes of its tensors.
    report
        A function, such as ``print``, that is called with a `LoadReport` of what was found.
    **options
        As in `Model.load`: what a file of another program does not determine.

    Raises
    ------
    RnnIOError
        The file cannot be read.
    RnnValueError
        The file is malformed, or no network is found in it.

    Examples
    --------
    >>> model = Model(cell="gru", input_size=3, hidden_size=2)
    >>> load(model.to_bytes(), report=print)
    a checkpoint of librnn: <Model gru: 3 inputs, 2 hidden units, 42 parameters>
      weight_ih_l0 [6, 3]
      weight_hh_l0 [6, 2]
      bias_ih_l0 [6]
      bias_hh_l0 [6]
    <Model gru: 3 inputs, 2 hidden units, 42 parameters>
    """
    is_checkpoint = True
    try:
        model = Model.load(source)
    except RnnValueError as error:
        if error.status != _abi.E_FORMAT:
            raise
        is_checkpoint = False
    if options or not is_checkpoint:
        model = Model._inferred(source, options)
    if report is not None:
        report(LoadReport(is_checkpoint, repr(model), model.tensors(), model.unused_tensors(source)))
    return model
