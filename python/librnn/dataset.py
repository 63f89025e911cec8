"""Dataset: sequences and their targets, for Trainer."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, c_size_t
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arguments import Floats, as_array, counted, flags, integer, optional, real, reals, whole
from ._errors import RnnTypeError, RnnValueError, unknown
from ._handle import Handle
from ._library import library
from .samples import Samples, Source, Transform


def _check_steps(argument: str, array: Floats | None, steps: int | None) -> None:
    """No output has more steps than the input; which it has depends on the network."""
    if array is not None and steps is not None and len(array) > steps:
        raise RnnValueError(f"{argument} has shape {list(array.shape)}, expected at most {steps} steps (T)",
                            _abi.E_SIZE)


class Dataset(Handle):
    """Sequences and their targets; copies of what it is given.

    Parameters
    ----------
    targets : str, optional
        ``"classes"`` or ``"values"``: what all targets are.  By default integers are classes and real numbers values.

    Examples
    --------
    >>> import numpy as np
    >>> dataset = Dataset()
    >>> dataset.add(np.ones((5, 3)), [0, 1, 0, 1, 1])      # x [T,I] and one class for each step
    0
    >>> dataset.add(np.ones((7, 3)), [1] * 7, weight=0.5)
    1
    >>> dataset
    <Dataset: 2 sequences of 5 to 7 steps>
    """

    def __init__(self, targets: Literal["classes", "values"] | None = None) -> None:
        if targets not in (None, "classes", "values"):
            raise RnnValueError(unknown("targets", targets, ("classes", "values")))
        self._own("rnn_dataset_create", "rnn_dataset_destroy")
        self._kind = targets
        self._inputs: int | None = None  # I of the first sequence with x
        self._steps: list[int] = []  # T of each sequence
        self._values: dict[int, tuple[bool, int]] = {}  # by sequence: whether its values have an axis T, and Y
        self._samples = Samples(targets)
        self._has_source = False

    @classmethod
    def from_source(cls, source: Source, count: int, most_steps: int, most_targets: int,
                    targets: Literal["classes", "values"] | None = None) -> Dataset:
        """A dataset of sequences that a function makes whenever they are needed, so that they need not fit in memory.

        Parameters
        ----------
        source
            ``source(index, seed)`` returns sequence `index`: ``(x, y)``, ``(x, y, mask)``, ``(x, y, mask, weight)`` or
            ``(x, y, mask, weight, step_mask)``, as `add` takes them.  The seed depends on the trainer's seed, the epoch
            and the index alone, so that a run that is resumed gets the same random numbers, for instance of
            ``numpy.random.default_rng(seed)``.
        count
            How many sequences there are.
        most_steps, most_targets
            The steps of the longest sequence; the classes or values of the one that has most.
        targets
            As in `Dataset`.

        Examples
        --------
        >>> import numpy as np
        >>> Dataset.from_source(lambda index, seed: (np.ones((index + 1, 3)), [1] * (index + 1)), 5, 5, 5)
        <Dataset: 5 sequences from a source>
        """
        dataset = cls(targets)
        callback = dataset._samples.source(source)
        dataset._own("rnn_dataset_create_from_source", "rnn_dataset_destroy",
                     *(integer(name, value, c_size_t) for name, value in
                       (("count", count), ("most_steps", most_steps), ("most_targets", most_targets))), callback, None)
        dataset._as_parameter_.source = callback  # it is called as long as the handle lives
        dataset._has_source = True
        return dataset

    def set_transform(self, transform: Transform | None) -> None:
        """A function that changes the sequences in training, for instance at random; None: none.

        ``transform(x, y, index, seed)`` gets copies of the arrays and returns what a source returns (see
        `from_source`).  Without a mask in what it returns there is none; a step mask stays, unless it returns another
        one (None: no step mask) or a sequence of another length.  The sequence must not become longer than the longest
        of the dataset.  `Trainer.evaluate` and the validation do not call it.
        """
        shapes = None if self._has_source else lambda index: self._values.get(index, (False, 0))[0]
        callback = _abi.rnn_sample_function() if transform is None else self._samples.transform(transform, shapes)
        library.rnn_dataset_set_transform(self, callback, None)
        self._as_parameter_.transform = callback  # as long as the handle lives

    @classmethod
    def of(cls, x: Any, y: Any = None, *, lengths: npt.ArrayLike | None = None, mask: Any = None,
           weights: npt.ArrayLike | None = None, step_mask: Any = None,
           targets: Literal["classes", "values"] | None = None, padded_targets: bool = True,
           output_steps: Callable[[int], int] | None = None) -> Dataset:
        """A dataset of many sequences at once.

        Parameters
        ----------
        x
            A list of sequences, x[n] being [T,I], or tokens [T], of any lengths; or an array [N,T,I] (tokens [N,T]) of
            padded sequences; or an iterable of pairs (x[n], y[n]), such as a generator, which is read to its end at
            once: all sequences are kept in memory (see `from_source` for those that do not fit); or a Dataset.
        y
            The targets of each sequence: classes [T] or values [T,Y] for one output at every step, T being the steps of
            the output (`Model.output_steps`); a class, or values [Y], for one output for each sequence; labels of CTC,
            which are not padded.
        lengths
            Valid steps of padded sequences, [N].
        mask
            A mask [T] for each sequence, as long as its output; 0 leaves a step out of the loss.
        weights
            The weights of the sequences, [N].
        step_mask
            Booleans [T] for each sequence: False for steps that are left out, such as left padding or holes.
        targets
            As in `Dataset`.
        padded_targets
            Whether targets are as long as the output of the padded sequences, so that `lengths` holds for them too.
        output_steps
            The steps of the output for so many of the input, such as `Model.output_steps`; default: as many.

        Examples
        --------
        >>> import numpy as np
        >>> Dataset.of(np.zeros((3, 6, 2)), np.zeros((3, 6), int), lengths=[6, 2, 4])
        <Dataset: 3 sequences of 2 to 6 steps>
        >>> left_padded = np.arange(6) >= 6 - np.array([6, 2, 4])[:, None]                   # [N,T]
        >>> Dataset.of(np.zeros((3, 6, 2)), np.zeros((3, 6), int), step_mask=left_padded)
        <Dataset: 3 sequences of 6 to 6 steps>
        >>> Dataset.of((np.zeros((n, 2)), n % 2) for n in (3, 4))
        <Dataset: 2 sequences of 3 to 4 steps>
        """
        given = {"y": y, "lengths": lengths, "mask": mask, "weights": weights, "step_mask": step_mask}
        if isinstance(x, Dataset):
            cls._refuse(given, "a Dataset")
            return x
        dataset = cls(targets)
        if y is None:
            for pair in x:
                if not (isinstance(pair, tuple) and len(pair) == 2):
                    raise RnnTypeError("x has no targets: give y, or pairs (x, y)")
                cls._refuse(given, "pairs (x, y)")
                dataset.add(*pair)
            return dataset
        sequences, goals = list(x), list(y)
        count = len(sequences)
        for name, values in {**given, "y": goals}.items():
            size = count if values is None else len(values)
            if size != count:
                raise RnnValueError(f"{name} has {size} elements, expected {count}, one for each sequence of x",
                                    _abi.E_SIZE)
        valid = optional(whole, "lengths", lengths, {"N": count}, 1)
        each = None if weights is None else as_array(weights)
        for index, (sequence, target) in enumerate(zip(sequences, goals)):
            sequence = as_array(sequence)
            part, present = (None if values is None else as_array(values[index]) for values in (mask, step_mask))
            if valid is not None:
                steps, padded = int(valid[index]), len(sequence)
                if steps > padded:
                    raise RnnValueError(f"lengths has the element {steps}, expected 1 to {padded}")
                sequence, target = sequence[:steps], as_array(target)
                rows, padded = (steps, padded) if output_steps is None else (output_steps(steps), output_steps(padded))
                part = None if part is None else part[:rows]
                present = None if present is None else present[:steps]
                if padded_targets and target.ndim > 0 and len(target) == padded:
                    target = target[:rows]
            dataset.add(sequence, target, mask=part, weight=None if each is None else float(each[index]),
                        step_mask=present)
        return dataset

    @staticmethod
    def _refuse(given: dict[str, Any], instead: str) -> None:
        """Raises an error if one of the arguments is given."""
        for name, value in given.items():
            if value is not None:
                raise RnnTypeError(f"{name} is given, but x is {instead}")

    def __len__(self) -> int:
        count = c_size_t()
        library.rnn_dataset_count(self, byref(count))
        return count.value

    def add(self, x: npt.ArrayLike, y: npt.ArrayLike | None = None, *, mask: npt.ArrayLike | None = None,
            weight: float | None = None, step_mask: npt.ArrayLike | None = None) -> int:
        """Add one sequence; returns its number.

        Parameters
        ----------
        x
            Real numbers [T,I], or tokens [T], which must be integers.
        y
            The targets, as `set_targets`.
        mask
            [T], as long as the output; 0 leaves a step out of the loss.
        weight
            Of the sequence; default 1.
        step_mask
            Booleans [T]: False for steps that are left out, such as left padding or holes; default none.  Trainers see
            the sequence as one of the other steps, moved together, so x and y may be anything there.  Labels of CTC and
            targets of the whole sequence stay.
        """
        array = as_array(x)
        tokens = array.ndim == 1
        array = whole("x", array, {"T": None}) if tokens else reals("x", array, {"T": None, "I": self._inputs})
        steps, index = len(array), c_size_t()
        setters = [self._setter(steps, name, value)
                   for name, value in (("targets", y), ("mask", mask), ("weight", weight), ("step_mask", step_mask))
                   if value is not None]
        if tokens:
            library.rnn_dataset_add_tokens(self, byref(index), *counted(array))
        else:
            library.rnn_dataset_add(self, byref(index), *counted(array), steps)
            self._inputs = array.shape[1]
        self._steps.append(steps)
        for setter in setters:
            setter(index.value)
        return index.value

    def _setter(self, steps: int | None, name: str, value: Any) -> Callable[[int], None]:
        """A function that sets a part of a sequence of so many steps; None: any.  The value is checked here."""
        if name == "weight":
            weight = real("weight", value)
            if not 0 <= weight < np.inf:
                raise RnnValueError(f"weight is {value}, expected a finite number of at least 0")
            return lambda index: library.rnn_dataset_set_weight(self, index, weight)
        if name == "mask":
            mask = optional(reals, "mask", value, {"T": None})
            _check_steps("mask", mask, steps)
            if mask is not None and not (np.isfinite(mask).all() and (mask >= 0).all()):
                raise RnnValueError("mask has an element that is not finite and at least 0")
            return lambda index: library.rnn_dataset_set_mask(self, index, *counted(mask))
        if name == "step_mask":
            present = optional(flags, "step_mask", value, {"T": steps})
            return lambda index: library.rnn_dataset_set_step_mask(self, index, *counted(present))
        targets = as_array(() if value is None else value)
        kind = self._kind or ("classes" if targets.dtype.kind in "iu" or targets.size == 0 else "values")
        if kind == "classes":
            classes = whole("y", targets.reshape(1) if targets.ndim == 0 else targets, {"elements": None})

            def set_classes(index: int) -> None:
                library.rnn_dataset_set_classes(self, index, *counted(classes))
                self._values.pop(index, None)
            return set_classes
        if targets.ndim == 0:
            targets = targets.reshape(1)
        values = reals("y", targets, {"Y": None} if targets.ndim == 1 else {"T": None, "Y": None})
        if values.ndim == 2:
            _check_steps("y", values, steps)

        def set_values(index: int) -> None:
            library.rnn_dataset_set_values(self, index, *counted(values))
            self._values[index] = (values.ndim == 2, values.shape[-1])
        return set_values

    def _set_part(self, index: int, name: str, value: Any) -> None:
        index = integer("index", index)
        steps = self._steps[index] if index < len(self._steps) else None  # None: the library says that there is none
        self._setter(steps, name, value)(index)

    def set_targets(self, index: int, y: npt.ArrayLike | None) -> None:
        """Replace the targets of a sequence.

        Integers are classes, [T] or one for the whole sequence, or labels of CTC; real numbers are values, [T,Y], or
        [Y] for the whole sequence.  T are the steps of the output.
        """
        self._set_part(index, "targets", y)

    def set_mask(self, index: int, mask: npt.ArrayLike | None) -> None:
        """Replace the mask [T] of the output of a sequence; None: 1 for all steps."""
        self._set_part(index, "mask", mask)

    def set_step_mask(self, index: int, step_mask: npt.ArrayLike | None) -> None:
        """Replace the step mask [T] of a sequence, see `add`; None: all steps count."""
        self._set_part(index, "step_mask", step_mask)

    def set_weight(self, index: int, weight: float) -> None:
        """Replace the weight of a sequence."""
        self._set_part(index, "weight", weight)

    def _check_values(self, argument: str, has_steps: bool, outputs: int | None) -> None:
        """Compares the axes of all values with those of y: the library knows their number alone."""
        for steps, size in self._values.values():
            if steps != has_steps or outputs not in (None, size):
                expected = f"[{'T, ' * has_steps}{'K' if outputs is None else outputs}]"
                raise RnnValueError(f"{argument} has targets of shape [{'T, ' * steps}{size}], expected {expected}",
                                    _abi.E_SIZE)

    def __repr__(self) -> str:
        steps = self._steps
        if self._has_source and not self.closed:
            return f"<{self._name()}: {len(self)} sequences from a source>"
        about = f" of {min(steps)} to {max(steps)} steps" if steps else ""
        return f"<{self._name()}: {len(steps)} sequences{about}>"
