"""Session: what one thread needs to run or train a network."""

from __future__ import annotations

from ctypes import byref, c_double, c_int32, c_int64, c_size_t, c_void_p
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from . import _abi, _layouts
from ._arguments import (Floats, Integers, choice, counted, empty, flags, integer, lengths_of, optional, real, reals, text,
                         whole)
from ._errors import RnnError, RnnTypeError, RnnValueError, unknown
from ._handle import Handle, view
from ._library import library

if TYPE_CHECKING:
    from .layers import Layer
    from .loss import Loss
    from .model import Model

State = Literal["h", "c", "n", "m"]


class Session(Handle):
    """What one thread needs to run or train a network: states, saved activations and gradients.

    Parameters
    ----------
    model : Model
        The network; any number of sessions may read it at once.
    training : bool
        Whether `backward` is possible.  A session for inference is smaller.
    batch : int
        B, the sequences that run side by side; `reset_state` changes it.
    threads : int
        Threads of this session.  The results do not depend on their number.

    Notes
    -----
    Arrays are time-major: x is [T,B,I], or tokens [T,B]; y is [T,B,Y], or [B,Y] for a network with one output for each
    sequence.  Arrays of float32 (int32 for tokens) without gaps are used in place.  Other real numbers are converted.
    One thread at a time may use a session; sessions in several threads run in parallel.

    Examples
    --------
    >>> import numpy as np
    >>> from librnn import Loss, Model
    >>> model = Model(cell="gru", input_size=3, hidden_size=8, classes=2)
    >>> x, targets = np.ones((5, 4, 3)), np.zeros((5, 4), int)      # [T,B,I] and [T,B]
    >>> loss = Loss("cross_entropy")
    >>> with Session(model, training=True, batch=4) as session:
    ...     for _ in range(20):
    ...         session.reset_state()
    ...         value, dy = loss(session.forward(x), targets)
    ...         session.zero_gradients()
    ...         session.backward(dy)
    ...         session.sgd_step(0.5)
    >>> value < 0.1
    True
    """

    def __init__(self, model: Model, training: bool = False, batch: int = 1, threads: int = 1) -> None:
        mode = _abi.TRAINING if training else _abi.INFERENCE
        self._own("rnn_session_create", "rnn_session_destroy", model, mode)
        self.training = bool(training)
        self._shapes, self._count = model.tensors(), model._count_parameters()
        self._tokens, self._inputs = int(model["vocabulary"]), int(model["input_size"])
        self._hidden = int(model["hidden_size"])
        self._recurrent = int(model["projection_size"] or self._hidden)
        self._every_step, self._outputs = model.every_step, model.output_size
        self._rows = int(model["layers"]) * model.directions  # of a state
        self._list = model.layers if model._is_list else []
        self._run: tuple[int, int, int] | None = None  # steps, batch and steps of y of the last forward
        self._recomputes = False
        self._x: Floats | None = None  # what the library reads in backward
        self.batch = 1
        if batch != 1:
            self.reset_state(batch)
        if threads != 1:
            self.set_threads(threads)

    # ---- settings ----

    def reserve(self, steps: int, batch: int) -> None:
        """Take all memory for up to `steps` time steps of up to `batch` sequences.  Optional."""
        library.rnn_session_reserve(self, integer("steps", steps), integer("batch", batch))

    def set_threads(self, threads: int) -> None:
        """Use so many threads, 1 to 1024.  A child of fork must call this before it uses a session with threads."""
        library.rnn_session_set_threads(self, integer("threads", threads))

    def set_recompute(self, steps: int) -> None:
        """Keep the activations of `steps` time steps only, and compute the others again in `backward`; 0: keep all.

        The session then keeps the x of `forward` until `backward` has returned; it must not be changed before.
        """
        library.rnn_session_set_recompute(self, integer("steps", steps))
        self._recomputes, self._x = steps > 0, None

    def seed_dropout(self, seed: int) -> None:
        """Seed the masks of dropout and zoneout."""
        library.rnn_session_seed_dropout(self, integer("seed", seed, c_int64))

    # ---- state ----

    def reset_state(self, batch: int | None = None) -> None:
        """Begin new sequences: a state of zeros for `batch` sequences, by default as many as before."""
        batch = self.batch if batch is None else integer("batch", batch)
        library.rnn_reset_state(self, batch)
        self.batch = batch

    def _state(self, kind: str) -> dict[str, int]:
        """The axes of a state; of a list of layers, elements of all recurrent ones, one after the other."""
        if self._list:
            return {"elements": sum(map(partial(self._elements, kind), self._list))}
        width = {"R": self._recurrent} if kind == "h" else {"H": self._hidden}
        return {"L*D": self._rows, "B": self.batch, **width}

    def _elements(self, kind: str, layer: Layer) -> int:
        """Of the state of one layer."""
        option = layer.options.get
        has = {"h": True, "c": option("cell") in ("lstm", "slstm", "mingru_highway")}
        if layer.kind != "recurrent" or not has.get(kind, option("cell") == "slstm"):
            return 0
        rows = int(option("layers", 1)) * (2 if option("direction") == "both" else 1) * self.batch
        hidden = int(layer.options["hidden_size"])
        return rows * int(option("projection_size", hidden) if kind == "h" else hidden)

    def _read_state(self, function: str, kind: str) -> Floats:
        number, values = choice("kind", kind, "state"), empty(self._state(kind))
        getattr(library, function)(self, number, *counted(values))
        return values

    def _write_state(self, function: str, values: Any, kind: str) -> None:
        number, array = choice("kind", kind, "state"), reals("values", values, self._state(kind))
        getattr(library, function)(self, number, *counted(array))

    def get_state(self, kind: State = "h") -> Floats:
        """A copy of the state: h [L*D,B,R], or c, n or m [L*D,B,H] of cells that have it.

        Of a list of layers it is flat: the states of all recurrent layers, one after the other.
        """
        return self._read_state("rnn_session_get_state", kind)

    def set_state(self, values: npt.ArrayLike, kind: State = "h") -> None:
        """Set the initial state of the next call; shapes as in `get_state`."""
        self._write_state("rnn_session_set_state", values, kind)

    def get_state_gradient(self, kind: State = "h") -> Floats:
        """The gradient with respect to the initial state, after `backward`."""
        return self._read_state("rnn_session_get_state_gradient", kind)

    def set_state_gradient(self, values: npt.ArrayLike, kind: State = "h") -> None:
        """Set the gradient with respect to the final state, for the next `backward`."""
        self._write_state("rnn_session_set_state_gradient", values, kind)

    def select_state(self, rows: npt.ArrayLike) -> None:
        """Sequence i of the state becomes a copy of sequence rows[i]; rows [new B]."""
        array = whole("rows", rows, {"B": None}, 0, self.batch - 1)
        library.rnn_session_select_state(self, *counted(array))
        self.batch = len(array)

    def get_row_state(self, row: int) -> Floats:
        """A copy of the whole state of one sequence of the batch, flat; it fits every session of the same network."""
        count = c_size_t()
        library.rnn_session_row_state_count(self, byref(count))
        values = np.empty(count.value, np.float32)
        library.rnn_session_get_row_state(self, integer("row", row), *counted(values))
        return values

    def set_row_state(self, row: int, values: npt.ArrayLike) -> None:
        """Set the whole state of one sequence from what `get_row_state` gave."""
        count = c_size_t()
        library.rnn_session_row_state_count(self, byref(count))
        array = reals("values", values, {"elements": count.value})
        library.rnn_session_set_row_state(self, integer("row", row), *counted(array))

    def reset_row(self, row: int) -> None:
        """Begin a new sequence in one row of the batch, while the others go on."""
        library.rnn_session_reset_row(self, integer("row", row))

    # ---- running ----

    def _input(self, x: Any, axes: dict[str, int | None], mask: Any = None) -> Floats | Integers:
        """x of these axes, to which I is added for real numbers.  Tokens that a mask leaves out may be anything."""
        if self._tokens and mask is not None:
            return whole("x", np.where(flags("mask", mask, axes), whole("x", x, axes), 0), axes, 0, self._tokens - 1)
        if self._tokens:
            return whole("x", x, axes, 0, self._tokens - 1)
        return reals("x", x, {**axes, "I": self._inputs})

    def _y(self, steps: int | None, batch: int | None) -> dict[str, Any]:
        """The axes of y: [T,B,Y], or [B,Y] where a sequence has one output."""
        axes = {"B": batch, "Y": self._outputs}
        return {"T": steps, **axes} if self._every_step else axes

    def forward(self, x: npt.ArrayLike, lengths: npt.ArrayLike | None = None, out: Floats | None = None, *,
                mask: npt.ArrayLike | None = None, resets: npt.ArrayLike | None = None) -> Floats:
        """Run the network over all steps of a batch, from the state, which then is that after the last step.

        Parameters
        ----------
        x
            Real numbers [T,B,I], or tokens [T,B] from 0 to V-1.
        lengths
            Valid steps of each sequence [B], 0 to T; default T.  y is 0 past the end of a sequence.
        out
            An array of float32 in the shape of y to overwrite; default a new one.
        mask
            Booleans [T,B]: False for steps that are left out, such as left padding.  The state passes them unchanged,
            and their y is 0.
        resets
            Booleans [T,B]: True where an episode begins: before that step the state returns to its initial value, and
            `backward` stops there.  Not for networks that need whole sequences.

        Returns
        -------
        y
            [T,B,Y], or [B,Y] for a network with one output for each sequence.  A list of layers with strides or without
            padding has fewer steps: see `output_lengths`.

        Raises
        ------
        RnnValueError
            A wrong shape, or a token or length out of range.

        Examples
        --------
        >>> import numpy as np
        >>> from librnn import Model
        >>> session = Session(Model(input_size=3, hidden_size=4), batch=2)
        >>> session.forward(np.zeros((5, 2, 3))).shape
        (5, 2, 4)
        >>> session.forward(np.zeros((5, 3, 2)))
        Traceback (most recent call last):
        ...
        librnn.RnnValueError: x has shape [5, 3, 2], expected [T, 2, 3] (T, B, I)
        """
        array = self._input(x, {"T": None, "B": self.batch}, mask)
        steps = len(array)
        rows: dict[str, int | None] = {"T": steps, "B": self.batch}
        kept, begins = optional(flags, "mask", mask, rows), optional(flags, "resets", resets, rows)
        valid = lengths_of(lengths, self.batch, steps)
        left = self._output_steps(steps)
        y = self._output(out, self._y(left, self.batch), array)
        function = library.rnn_forward_tokens if self._tokens else library.rnn_forward
        try:
            if kept is not None:
                library.rnn_session_set_step_mask(self, *counted(kept))
            if begins is not None:
                library.rnn_session_set_resets(self, *counted(begins))
            function(self, *counted(y if y.size else None), *counted(array), *counted(valid), steps)
        except RnnError:  # what is set is for this run alone
            library.rnn_session_set_step_mask(self, None, 0)
            library.rnn_session_set_resets(self, None, 0)
            raise
        self._run = steps, self.batch, left
        self._x = array if self._recomputes else None  # type: ignore[assignment]
        return y

    def _output_steps(self, steps: int) -> int:
        if not (self._list and steps):
            return steps
        left = c_size_t()
        library.rnn_session_output_steps(self, steps, byref(left))
        return left.value

    def output_lengths(self) -> Integers:
        """The steps that each sequence has in the y of the last `forward`, [B]; 1 or 0 with one output each."""
        lengths = np.empty(self.batch, np.int32)
        library.rnn_session_output_lengths(self, *counted(lengths))
        return lengths

    @staticmethod
    def _output(out: Floats | None, axes: dict[str, int], x: npt.NDArray[Any]) -> Floats:
        if out is None:
            return empty(axes)
        if not (isinstance(out, np.ndarray) and out.dtype == np.float32 and out.flags.carray):
            raise RnnTypeError("out must be a writeable array of float32 without gaps")
        if np.may_share_memory(out, x):
            raise RnnValueError("out shares memory with x")
        return reals("out", out, axes)

    def step(self, x: npt.ArrayLike) -> Floats | None:
        """Run one time step, for streams: y [B,Y] for x [B,I] or tokens [B].  See `bind_step` for the fastest way.

        None where a list of layers has no output at this step.
        """
        array = self._input(x, {"B": self.batch})
        y = np.empty((self.batch, self._outputs), np.float32)
        function = library.rnn_step_tokens if self._tokens else library.rnn_step
        function(self, *counted(y), *counted(array))
        return y if self._has_output() else None

    def _has_output(self) -> bool:
        if not self._list:
            return True
        has = c_int32()
        library.rnn_session_has_output(self, byref(has))
        return bool(has.value)

    def bind_step(self) -> BoundStep:
        """A step with its arguments prepared, for the batch that the session has now.

        Examples
        --------
        >>> from librnn import Model
        >>> step = Session(Model(input_size=3, hidden_size=4)).bind_step()
        >>> step.x[0] = 1.0, 2.0, 3.0
        >>> step().shape
        (1, 4)
        """
        return BoundStep(self)

    # ---- training ----

    def backward(self, dy: npt.ArrayLike | None, want_dx: bool = False) -> Floats | None:
        """Back-propagation through time over the last `forward`; adds to the gradients of the parameters.

        Parameters
        ----------
        dy
            The gradient of the loss with respect to y, in its shape.  None: only that of `set_state_gradient`.
        want_dx
            Whether to return the gradient with respect to x [T,B,I].

        Raises
        ------
        RnnStateError
            There is no `forward` to go back through, or the parameters have changed since.
        """
        # None: the library says that there is nothing to go back through.
        steps, batch, left = self._run or (None, None, None)
        gradient = optional(reals, "dy", dy, self._y(left, batch))
        dx = np.empty((steps or 0, batch or 0, self._inputs), np.float32) if want_dx else None
        library.rnn_backward(self, *counted(dx), *counted(gradient))
        self._x = None
        return dx

    def add_transition_gradients(self, loss: Loss) -> None:
        """CRF: add the gradients of the transitions in the last call of the loss; once for each `backward`."""
        library.rnn_session_add_transition_gradients(self, loss)

    def zero_gradients(self) -> None:
        """Set the gradients of all parameters to 0."""
        library.rnn_zero_gradients(self)

    def gradients(self) -> Floats:
        """The flat block of gradients, [N], in the order of the parameters: a view, to read and to write."""
        return view(self, "rnn_session_gradients")

    def named_gradients(self) -> dict[str, Floats]:
        """Views of the gradients by name, in the shapes of the parameters, to read and to write."""
        return _layouts.by_name(self.gradients(), self._shapes)

    def get_gradient(self, name: str) -> Floats:
        """A copy of the gradient of one parameter."""
        if name not in self._shapes:
            raise RnnValueError(unknown("parameter", name, self._shapes), _abi.E_NAME)
        values = np.empty(self._shapes[name], np.float32)
        library.rnn_session_get_gradient(self, text("name", name), *counted(values))
        return values

    def add_gradients(self, values: npt.ArrayLike) -> None:
        """Add gradients [N], such as those of a session that ran another part of the batch."""
        array = reals("values", values, {"N": self._count})
        library.rnn_session_add_gradients(self, *counted(array))

    def clip_gradient_norm(self, max_norm: float) -> float:
        """Scale all gradients so that their norm is at most `max_norm`; returns the norm before."""
        norm = c_double()
        library.rnn_session_clip_gradient_norm(self, byref(norm), real("max_norm", max_norm))
        return norm.value

    def clip_gradient_value(self, max_abs: float) -> None:
        """Clip each gradient to [-max_abs, max_abs]."""
        library.rnn_session_clip_gradient_value(self, real("max_abs", max_abs))

    def sgd_step(self, rate: float) -> None:
        """Gradient descent: parameter -= rate * gradient.  Changes the model."""
        library.rnn_sgd_step(self, real("rate", rate))

    def __repr__(self) -> str:
        return f"<{self._name()} for {'training' if self.training else 'inference'}: batch {self.batch}>"


