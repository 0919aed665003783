"""Only `projects` holds flows whose tests are to run; the other folders are about broken ones."""

from pathlib import Path

collect_ignore = [str(path) for path in Path(__file__).parent.iterdir() if path.name != "projects"]
