#!/usr/bin/env python3
"""Makes one C++ source of what browsers get: bundled, minified, named by content, compressed.

    embed.py --esbuild PROGRAM --brotli PROGRAM --output assets.cc FOLDER

app.js and style.css are bundled with all that they import; the pictures are taken as they are.
"""

import argparse
import hashlib
import pathlib
import re
import subprocess
import tempfile
import zlib

# What a page refers to: file in the folder, media type, whether esbuild makes it.
ASSETS = [
    ("app.js", "text/javascript; charset=utf-8", True),
    ("style.css", "text/css; charset=utf-8", True),
    ("icons.svg", "image/svg+xml", False),
    ("favicon.svg", "image/svg+xml", False),
]
HASH_DIGITS = 10
LITERAL_BYTES = 96
# Browsers of the last two years; others get pages and forms.
SCRIPT_TARGET = "es2022"


def bundle(esbuild, source):
    """The minified bytes of a script or a style sheet with all that it imports."""
    with tempfile.TemporaryDirectory() as directory:
        output = pathlib.Path(directory) / source.name
        command = [esbuild, str(source), "--bundle", "--minify", "--charset=utf8",
                   "--log-level=warning", "--legal-comments=none", f"--outfile={output}"]
        if source.suffix == ".js":
            command += ["--format=esm", f"--target={SCRIPT_TARGET}"]
        subprocess.run(command, check=True)
        return output.read_bytes()


def picture(source):
    """An SVG without the blanks between its tags; icons.svg also stands inline in every page."""
    return re.sub(rb">\s+<", b"><", source.read_bytes().strip())


def gzip(data):
    """Level 9, without a time or a name, so that the same input gives the same bytes."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS, 9)
    return compressor.compress(data) + compressor.flush()


def brotli(program, data):
    return subprocess.run([program, "-q", "11", "-c", "-"], input=data, check=True,
                          stdout=subprocess.PIPE).stdout


def hashed_name(name, data):
    """app.js -> app-0123456789.js"""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(data).hexdigest()[:HASH_DIGITS]}.{suffix}"


def literal(data):
    """A std::string_view of these bytes as C++, in lines of bounded length."""
    def escaped(byte):
        plain = 32 <= byte < 127 and byte not in b'"\\?'
        return chr(byte) if plain else f"\\{byte:03o}"

    lines = ["".join(map(escaped, data[at:at + LITERAL_BYTES]))
             for at in range(0, len(data), LITERAL_BYTES)]
    text = "\n".join(f'     "{line}"' for line in lines)
    return f"std::string_view{{\n{text},\n     {len(data)}}}"


def smaller(packed, data):
    """A coding that saves nothing is left out."""
    return literal(packed) if len(packed) < len(data) else "{}"


def source_text(assets):
    """The whole .cc of (name, type, bytes, gzip, brotli)."""
    rows = []
    for name, media_type, data, zipped, pressed in assets:
        codings = ",\n     ".join([literal(data), smaller(zipped, data), smaller(pressed, data)])
        rows.append(f'    {{"{name}", "/assets/{hashed_name(name, data)}", "{media_type}",\n'
                    f"     {codings}}},\n")
    return ("// Made by server/web/embed.py.\n"
            '#include "server/web/assets.h"\n\n'
            "namespace warble::web {\nnamespace {\n\n"
            f"constexpr Asset kAssets[] = {{\n{''.join(rows)}}};\n\n"
            "}  // namespace\n\n"
            "std::span<const Asset> Assets() { return kAssets; }\n\n"
            "}  // namespace warble::web\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--esbuild", default="esbuild")
    parser.add_argument("--brotli", default="brotli")
    parser.add_argument("--output", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    assets = []
    for name, media_type, is_bundled in ASSETS:
        source = arguments.folder / name
        data = bundle(arguments.esbuild, source) if is_bundled else picture(source)
        assets.append((name, media_type, data, gzip(data), brotli(arguments.brotli, data)))
        print(f"{name}: {len(data)} bytes, gzip {len(assets[-1][3])}, brotli {len(assets[-1][4])}")
    arguments.output.write_text(source_text(assets), encoding="utf-8")


if __name__ == "__main__":
    main()
