# SPDX-License-Identifier: BSD-3-Clause
"""The looks that Python takes at a scene: a look returns the truth, or what a listener makes of it.

Only `ci/test --lies` listens (conformance/lies/). A listener changes what Python sees, never what DPDK
does or is told.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import Any, Callable, Iterator, Protocol, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class Listener(Protocol):
    """Hears each look that Python takes, and says what Python sees of it."""

    def fact(self, facts: Any, key: str, value: Any) -> Any:
        """A key of an answer or event is read."""

    def look(self, observer: str, arguments: tuple[Any, ...], value: Any) -> Any:
        """A function that is marked as `observed` returns `value`."""

    def truth(self, value: Any) -> Any:
        """A value is handed back to a peer."""


_listener: Listener | None = None


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Within the block `listener` hears all."""
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before


def fact(facts: Any, key: str, value: Any) -> Any:
    """The value that a reader of `key` of an answer or event gets."""
    return value if _listener is None else _listener.fact(facts, key, value)


def truth(value: Any) -> Any:
    """The value that a peer gets where Python hands this one back to it: never a lie."""
    return value if _listener is None else _listener.truth(value)


def observed(look: F) -> F:
    """Decorates a function that looks at something: what it returns is what was seen."""

    @functools.wraps(look)
    def told(*arguments: Any, **options: Any) -> Any:
        value = look(*arguments, **options)
        return value if _listener is None else _listener.look(look.__name__, arguments, value)

    return cast(F, told)