class BoundStep:
    """One time step whose arguments are converted once; made by `Session.bind_step`.

    Notes
    -----
    ``step()`` runs on what is in `x`; ``step(x)`` copies x there first.  Both return `y`, the same array at every call;
    or None where a list of layers has no output at this step.
    """

    @property
    def x(self) -> Any:
        """What the next call reads: float32 [B,I], or tokens, int32 [B]."""
        return self._x

    @property
    def y(self) -> Floats:
        """What a call overwrites: float32 [B,Y]."""
        return self._y

    def __init__(self, session: Session) -> None:
        batch, tokens = session.batch, session._tokens
        self._x: Any = np.zeros(batch, np.int32) if tokens else np.zeros((batch, session._inputs), np.float32)
        self._y: Floats = np.zeros((batch, session._outputs), np.float32)
        self._session, self._shape, self._may_lack = session, self._x.shape, bool(session._list)
        self._type = self._x.dtype
        name = "rnn_step_tokens" if tokens else "rnn_step"
        arguments: list[Any] = []
        for array in (self._y, self._x):
            arguments += [c_void_p(array.ctypes.data), c_size_t(array.size)]
        self._checked = getattr(library, name)
        # The handle is kept: after close() the call fails in the library, not here.
        self._run = partial(library.unchecked(name), session._as_parameter_, *arguments)

    def __call__(self, x: Any = None) -> Any:
        if x is not None:
            self._copy(x)
        if self._run() < 0:
            self._checked(*self._run.args)  # once more, for the message
        return None if self._may_lack and not self._session._has_output() else self._y

    def _copy(self, x: Any) -> None:
        if type(x) is np.ndarray and x.dtype is self._type and x.shape == self._shape:
            np.copyto(self._x, x)
        else:
            self._x[...] = self._session._input(x, {"B": len(self._x)})
