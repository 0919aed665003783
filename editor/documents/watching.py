"""What changes on the disk below a folder, told as it happens."""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from dsl.project import project_files
from editor.documents import disk

LOOKS_MS: Final = 2_000
"""How often the files are looked at where the system tells of no change: it does not for folders
of other machines, nor for a folder that was put in the place of the one that is watched.
"""
_STEP_MS: Final = 50

Callback = Callable[[frozenset[str]], None]
_Stamp = tuple[int, int, int, int]


class Watching:
    """Tells its listeners which files have changed. Looks only while somebody listens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._listeners: dict[object, Callback] = {}
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._ends_with_python = False

    def watch(self, callback: Callback) -> Callable[[], None]:
        """Call back with the paths below the folder of what has changed, from now on."""
        key = object()
        with self._lock:
            self._listeners[key] = callback
            if self._thread is None:
                self._begin()

        def end() -> None:
            with self._lock:
                self._listeners.pop(key, None)
                if not self._listeners:
                    self._stop.set()
                    self._thread = None

        return end

    async def changes(self) -> AsyncIterator[frozenset[str]]:
        """The same for asyncio; what changes while nobody reads is told together."""
        loop, ready, waiting = asyncio.get_running_loop(), asyncio.Event(), set[str]()

        def take(files: frozenset[str]) -> None:
            waiting.update(files)
            ready.set()

        def tell(files: frozenset[str]) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(take, files)

        end = self.watch(tell)
        try:
            while True:
                await ready.wait()
                ready.clear()
                found = frozenset(waiting)
                waiting.clear()
                yield found
        finally:
            end()

    def close(self) -> None:
        """Tell nobody anything any more."""
        with self._lock:
            self._listeners.clear()
            self._stop.set()
            thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(1)

    def _begin(self) -> None:
        self._stop = stop = threading.Event()
        # Seen before anybody is told that we watch: what changes from now on is noticed.
        seen = self._stamps()
        self._thread = threading.Thread(
            target=self._look, args=(stop, seen), name="watching files", daemon=True
        )
        self._thread.start()
        if not self._ends_with_python:
            # A thread that waits inside of the system must have ended before Python does.
            atexit.register(self.close)
            self._ends_with_python = True

    def _look(self, stop: threading.Event, seen: dict[str, _Stamp]) -> None:
        while not stop.is_set():
            self._wait(stop)
            now = self._stamps()
            changed = frozenset(
                file for file in seen.keys() | now.keys() if seen.get(file) != now.get(file)
            )
            seen = now
            if changed and not stop.is_set():
                with self._lock:
                    listeners = list(self._listeners.values())
                for one in listeners:
                    one(changed)

    def _wait(self, stop: threading.Event) -> None:
        """Until something has changed, as far as the system tells, or it is time to look."""
        from watchfiles import watch

        try:
            found = watch(
                self.folder,
                stop_event=stop,
                debounce=200,
                step=_STEP_MS,
                rust_timeout=LOOKS_MS,
                yield_on_timeout=True,
                raise_interrupt=False,
                watch_filter=None,
            )
            next(found, None)
        except (OSError, RuntimeError):  # the folder is gone, or the system watches no more
            stop.wait(LOOKS_MS / 1000)

    def _stamps(self) -> dict[str, _Stamp]:
        found = {}
        for path in project_files(self.folder):
            if path.suffix in disk.TEXTS | disk.MEDIA:
                with suppress(OSError):
                    stat = path.stat()
                    row = stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino
                    found[path.relative_to(self.folder).as_posix()] = row
        return found
