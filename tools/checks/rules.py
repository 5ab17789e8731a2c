"""The rules. Each yields (path, line number, what is wrong); its docstring says what it asks."""

import re

from checks.functions import cpp_functions, js_functions, python_functions

MOST_FUNCTION_LINES = 70
MOST_FILE_LINES = 500
MOST_COLUMNS = 100

# A room is a folder, without the rooms within it; for each, the rooms whose files it may include.
STORAGE = ["storage/base", "storage/format", "storage/engine", "storage", "storage/model",
           "storage/verify"]
API = ["api/http", "api/auth", "api/handlers", "api"]
BENCH = ["bench/world", "bench/client", "bench/load", "bench/report", "bench"]


def in_order(below, rooms):
    """Each room may include itself, those before it, and all of `below`."""
    return {room: {*below, *rooms[:place + 1]} for place, room in enumerate(rooms)}


ARROWS = {
    **in_order([], STORAGE),
    "sharding": {*STORAGE, "sharding"},
    **in_order([*STORAGE, "sharding"], API),
    "server": {*STORAGE, "sharding", *API, "server"},
    **in_order([*STORAGE, "sharding", *API, "server"], BENCH),
    "bench/report": {"bench/world", "bench/client", "bench/report"},
    "tools": {*STORAGE, "sharding", *API, "server", "tools"},
    "tests": {*STORAGE, "sharding", *API, "server", *BENCH, "tools", "tests"},
}
# A library's headers, and the folders that may include them, or the one file of a folder.
LIBRARIES = [
    (re.compile(r"rocksdb/"), {"storage", "tests"}),
    (re.compile(r"simdjson"), {"api", "bench", "tests", "server/etcd_messages.cc"}),
    (re.compile(r"utf8proc"), {"api", "tests"}),
    (re.compile(r"boost/beast"), {"server"}),
    (re.compile(r"boost/asio"), set(ARROWS) - {"storage"}),
]

# Spelt so that this file does not trip over itself.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X])\b")
MACHINE_PATH = re.compile(r"(?<![\w.}])/(?:(?:work|root)/|home/[A-Za-z])")


def room_of(path):
    """The innermost room that a path lies in, or nothing."""
    folder = path.rpartition("/")[0]
    while folder and folder not in ARROWS:
        folder = folder.rpartition("/")[0]
    return folder


def include_arrows(files):
    """includes run one way: storage <- sharding <- api <- server; none to bench, tools, tests"""
    for file in files:
        room = room_of(file.path)
        if not file.is_cpp or not room:
            continue
        for number, header, quoted in file.includes():
            target = room_of(header)
            if quoted and not target:
                yield file.path, number, f'"{header}" is not a path from the root'
            elif quoted and target not in ARROWS[room]:
                yield file.path, number, f"{room} may not include {header}"


def libraries(files):
    """one folder a library: RocksDB storage; utf8proc and simdjson api, etcd apart; Beast server"""
    for file in files:
        if not file.is_cpp:
            continue
        for number, header, _ in file.includes():
            for pattern, folders in LIBRARIES:
                allowed = file.folder in folders or file.path in folders
                if pattern.match(header) and file.folder in ARROWS and not allowed:
                    yield file.path, number, f"{file.folder} may not include {header}"


def listed_sources(files):
    """every .cc, and every test in Python, is named in the CMakeLists.txt of its folder"""
    named = {}
    for file in files:
        if file.name == "CMakeLists.txt":
            folder = file.path.rpartition("/")[0]
            code = "\n".join(line.partition("#")[0] for line in file.lines)
            for word in re.findall(r"[\w./-]+", code):
                named.setdefault(f"{folder}/{word}".lstrip("/"), file.path)
    for file in files:
        is_test = file.path.startswith("tests/") and re.fullmatch(
            r"test_\w+\.py|\w+_test\.py", file.name)
        if (file.suffix == ".cc" or is_test) and not is_named(file.path, named):
            yield file.path, 1, "no CMakeLists.txt names it, so nothing builds or runs it"


