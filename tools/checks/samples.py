"""Faults planted for every rule, and what no rule may find."""

import pathlib
import tempfile

from checks.rules import (
    MOST_FUNCTION_LINES, RULES, blanks, columns, file_length, function_length, include_arrows,
    libraries, listed_sources, machine_paths, map_of_tree, pragma_once, unfinished)
from checks.tree import File, read_tree


def planted():
    """For every rule: files in which it must find exactly one fault, and files without any."""
    return {**planted_in_trees(), **planted_in_files()}


def planted_in_trees():
    """Of the rules about how files lie together."""
    cmake = ("storage/CMakeLists.txt", "add_library(a STATIC a.cc)\n")
    tests_cmake = ("tests/api_http/CMakeLists.txt", "foreach(name\n  test_a)\nendforeach()\n")
    mapped = ("ARCHITECTURE.md", "## The map\n\n**api/** it\n\n```\n  a   one\n      and more\n"
              "api/http/\n  b   two\n```\n## Else\n```\n  c   d\n```\n")
    on_map = [("api/a.h", "#pragma once\n"), ("api/a.cc", ""), ("api/http/b.cc", "")]
    return {
        include_arrows: (
            [[("storage/a.h", '#include "api/json.h"\n')], [("api/a.cc", '#include "json.h"\n')],
             [("server/a.cc", '#include "tools/a.h"\n')],
             [("tools/a.cc", '#include "tests/a.h"\n')],
             [("storage/format/a.h", '#include "storage/engine/a.h"\n')],
             [("storage/a.h", '#include "storage/model/a.h"\n')],
             [("api/http/a.cc", '#include "api/handlers/a.h"\n')],
             [("bench/load/a.cc", '#include "bench/report/a.h"\n')],
             [("bench/a.cc", '#include "tools/a.h"\n')]],
            [[("server/a.cc", '#include "api/json.h"\n#include <string>\n')],
             [("storage/model/a.cc", '#include "storage/a.h"\n')],
             [("tests/a.cc", '#include "tools/a.h"\n')]]),
        libraries: (
            [[("api/a.cc", "#include <rocksdb/db.h>\n")],
             [("server/etcd_client.cc", "#include <simdjson.h>\n")],
             [("storage/a.h", "#include <boost/asio/post.hpp>\n")],
             [("server/a.cc", "#include <utf8proc.h>\n")],
             [("api/a.cc", "#  include <boost/beast/http.hpp>\n")]],
            [[("storage/a.cc", "#include <rocksdb/db.h>\n#include <boost/endian.hpp>\n")],
             [("api/a.cc", "#include <simdjson.h>\n")],
             [("server/etcd_messages.cc", "#include <simdjson.h>\n")],
             [("tests/a.cc", "#include <rocksdb/db.h>\n")]]),
        listed_sources: (
            [[cmake, ("storage/b.cc", "")],
             [("storage/a.cc", ""), ("api/CMakeLists.txt", "a.cc\n")],
             [("storage/a.cc", ""), ("storage/CMakeLists.txt", "# a.cc\n")],
             [tests_cmake, ("tests/api_http/test_b.py", "")],
             [tests_cmake, ("tests/api_http/kill_test.py", "")]],
            [[cmake, ("storage/a.cc", "")], [tests_cmake, ("tests/api_http/test_a.py", "")]]),
        map_of_tree: (
            [[mapped, *on_map, ("api/c.cc", "")], [mapped, *on_map, ("api/b.h", "")],
             [mapped, *on_map, ("api/http/a.cc", "")], [mapped, on_map[0]],
             [("api/a.h", "")]],
            [[mapped, *on_map], [mapped, *on_map, ("tests/c.cc", ""), ("api/c.py", "")]]),
    }


