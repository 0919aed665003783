"""What others change on the disk is told while somebody listens."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from editor.documents.watching import Watching


def test_changes_are_told(tmp_path: Path) -> None:
    """A file that is written, made or deleted is told, also in a folder that was made anew."""
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "a.flow").write_text("1")
    watching = Watching(folder)

    async def listen() -> None:
        changes = watching.changes()

        async def told(files: set[str]) -> None:
            """Until all of these were told, and nothing else."""
            found: set[str] = set()
            while found < files:
                found |= await anext(changes)
            assert found == files

        step = asyncio.ensure_future(told({"a.flow"}))
        await asyncio.sleep(0)  # it listens from here on
        (folder / "a.flow").write_text("2, longer")
        await step
        (folder / "sub").mkdir()
        (folder / "notes.py").write_text("no content")
        (folder / "sub" / "b.flow").write_text("1")
        await told({"sub/b.flow"})
        shutil.rmtree(folder)
        await told({"a.flow", "sub/b.flow"})
        folder.mkdir()
        (folder / "c.flow").write_text("1")
        await told({"c.flow"})
        await changes.aclose()

    asyncio.run(asyncio.wait_for(listen(), 60))
    assert watching._listeners == {}
    watching.close()