def is_named(path, named):
    # A list of tests may leave the suffix out.
    return path in named or (path.endswith(".py") and path[:-3] in named)


def map_of_tree(files):
    """ARCHITECTURE.md, under "The map", names every .h and .cc, and nothing that is not there"""
    paths = {file.path for file in files}
    named = {}
    for file in files:
        if file.path == "ARCHITECTURE.md":
            named.update(named_on_map(file))
    for unit, number in named.items():
        if not any(path == unit or path.startswith((unit + ".", unit + "/")) for path in paths):
            yield "ARCHITECTURE.md", number, f"there is no {unit}"
    for file in files:
        if file.is_cpp and file.folder != "tests" and file.path.rpartition(".")[0] not in named:
            yield file.path, 1, "the map of ARCHITECTURE.md does not name it"


def named_on_map(architecture):
    """{unit: line} of the section: a folder stands in bold, or before its units in a block of code;
    a unit stands alone on its line, without a suffix, and what it is stands behind it."""
    named = {}
    folder = ""
    in_section = in_block = False
    for number, line in enumerate(architecture.lines, 1):
        if line.startswith("## "):
            in_section = line == "## The map"
        elif line.startswith("```"):
            in_block = not in_block
        elif in_section and (match := re.match(r"\*\*(\S+)/\*\*|([\w/]+)/(?: |$)", line)):
            folder = match[1] or match[2]
        elif in_section and in_block and (match := re.match(r"  ([\w./-]*[\w-])(?: |$)", line)):
            named[f"{folder}/{match[1]}"] = number
    return named


def function_length(files):
    """functions have at most 70 lines"""
    for file in files:
        functions = []
        if file.is_cpp:
            functions = cpp_functions(file.text)
        elif file.is_python:
            functions = python_functions(file.text)
        elif file.suffix in (".js", ".mjs"):
            functions = js_functions(file.text)
        for first, last, name in functions:
            if last - first + 1 > MOST_FUNCTION_LINES:
                yield file.path, first, f"{name} has {last - first + 1} lines"


def file_length(files):
    """files of code have at most 500 lines"""
    for file in files:
        if file.is_code and len(file.lines) > MOST_FILE_LINES:
            yield file.path, 1, f"{len(file.lines)} lines"


def pragma_once(files):
    """the first directive of a header is #pragma once"""
    for file in files:
        if file.suffix != ".h":
            continue
        directive = next((line for line in file.lines if line.startswith("#")), "")
        if directive != "#pragma once":
            yield file.path, 1, "#pragma once is not its first directive"


def columns(files):
    """lines of code have at most 100 columns"""
    for file in files:
        if not file.is_code:
            continue
        for number, line in enumerate(file.lines, 1):
            if len(line) > MOST_COLUMNS:
                yield file.path, number, f"{len(line)} columns"


def blanks(files):
    """no tabs, no blanks at the end of a line, one line feed at the end of a file"""
    for file in files:
        for number, line in enumerate(file.lines, 1):
            if "\t" in line:
                yield file.path, number, "a tab"
            if line != line.rstrip():
                yield file.path, number, "blanks at the end"
        if file.text and (not file.text.endswith("\n") or file.text.endswith("\n\n")):
            yield file.path, len(file.lines), "not one line feed at the end of the file"


def unfinished(files):
    """no notes to finish something later"""
    for file in files:
        for number, line in enumerate(file.lines, 1):
            match = UNFINISHED.search(line)
            if match:
                yield file.path, number, match[0]


def machine_paths(files):
    """no paths of one machine's home or working directories"""
    for file in files:
        for number, line in enumerate(file.lines, 1):
            match = MACHINE_PATH.search(line)
            if match:
                yield file.path, number, line[match.start():match.start() + 40]


RULES = [include_arrows, libraries, listed_sources, map_of_tree, function_length, file_length,
         pragma_once, columns, blanks, unfinished, machine_paths]
