"""What the package's frozen records share: fields, equality, a repr, pickling.

Rule: no field is ever changed after construction; a changed record is another record.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, TypeVar

R = TypeVar("R", bound="Record")


class Record:
    """
    A slotted, frozen value; subclasses name their fields in ``__slots__``.

    Not a dataclass, since importing dataclasses costs more than this whole package,
    and not a tuple, since a tuple prints its members wherever it is formatted.
    """

    __slots__ = ()

    # Fields that a repr may show; the others may hold a secret.
    _shown: ClassVar[tuple[str, ...]] = ()

    def _freeze(self, **fields: Any) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def _fields(self) -> dict[str, Any]:
        names = (n for c in type(self).__mro__ for n in getattr(c, "__slots__", ()))
        return {name: getattr(self, name) for name in names}

    def _replace(self: R, **changes: Any) -> R:
        other = object.__new__(type(self))
        other._freeze(**{**self._fields(), **changes})
        return other

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse: a record is frozen."""
        raise AttributeError(f"{type(self).__name__} is frozen: cannot set {name!r}.")

    def __delattr__(self, name: str) -> NoReturn:
        """Refuse: a record is frozen."""
        raise AttributeError(f"{type(self).__name__} is frozen: cannot drop {name!r}.")

    def __eq__(self, other: object) -> bool:
        """Tell whether *other* is of the same type with equal fields."""
        if type(other) is not type(self):
            return NotImplemented
        return self._fields() == other._fields()

    def __hash__(self) -> int:
        """Hash the shown fields, which equal records share."""
        return hash((type(self), *(getattr(self, n) for n in self._shown)))

    def __repr__(self) -> str:
        """Show the fields that are no secrets."""
        shown = ", ".join(f"{n}={getattr(self, n)!r}" for n in self._shown)
        return f"{type(self).__name__}({shown})"

    def __copy__(self: R) -> R:
        """Return the record itself: it never changes."""
        return self

    def __deepcopy__(self: R, memo: object) -> R:
        """Return the record itself: it never changes."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the fields; nothing is computed again on the way back."""
        return _thaw, (type(self), self._fields())


def _thaw(cls: type[R], fields: dict[str, Any]) -> R:
    record = object.__new__(cls)
    record._freeze(**fields)
    return record
