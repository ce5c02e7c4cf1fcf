"""What a package page shows: the README with whole links, and addresses that all follow from one setting.

The README links to files of the project, which works in a clone and on any host; a package page has no files.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE = re.compile(r"(!?)(\[[^\]]*\])\((?!https?:|#)([^)]+)\)")


def with_whole_links(text: str, repository: str) -> str:
    """Return Markdown whose links to files are links into the repository; pictures are linked as they are."""

    def whole(link: re.Match[str]) -> str:
        view = "raw" if link[1] else "blob"
        return f"{link[1]}{link[2]}({repository}/{view}/main/{link[3]})"

    return RELATIVE.sub(whole, text)


class Addresses(MetadataHookInterface):
    """Fill in what `pyproject.toml` leaves to the setting `repository`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the README and the addresses of the project."""
        repository = self.config["repository"].rstrip("/")
        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": with_whole_links(readme, repository)}
        metadata["urls"] = {
            "Documentation": f"{repository}/blob/main/docs/index.md",
            "Source": repository,
            "Issues": f"{repository}/issues",
            "Changelog": f"{repository}/blob/main/CHANGELOG.md",
        }
