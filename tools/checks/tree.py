"""The text files of a tree, as the rules see them."""

import pathlib
import re

CPP_SUFFIXES = {".h", ".cc"}
CODE_SUFFIXES = CPP_SUFFIXES | {".py", ".sh", ".js", ".mjs", ".css", ".html", ".cmake", ".in"}
TEXT_SUFFIXES = CODE_SUFFIXES | {".md", ".json", ".yml", ".yaml", ".txt", ""}
NOT_OURS = {".git", "__pycache__", "node_modules"}


class File:
    """A text file of the tree: its path from the root, with slashes, and its text."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        if self.lines[-1] == "":
            self.lines.pop()
        self.folder = path.partition("/")[0] if "/" in path else ""
        self.name = path.rpartition("/")[2]
        self.suffix = pathlib.PurePosixPath(path).suffix

    @property
    def is_cpp(self):
        return self.suffix in CPP_SUFFIXES

    @property
    def is_python(self):
        return self.suffix == ".py" or self.text.startswith("#!/usr/bin/env python3")

    @property
    def is_code(self):
        return (self.suffix in CODE_SUFFIXES or self.name == "CMakeLists.txt"
                or self.text.startswith("#!"))

    def includes(self):
        """(line number, header, whether in quotes) of every #include."""
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if match:
                yield number, match[2], match[1] == '"'


def is_build_directory(directory):
    return (directory / "CMakeCache.txt").exists()


def read_tree(root):
    """Every text file below `root`, but not what was built or what a server stored there."""
    files = []
    pending = [root]
    while pending:
        for entry in sorted(pending.pop().iterdir()):
            path = entry.relative_to(root).as_posix()
            if entry.is_symlink() or entry.name in NOT_OURS or path in ("build", "data"):
                continue
            if entry.is_dir():
                if not is_build_directory(entry):
                    pending.append(entry)
            elif entry.suffix in TEXT_SUFFIXES or entry.name.startswith("."):
                try:
                    files.append(File(path, entry.read_bytes().decode("utf-8")))
                except UnicodeDecodeError:
                    continue
    return sorted(files, key=lambda file: file.path)