def planted_in_files():
    """Of the rules that look at one file after the other."""
    body = "  Step();\n"
    long_body = body * (MOST_FUNCTION_LINES - 1)
    short_body = body * (MOST_FUNCTION_LINES - 2)
    machine = "/ho" + "me/someone/warble"
    return {
        function_length: (
            [[("a.cc", f"int F(int a = {{}}) {{\n{long_body}}}\n")],
             [("a.h", f"class A {{\n public:\n  A() : a_{{1}} {{\n{long_body}}}\n}};\n")],
             [("a.cc", f"namespace a {{\nauto G(int a)\n    -> int {{\n{body * 68}}}\n}}\n")],
             [("a.cc", f'TEST_CASE("a: }}") {{\n{long_body}}}\n')],
             [("a.cc", f"auto f = [](int) {{\n{long_body}}};\n")],
             [("a.cc", f"bool operator==(A, A) {{\n{long_body}}}\n")],
             [("a.py", "def f():\n" + "    g()\n" * MOST_FUNCTION_LINES)],
             [("a.js", f"class A {{\n  get(a = {{}}) {{\n{long_body}  }}\n}}\n")],
             [("a.mjs", f"test('a }}', async () => {{\n{long_body}}});\n")],
             [("a.js", f"const f = () => {{\n  const a = `}}${{g({{}})}}`;\n{body * 68}}};\n")]],
            [[("a.cc", f"int F() {{\n{short_body}}}\nint G() {{\n{short_body}}}\n")],
             [("a.cc", f"namespace a {{\n{'int F();' * 9}\n" + "// {\n" * 99 + "}\n")],
             [("a.h", "class A {\n" + "  int F() { return 1'0; }\n" * 99 + "};\n")],
             [("a.cc", "constexpr int kTable[] = {\n" + "  F(1),\n" * 99 + "};\n")],
             [("a.js", f"function f() {{\n{short_body}}}\nfunction g() {{\n{short_body}}}\n")],
             [("a.js", "const a = /[{/]/; // {\nconst b = {\n" + "  c: d(),\n" * 99 + "};\n")],
             [("a.js", "class A {\n" + "  f() { return `${`{`}`; }\n" * 99 + "}\n")]]),
        file_length: (
            [[("a.cc", "\n" * 501)], [("tools/run", "#!/bin/sh\n" + "a\n" * 500)]],
            [[("a.cc", "a\n" * 500)], [("a.json", "a\n" * 501)]]),
        pragma_once: (
            [[("a.h", "#ifndef A_H\n#pragma once\n")], [("a.h", "// A header.\n")]],
            [[("a.h", "// A header.\n#pragma once\n#include <a>\n")], [("a.cc", "int a;\n")]]),
        columns: (
            [[("a.cc", "a" * 101 + "\n")], [("a/CMakeLists.txt", "#" * 101 + "\n")]],
            [[("a.cc", "ä" * 100 + "\n")], [("a.md", "a" * 101 + "\n")]]),
        blanks: (
            [[("a.cc", "a\tb\n")], [("a.md", "a \n")], [("a.py", "a\n\n")], [("a.json", "{}")]],
            [[("a.cc", "a b\n")], [("__init__.py", "")]]),
        unfinished: (
            [[("a.cc", "// TO" + "DO: more\n")], [("a.md", "FIX" + "ME\n")]],
            [[("a.cc", "// to do a thing\n")]]),
        machine_paths: (
            [[("a.md", f"cd {machine}\n")], [("a.cc", '"/ro' + 'ot/x"\n')],
             [("a.py", "'/wo" + "rk/x'\n")]],
            [[("a.cc", '"network/wo' + 'rk/ro' + 'ot/"\n')]]),
    }


def self_test():
    """The number of planted samples, all of which were judged rightly."""
    samples = 0
    cases = planted()
    assert list(cases) == RULES, "a rule has no samples"
    for rule, (faulty, right) in cases.items():
        for expected, trees in ((1, faulty), (0, right)):
            for tree in trees:
                found = list(rule([File(path, text) for path, text in tree]))
                assert len(found) == expected, f"{rule.__name__}: {found} in {tree}"
                samples += 1
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for path in ("build/a.cc", "data/a.cc", "api/a.cc", "other/CMakeCache.txt", "other/a.cc",
                     "node_modules/a.cc"):
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text("a\n", encoding="utf-8")
        found = [file.path for file in read_tree(root)]
        assert found == ["api/a.cc"], found
    return samples + 1
