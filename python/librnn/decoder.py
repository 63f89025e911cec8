"""Decoder: from logits to labels and tokens."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import POINTER, byref, c_double, c_float, c_int32, c_size_t
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arguments import Floats, Integers, choice, counted, integer, lengths_of, reals
from ._calls import Call
from ._errors import RnnTypeError
from ._handle import Optioned
from ._library import library
from .session import Session

if TYPE_CHECKING:
    from typing_extensions import Unpack

Kind = Literal["ctc_greedy", "ctc_beam", "beam", "sampling"]
Generator = Callable[[Integers, Integers], npt.ArrayLike]


class Result(NamedTuple):
    """What a decoder found.

    Attributes
    ----------
    tokens, steps, scores : array
        Labels or tokens, with the step and the score (a log probability) of each.
    score : float
        The score of the whole.
    """

    tokens: Integers
    steps: Integers
    scores: Floats
    score: float


class Decoder(Optioned):
    """A decoder, with its options.

    Parameters
    ----------
    kind : str
        ``"ctc_greedy"`` and ``"ctc_beam"`` for `decode`, ``"beam"`` for `search`, ``"sampling"`` for `sample`.
    blank : int
        CTC: the class that stands for no label.
    beam_width, results, start_token, end_token, minimum_length, maximum_length, length_penalty
        Options of beam searches, see ``rnn.h``.
    temperature, top_k, top_p, random_state
        Options of sampling.

    Examples
    --------
    >>> import numpy as np
    >>> decoder = Decoder("ctc_greedy")
    >>> logits = 10 * np.eye(3)[[1, 1, 0, 2]][:, None]      # [T,B,C]: the path 1 1 blank 2
    >>> [[best]] = decoder.decode(logits)
    >>> best.tokens, best.steps
    (array([1, 2], dtype=int32), array([0, 3], dtype=int32))
    """

    _options = _abi.OPTIONS["Decoder"]
    _prefix = "rnn_decoder"

    def __init__(self, kind: Kind, **options: Unpack[_abi.DecoderOptions]) -> None:
        self.kind: str = kind
        self._own("rnn_decoder_create", "rnn_decoder_destroy", choice("kind", kind, "decoder"))
        self._defaults = self.options()
        self._set_all(options)

    def decode(self, logits: npt.ArrayLike, lengths: npt.ArrayLike | None = None) -> list[list[Result]]:
        """CTC: for each sequence of logits [T,B,C] its results, best first; one of ``ctc_greedy``."""
        array = reals("logits", logits, dict.fromkeys("TBC"))
        steps, batch, classes = array.shape
        valid, handle = lengths_of(lengths, batch, steps), self._as_parameter_
        library.rnn_decoder_decode(handle, *counted(array), *counted(valid), steps, batch, classes)
        return [self._results(handle, sequence) for sequence in range(batch)]

    @staticmethod
    def _results(decoder: Any, sequence: int) -> list[Result]:
        """Copies of the results of a sequence."""
        count, results = c_size_t(), []
        library.rnn_decoder_get_result_count(decoder, sequence, byref(count))
        for rank in range(count.value):
            arrays: list[Any] = [POINTER(c_int32)(), POINTER(c_int32)(), POINTER(c_float)()]
            size, score = c_size_t(), c_double()
            library.rnn_decoder_get_result(decoder, sequence, rank, *map(byref, arrays), byref(size), byref(score))
            copies: list[Any] = [np.array(array[:size.value] if array else (), dtype)
                                 for array, dtype in zip(arrays, (np.int32, np.int32, np.float32))]
            results.append(Result(copies[0], copies[1], copies[2], score.value))
        return results

    def search(self, generator: Session | Generator, classes: int | None = None) -> list[Result]:
        """Beam search: the results, best first.

        Parameters
        ----------
        generator
            A Session of a network of tokens, with the state of one sequence; or a function(tokens, parents) that
            returns logits [rows,C].  Row i continues row parents[i] of the call before and reads tokens[i].
        classes
            C, for a function.

        Notes
        -----
        An exception in the function ends the search and is raised here.
        """
        session = generator if isinstance(generator, Session) else None
        if session is not None and classes is None:
            classes = session._outputs
        width = integer("classes", classes)
        function: Any = generator

        def ask_session(_user: Any, logits: Any, count: int, tokens: Any, parents: Any, rows: int) -> int:
            assert session is not None
            status: int = library.rnn_session_next(session._as_parameter_, logits, count, tokens, parents, rows)
            session.batch = rows
            return status

        def ask_function(_user: Any, logits: Any, _count: int, tokens: Any, parents: Any, rows: int) -> int:
            read, after = (np.ctypeslib.as_array(pointer, (rows,)).copy() for pointer in (tokens, parents))
            answer = reals("what the generator returned", function(read, after), {"rows": rows, "C": width})
            np.ctypeslib.as_array(logits, (rows, width))[:] = answer
            return _abi.OK

        call, handle = Call(), self._as_parameter_  # the handle: the generator may close this decoder
        ask = call.back(_abi.rnn_generator, ask_session if session is not None else ask_function)
        call(library.rnn_decoder_search, handle, width, ask, None)
        return self._results(handle, 0)

    def sample(self, logits: npt.ArrayLike) -> Integers:
        """Sampling: tokens [B] drawn from logits [B,C]."""
        array = reals("logits", logits, dict.fromkeys("BC"))
        tokens = np.empty(len(array), np.int32)
        library.rnn_decoder_sample(self, *counted(tokens), *counted(array), array.shape[1])
        return tokens

    def generate(self, session: Session, start: npt.ArrayLike, steps: int) -> Integers:
        """Sampling: let a network of tokens continue sequences.

        Parameters
        ----------
        session
            A Session of a network whose tokens and classes are the same.
        start
            Tokens to read first: [T] for a session with one sequence, or [T,B].
        steps
            How many tokens to draw for each sequence.

        Returns
        -------
        tokens
            [steps] or [steps,B], without `start`.

        Examples
        --------
        >>> from librnn import Model
        >>> model = Model(vocabulary=5, hidden_size=8, classes=5)
        >>> Decoder("sampling", random_state=1).generate(Session(model), [0, 1], 4).shape
        (4,)
        """
        if self.kind != "sampling":
            raise RnnTypeError(f"generate needs a decoder of the kind 'sampling', this one is {self.kind!r}")
        first = np.asarray(start)
        one = first.ndim == 1
        y = session.forward(first[:, None] if one else first)
        logits = y[-1] if y.ndim == 3 else y
        step, drawn = session.bind_step(), np.empty((integer("steps", steps), session.batch), np.int32)
        for row in drawn:
            row[:] = self.sample(logits)
            logits = step(row)
        return drawn[:, 0] if one else drawn

    def __reduce_ex__(self, protocol: Any) -> Any:
        options = {name: value for name, value in self.options().items() if value != self._defaults[name]}
        return _rebuild, (type(self), self.kind, options)

    def __repr__(self) -> str:
        return f"<{self._name()} {self.kind}>"


def _rebuild(cls: Any, kind: str, options: dict[str, Any]) -> Any:
    return cls(kind, **options)
