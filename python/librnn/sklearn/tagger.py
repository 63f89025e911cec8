"""SequenceTagger: a label for each step."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np

from .._errors import RnnValueError
from ..decoder import Decoder
from ..loss import Loss, softmax
from ._base import Recurrent
from ._labels import classes_of, label_lists, numbers_of, weights_of_classes
from ._sequences import Array, check_sequences, flags_of_steps


class SequenceTagger(Recurrent):
    """Labels every step of sequences of any lengths by a recurrent network.

    Parameters
    ----------
    class_weight : dict, ``"balanced"`` or None
        The weights of the labels in the loss; None with a CRF.
    crf : bool or ``"bio"``
        Whether the labels of a sequence are predicted together, by a linear-chain CRF with learned scores of pairs of
        labels.  With ``"bio"`` a label ``I-X`` can only follow ``B-X`` or ``I-X``; labels are strings then.
    <parameters of all>

    Attributes
    ----------
    classes_ : array [C] of objects
        The different labels, sorted if they can be compared.
    <attributes of all>

    See Also
    --------
    librnn.sklearn : What X may be.

    Examples
    --------
    Is the value at this step above the one before?

    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> X = [random.standard_normal(random.integers(5, 20)) for _ in range(100)]        # 100 sequences [T]
    >>> y = [["rise" if rise else "fall" for rise in np.diff(x, prepend=0) > 0] for x in X]
    >>> tagger = SequenceTagger(bidirectional=False, hidden_size=16, random_state=0).fit(X, y)
    >>> tagger.score(X, y) > 0.95
    True
    >>> tagger.predict([[[1.0], [2.0], [0.0]]])
    [['rise', 'rise', 'fall']]

    Padded sequences are given with a mask; what is padded may be anything.

    >>> tagger.predict([[[np.nan], [1.0], [2.0], [0.0]]], mask=[[0, 1, 1, 1]])
    [[None, 'rise', 'rise', 'fall']]
    """

    class_weight: Mapping[Any, float] | str | None
    crf: bool | str

    def __init__(self, *, cell: str = "gru", hidden_size: int = 32, num_layers: int = 1, bidirectional: bool = True,
                 dropout: float = 0.0, recurrent_dropout: float = 0.0, epochs: int = 50, batch_size: int = 32,
                 optimizer: str = "adam", learning_rate: float = 0.01, schedule: str = "cosine",
                 weight_decay: float | None = None, max_norm: float = 1.0,
                 class_weight: Mapping[Any, float] | str | None = None, crf: bool | str = False, standardise: bool = True,
                 early_stopping: bool = False, validation_fraction: float = 0.1, n_iter_no_change: int = 10,
                 warm_start: bool = False, threads: int = 1, random_state: Any = None, verbose: bool = False,
                 network_options: Mapping[str, Any] | None = None) -> None:
        self._keep(locals())

    def fit(self, X: Any, y: Any, sample_weight: Any = None, mask: Any = None) -> SequenceTagger:
        """Train on the sequences X, whose labels are y.

        Parameters
        ----------
        X
            Sequences, see `librnn.sklearn`.
        y : list of sequences
            For each sequence of X the label of every step; labels are hashable.
        sample_weight : array [N], optional
            The weights of the sequences in the loss; sequences of weight 0 are left out.
        mask : list of booleans [T], optional
            For each sequence of X, False for the steps that are left out, such as padding and holes.  The network sees
            the other steps, moved together; X and y may be anything there.

        Raises
        ------
        ValueError, TypeError
            Sequences, labels or parameters that do not fit.
        """
        continues = self._continues(partial=False)
        if mask is not None:
            X, flags = self._without_steps(X, mask)
            y = self._labels_without_steps(y, flags)
        x = check_sequences(self, X, reset=not continues)
        labels = self._check_labels(x, y)
        weights, kept = self._check_weights(sample_weight, x)
        if not continues:
            self.classes_ = classes_of(chain.from_iterable(labels))
        numbers = numbers_of(labels, self.classes_)
        numbers, x = [numbers[index] for index in kept], [x[index] for index in kept]
        if not continues:
            self._set_scale(x, weights)
            self._create(x[0].shape[1], len(self.classes_), "every_step")
        loss = self._loss(numbers)
        self._train(self._standardised(x), numbers, loss, weights=weights)
        return self

    def _create(self, inputs: int, outputs: int, output: Any) -> None:
        super()._create(inputs, outputs, output)
        if self.crf == "bio":
            self._forbid()

    def _network_options(self) -> dict[str, Any]:
        return {"crf": 1} if self.crf else {}

    def _loss(self, numbers: list[Any]) -> Loss:
        if not self.crf:
            return Loss("cross_entropy", weights_of_classes(self.class_weight, self.classes_, np.concatenate(numbers)))
        if self.class_weight is not None:
            raise RnnValueError("class_weight is set, expected None with crf")
        return Loss("crf")

    def _forbid(self) -> None:
        """Transitions to I-X from other labels than B-X and I-X, and at the start."""
        state = self.network_.state_dict()
        for j, label in enumerate(map(str, self.classes_)):
            if label.startswith("I-"):
                state["crf.start_transitions"][j] = -np.inf
                for i, before in enumerate(map(str, self.classes_)):
                    if before[2:] != label[2:] or before[:2] not in ("B-", "I-"):
                        state["crf.transitions"][i, j] = -np.inf
        self.network_.load_state_dict(state)

    def _check_labels(self, x: list[Any], y: Any) -> list[list[Any]]:
        self._check_targets(y, len(x))
        labels = label_lists(y)
        for index, (sequence, of_steps) in enumerate(zip(x, labels)):
            if len(sequence) != len(of_steps):
                raise RnnValueError(f"y[{index}] has {len(of_steps)} labels, expected {len(sequence)}, "
                                    f"one for each step of X[{index}]")
        return labels

    @staticmethod
    def _without_steps(X: Any, mask: Any) -> tuple[list[Array], list[Array]]:
        """The sequences of the steps that count, and the mask."""
        sequences = [np.asarray(one) for one in (X.to_numpy() if hasattr(X, "to_numpy") else X)]
        flags = flags_of_steps(mask, sequences)
        return [one[counts] for one, counts in zip(sequences, flags)], flags

    def _labels_without_steps(self, y: Any, flags: list[Array]) -> list[list[Any]]:
        return [[label for label, counts in zip(labels, of_steps) if counts]
                for labels, of_steps in zip(self._check_labels(flags, y), flags)]

    def predict_proba(self, X: Any, mask: Any = None) -> list[Array]:
        """The probabilities of the labels at each step, an array [T,C] for each sequence; of a CRF over all paths.

        With a `mask`, as of `fit`, they are 0 at the steps that are left out.
        """
        if mask is not None:
            X, flags = self._without_steps(X, mask)
            probabilities = self.predict_proba(X)
            found = [np.zeros((len(counts), len(self.classes_))) for counts in flags]
            for one, counts, p in zip(found, flags, probabilities):
                one[counts] = p
            return found
        if self.crf:
            return [p.astype(np.float64) for _, p in self._decode(X)]
        return [softmax(logits).astype(np.float64) for logits in self._run(self._check_new_inputs(X))]

    def _decode(self, X: Any) -> list[tuple[Array, Array]]:
        """CRF: the likeliest path and the marginals of each sequence."""
        logits = self._run(self._check_new_inputs(X))
        decoder, found = Decoder("crf"), []
        decoder.set_transitions(self.network_)
        for one in logits:
            [[best]] = decoder.decode(one[:, None])
            found.append((best.tokens, decoder.marginals()[:, 0]))
        return found

    def predict(self, X: Any, mask: Any = None) -> list[list[Any]]:
        """The likeliest label of each step, a list for each sequence; of a CRF the likeliest path.

        With a `mask`, as of `fit`, they are None at the steps that are left out.
        """
        if mask is not None:
            X, flags = self._without_steps(X, mask)
            paths = [iter(path) for path in self.predict(X)]
            return [[next(path) if counts else None for counts in of_steps] for path, of_steps in zip(paths, flags)]
        if self.crf:
            return [self.classes_[path].tolist() for path, _ in self._decode(X)]
        return [self.classes_[logits.argmax(axis=1)].tolist() for logits in self._run(self._check_new_inputs(X))]

    def score(self, X: Any, y: Any, sample_weight: Any = None, mask: Any = None) -> float:
        """The proportion of all steps, with a `mask` of those that count, whose label is right."""
        if mask is not None:
            X, flags = self._without_steps(X, mask)
            y = self._labels_without_steps(y, flags)
        found = self.predict(X)
        labels = self._check_labels(found, y)
        right = [[a == b for a, b in zip(one, other)] for one, other in zip(found, labels)]
        weights = None if sample_weight is None else np.repeat(sample_weight, [len(one) for one in right])
        return float(np.average(np.concatenate(right), weights=weights))
