"""CTCRecogniser: sequences of labels without alignment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from .._errors import RnnValueError
from ..decoder import Decoder
from ..loss import Loss
from ._base import Recurrent
from ._labels import classes_of, label_lists, numbers_of
from ._sequences import Array, check_sequences


def edit_distance(a: Sequence[Any], b: Sequence[Any]) -> int:
    """How many insertions, deletions and substitutions of elements make b of a.

    Examples
    --------
    >>> edit_distance("kitten", "sitting")
    3
    """
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return row[-1]


class CTCRecogniser(Recurrent):
    """Recognises a sequence of labels in each sequence, by a recurrent network and connectionist temporal
    classification (Graves et al. 2006): where in the sequence a label is need not be known.

    Parameters
    ----------
    decoder : str
        ``"greedy"``, the likeliest label of each step, or ``"beam"``, a search for the likeliest sequence of labels.
    beam_width : int
        How many sequences the search keeps.
    <parameters of all>

    Attributes
    ----------
    classes_ : array [C] of objects
        The different labels, sorted if they can be compared.  Output 0 of the network is blank, output i is
        classes_[i-1].
    <attributes of all>

    See Also
    --------
    librnn.sklearn : What X may be.

    Examples
    --------
    Pulses up and down of random width and distance:

    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> y = ["".join(random.choice(["u", "d"], random.integers(1, 4))) for _ in range(150)]
    >>> def pulses(labels):
    ...     parts = [[0.0] * random.integers(1, 4) + [1.0 if label == "u" else -1.0] * random.integers(1, 4)
    ...              for label in labels]
    ...     return np.array(sum(parts, []) + [0.0])
    >>> recogniser = CTCRecogniser(hidden_size=16, epochs=40, random_state=0)
    >>> recogniser.fit([pulses(labels) for labels in y], y).predict([pulses("uud"), pulses("d")])
    [['u', 'u', 'd'], ['d']]
    """

    decoder: str
    beam_width: int

    def __init__(self, *, cell: str = "gru", hidden_size: int = 64, num_layers: int = 1, bidirectional: bool = True,
                 decoder: str = "greedy", beam_width: int = 8, dropout: float = 0.0, recurrent_dropout: float = 0.0,
                 epochs: int = 100, batch_size: int = 32, optimizer: str = "adam", learning_rate: float = 0.01,
                 schedule: str = "cosine", weight_decay: float | None = None, max_norm: float = 1.0,
                 standardise: bool = True, early_stopping: bool = False, validation_fraction: float = 0.1,
                 n_iter_no_change: int = 10, warm_start: bool = False, threads: int = 1, random_state: Any = None,
                 verbose: bool = False, network_options: Mapping[str, Any] | None = None) -> None:
        self._keep(locals())

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> CTCRecogniser:
        """Train on the sequences X, whose labels are y.

        Parameters
        ----------
        X
            Sequences, see `librnn.sklearn`.
        y : list of sequences
            The labels in each sequence of X, in order; labels are hashable.  There may be none.  A sequence needs a
            step for each label, and another one between two equal labels.
        sample_weight : array [N], optional
            The weights of the sequences in the loss; sequences of weight 0 are left out.

        Raises
        ------
        ValueError, TypeError
            Sequences, labels or parameters that do not fit.
        """
        continues = self._continues(partial=False)
        self._new_decoder()
        x = check_sequences(self, X, reset=not continues)
        self._check_targets(y, len(x))
        labels = label_lists(y)
        for index, (sequence, of_sequence) in enumerate(zip(x, labels)):
            needed = len(of_sequence) + sum(a == b for a, b in zip(of_sequence, of_sequence[1:]))
            if len(sequence) < needed:
                raise RnnValueError(f"y[{index}] needs {needed} steps, a step for each label and one between equal "
                                    f"labels, but X[{index}] has {len(sequence)}")
        weights, kept = self._check_weights(sample_weight, x)
        if not continues:
            self.classes_ = classes_of(chain.from_iterable(labels))
            if len(self.classes_) == 0:
                raise RnnValueError("y has no labels at all")
        numbers = numbers_of(labels, self.classes_, first=1)
        numbers, x = [numbers[index] for index in kept], [x[index] for index in kept]
        if not continues:
            self._set_scale(x, weights)
            self._create(x[0].shape[1], 1 + len(self.classes_), "every_step")
        self._train(self._standardised(x), numbers, Loss("ctc"), weights=weights)
        return self

    def _new_decoder(self) -> Decoder:
        self._check_parameters()  # they may have changed since the fit
        if self.decoder == "greedy":
            return Decoder("ctc_greedy")
        return Decoder("ctc_beam", beam_width=self.beam_width)

    def predict(self, X: Any) -> list[list[Any]]:
        """The labels in each sequence."""
        x, decoder = self._check_new_inputs(X), self._new_decoder()
        found: list[list[Any]] = []
        for logits in self._run(x):
            [[best, *_]] = decoder.decode(logits[:, None])
            found.append(self.classes_[best.tokens - 1].tolist())
        return found

    def score(self, X: Any, y: Any) -> float:
        """1 minus the edit distances between y and what is recognised, over the number of labels of y."""
        found = self.predict(X)
        self._check_targets(y, len(found))
        labels: list[Any] = label_lists(y)
        count = sum(map(len, labels))
        if count == 0:
            raise RnnValueError("y has no labels at all")
        return 1 - sum(map(edit_distance, found, labels)) / count
