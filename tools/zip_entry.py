"""Files that are put into a zip."""

import zipfile


def new_entry(name: str) -> zipfile.ZipInfo:
    """For a file that all may read, without the time of today: the same files make the same zip."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o644 << 16
    return entry
