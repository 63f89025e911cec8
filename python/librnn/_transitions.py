"""The scores of a CRF, for losses and decoders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

import numpy.typing as npt

from ._arguments import counted, reals
from ._library import library

if TYPE_CHECKING:
    from .model import Model

Transitions = Union["Model", "tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]"]


def set_transitions(prefix: str, handle: Any, source: Transitions) -> None:
    """Those of a model, or start [C], end [C] and transitions [C,C]."""
    if not isinstance(source, tuple):
        getattr(library, f"{prefix}_set_transitions_of_model")(handle, source)
        return
    start, end, transitions = source
    first = reals("start", start, {"C": None})
    axes: dict[str, int | None] = {"C": len(first)}
    getattr(library, f"{prefix}_set_transitions")(
        handle, *counted(first), *counted(reals("end", end, axes)),
        *counted(reals("transitions", transitions, {"C, first": len(first), "C, second": len(first)})))
