from __future__ import annotations

import time
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache


class ProcessCache(BaseCache):
    """A cache of this process alone that keeps the things themselves.

    Django's own one pickles what it is given and unpickles it for every reader, which for the show and its days costs
    more than the rest of a scan. The price: what comes out is everybody's, so nobody may change it. Reading and
    writing a dict is atomic, so that threads need no lock; a full one is emptied.
    """

    stores: dict[str, dict[str, tuple[float, Any]]] = {}

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.store = self.stores.setdefault(name, {})

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        ends, value = self.store.get(self.make_key(key, version), (0.0, None))
        return value if ends > time.monotonic() else default

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        if len(self.store) >= self._max_entries:
            self.store.clear()
        ends = float("inf") if seconds is None else time.monotonic() + seconds
        self.store[self.make_key(key, version)] = (ends, value)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        if self.get(key, self, version) is not self:
            return False
        self.set(key, value, timeout, version)
        return True

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        value = self.get(key, self, version)
        if value is self:
            return False
        self.set(key, value, timeout, version)
        return True

    def delete(self, key: str, version: int | None = None) -> bool:
        return self.store.pop(self.make_key(key, version), None) is not None

    def clear(self) -> None:
        self.store.clear()
