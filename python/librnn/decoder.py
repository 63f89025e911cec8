"""Decoder: from logits to labels and tokens."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import POINTER, byref, c_double, c_float, c_int32, c_size_t
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arguments import Floats, Integers, choice, counted, flags, integer, lengths_of, optional, reals
from ._calls import Call, call_directly
from ._errors import RnnStateError, RnnTypeError
from ._handle import Optioned
from ._library import library
from ._transitions import Transitions, set_transitions
from .session import Session

if TYPE_CHECKING:
    from typing_extensions import Unpack

Kind = Literal["ctc_greedy", "ctc_beam", "beam", "sampling", "crf"]
Generator = Callable[[Integers, Integers], npt.ArrayLike]
Scorer = Callable[[Integers, Integers, Integers], npt.ArrayLike]


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
        ``"ctc_greedy"``, ``"ctc_beam"`` and ``"crf"`` for `decode`, ``"beam"`` for `search`, ``"sampling"`` for
        `sample`.
    blank : int
        CTC: the class that stands for no label.
    beam_width, results, start_token, end_token, minimum_length, maximum_length, length_penalty
        Options of beam searches, see ``rnn.h``.
    scorer_weight, insertion_bonus, beam_threshold
        Options of beam searches with a scorer, and of those of CTC: see `set_scorer` and ``rnn.h``.
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
        self._stream: tuple[int, int] | None = None  # B and C of the sequences that are decoded in pieces
        self._has_scorer = False
        self._decoded: tuple[int, ...] = (0,)  # the shape of the logits of the last `decode`
        self._set_all(options)

    def _call(self) -> Any:
        """How to call a function that may call the scorer."""
        return Call() if self._has_scorer else call_directly

    def set_scorer(self, scorer: Scorer | None) -> None:
        """Beam searches: what the labels of a hypothesis are worth beside their probability, such as a language model.

        Parameters
        ----------
        scorer
            ``scorer(slots, labels, parents)`` returns scores [rows,C]: those of every label that may follow row i, which
            is the hypothesis of slot parents[i] (-1: none) with labels[i] behind it.  It keeps what it needs of row i
            under slots[i].  Column ``blank`` of CTC is the score of the end.  None: no scorer.  See `by_prefix` for a
            function of all labels of a hypothesis.

        Notes
        -----
        It holds for the next `decode`, `begin` and `search`.  An exception in it ends the call and is raised there.

        Examples
        --------
        >>> import numpy as np
        >>> decoder = Decoder("ctc_beam", beam_width=4)
        >>> decoder.set_scorer(by_prefix(lambda labels: [0, -9, 0] if 1 in labels else [0, 0, 0]))   # only one 1
        >>> [[best]] = decoder.decode(10 * np.eye(3)[[1, 0, 1, 2]][:, None])
        >>> best.tokens
        array([1, 2], dtype=int32)
        """
        callback = _abi.rnn_scorer()  # NULL
        if scorer is not None:
            function = scorer

            def score(_user: Any, scores: Any, count: int, slots: Any, labels: Any, parents: Any, rows: int) -> int:
                read = (np.ctypeslib.as_array(pointer, (rows,)).copy() for pointer in (slots, labels, parents))
                axes: Any = {"rows": rows, "C": count // rows}
                answer = reals("what the scorer returned", function(*read), axes)
                np.ctypeslib.as_array(scores, (rows, count // rows))[:] = answer
                return _abi.OK

            callback = Call.back(_abi.rnn_scorer, score)
        library.rnn_decoder_set_scorer(self, callback, None)
        self._as_parameter_.scorer = callback  # the library calls it as long as the handle lives
        self._has_scorer = scorer is not None or self._stream is not None

    def decode(self, logits: npt.ArrayLike, lengths: npt.ArrayLike | None = None, *,
               mask: npt.ArrayLike | None = None) -> list[list[Result]]:
        """CTC and CRF: for each sequence of logits its results, best first; one of ``ctc_greedy``.

        Parameters
        ----------
        logits
            [T,B,C].
        lengths
            Valid steps of each sequence, [B]; default T.
        mask
            Booleans [T,B], as in `Session.forward`: False for steps that are left out.  The results are those of the
            other steps, moved together; their ``steps`` say where each of them is.

        Examples
        --------
        >>> import numpy as np
        >>> logits = 10 * np.eye(3)[[0, 0, 1, 2, 1]][:, None]
        >>> [[best]] = Decoder("ctc_greedy").decode(logits, mask=[[0], [0], [1], [0], [1]])
        >>> best.tokens, best.steps
        (array([1], dtype=int32), array([2], dtype=int32))
        """
        array = reals("logits", logits, dict.fromkeys("TBC"))
        steps, batch, classes = array.shape
        valid, handle = lengths_of(lengths, batch, steps), self._as_parameter_
        present = optional(flags, "mask", mask, {"T": steps, "B": batch})
        if present is not None:
            library.rnn_decoder_set_step_mask(handle, *counted(present))
        try:
            self._call()(library.rnn_decoder_decode, handle, *counted(array), *counted(valid), steps, batch, classes)
        except BaseException:  # what is set is for this call alone; the scorer may raise anything
            if present is not None:
                library.rnn_decoder_set_step_mask(handle, None, 0)
            raise
        self._stream, self._decoded = None, array.shape
        return [self._results(handle, sequence) for sequence in range(batch)]

    def set_transitions(self, source: Transitions) -> None:
        """CRF: the scores of pairs of classes, as `Loss.set_transitions`.

        Examples
        --------
        >>> import numpy as np
        >>> decoder = Decoder("crf", results=2)
        >>> decoder.set_transitions((np.zeros(2), np.zeros(2), [[1.0, 0.0], [0.0, 1.0]]))
        >>> [paths] = decoder.decode(np.array([[[1.0, 0.0]], [[0.0, 0.5]]]))
        >>> [path.tokens.tolist() for path in paths], decoder.marginals().shape
        ([[0, 0], [0, 1]], (2, 1, 2))
        """
        set_transitions("rnn_decoder", self, source)

    def marginals(self) -> Floats:
        """CRF: the probability of each class at each step of the last `decode`, over all paths: [T,B,C]."""
        p = np.empty(self._decoded, np.float32)
        library.rnn_decoder_get_marginals(self, *counted(p))
        return p

    def begin(self, batch: int, classes: int) -> None:
        """CTC in pieces: begin `batch` sequences, whose logits arrive by `feed`.

        Examples
        --------
        >>> import numpy as np
        >>> decoder = Decoder("ctc_beam", beam_threshold=10.0)
        >>> decoder.begin(batch=1, classes=3)
        >>> for logits in np.split(20 * np.eye(3)[[1, 1, 0, 2, 0, 1]][:, None], 3):      # two steps each
        ...     [[best]] = decoder.feed(logits)
        ...     print(best.tokens, decoder.stable_count(0))
        [1] 1
        [1 2] 2
        [1 2 1] 3
        """
        sizes = integer("batch", batch), integer("classes", classes)
        self._call()(library.rnn_decoder_begin, self._as_parameter_, *sizes)
        self._stream = sizes
        self._as_parameter_.scorer_of_stream = getattr(self._as_parameter_, "scorer", None)

    def feed(self, logits: npt.ArrayLike, lengths: npt.ArrayLike | None = None) -> list[list[Result]]:
        """CTC in pieces: append logits [T,B,C]; the results as if the sequences ended here, as of `decode`.

        Parameters
        ----------
        logits
            [T,B,C] of the piece.
        lengths
            [B], how many of its steps each sequence has; default all.

        Raises
        ------
        RnnStateError
            `begin` has not been called, or `decode` has ended the stream.
        """
        if self._stream is None:
            raise RnnStateError("there is no stream: expected begin(batch, classes)", _abi.E_STATE)
        batch, classes = self._stream
        array = reals("logits", logits, {"T": None, "B": batch, "C": classes})
        valid, handle = lengths_of(lengths, batch, len(array)), self._as_parameter_
        self._call()(library.rnn_decoder_feed, handle, *counted(array), *counted(valid), len(array))
        return [self._results(handle, sequence) for sequence in range(batch)]

    def stable_count(self, sequence: int = 0) -> int:
        """CTC in pieces: how many labels at the front of a sequence can no longer change."""
        count = c_size_t()
        library.rnn_decoder_get_stable_count(self, integer("sequence", sequence), byref(count))
        return count.value

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


def by_prefix(function: Callable[[tuple[int, ...]], npt.ArrayLike]) -> Scorer:
    """A scorer from a function of all labels of a hypothesis, which returns the scores [C] of what may follow them."""
    kept: dict[int, tuple[int, ...]] = {-1: ()}

    def score(slots: Integers, labels: Integers, parents: Integers) -> npt.ArrayLike:
        prefixes = [(*kept[parent], label) if parent >= 0 else ()
                    for label, parent in zip(labels.tolist(), parents.tolist())]
        kept.update(zip(slots.tolist(), prefixes))
        return np.stack([np.asarray(function(prefix), np.float32) for prefix in prefixes])

    return score


def _rebuild(cls: Any, kind: str, options: dict[str, Any]) -> Any:
    return cls(kind, **options)
