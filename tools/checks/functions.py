"""Where functions begin and end."""

import ast
import re


def python_functions(text):
    """(first line, last line, name) of every function."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno, node.name


def hide(match):
    return re.sub(r"[^\n]", " ", match[0])


def without_literals(text):
    """The same C++ with comments, literals and directives blanked out; lines stay where they are.

    String literals become "" so that what they stand in keeps its shape.
    """
    token = re.compile(
        r'(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)'
        r'|(?P<raw>\bu?8?R"(?P<tag>[^()\s"]*)\(.*?\)(?P=tag)")'
        r'|(?P<string>"(?:\\.|[^"\\\n])*")'
        r"|(?P<number>\b\d[\w']*)"
        r"|(?P<character>'(?:\\.|[^'\\\n])+')"
        r"|(?P<directive>^[ ]*\#(?:\\\n|[^\n])*)", re.DOTALL | re.MULTILINE)
    return token.sub(hide, text)


# What opens a block whose declarations count one by one.
TRANSPARENT = re.compile(
    r"^(?:template<.*>)?(?:(?:inline|typedef|static|extern)\s+)*"
    r"(?:namespace|class|struct|union|enum|extern)\b(?!.*\(\))", re.DOTALL)


def opens_function(header):
    """Whether a brace after `header`, all since the declaration began, opens a function's body."""
    flat = header.strip()
    while re.search(r"\([^()]*\)", flat):
        flat = re.sub(r"\([^()]*\)", "\x00", flat)
    flat = flat.replace("\x00", "()")
    if "()" not in flat:
        return False
    if re.search(r"=\s*\[", flat) or "operator" in flat:
        return True
    return "=" not in re.sub(r"[=!<>]=", "", flat)


def cpp_functions(text):
    """(first line, last line, name) of every function defined at namespace or class level.

    A heuristic on braces: lambdas and local classes count to the function they stand in.
    """
    code = without_literals(text)
    start = 0          # where the present declaration began
    stack = []         # for every open brace: the start of its function, or None
    parentheses = 0
    for match in re.finditer(r"[(){};]|\b(?:public|private|protected)\s*:(?!:)", code):
        sign, position = match[0], match.start()
        if stack and stack[-1] is not None:
            # Within a function, or something else that is opaque: only braces matter.
            if sign == "{":
                stack.append(stack[-1])
            elif sign == "}":
                opened = stack.pop()
                if not stack or stack[-1] is None:
                    continues = re.match(r"\s*[,{]", code[match.end():match.end() + 200])
                    if opened >= 0 and not continues:
                        yield describe(code, opened, position)
                    if not continues:
                        start = match.end()
            continue
        if sign in "()":
            parentheses += 1 if sign == "(" else -1
        elif parentheses > 0:
            continue
        elif sign == "{":
            header = code[start:position].strip()
            if re.match(r"^$", header) or TRANSPARENT.match(header):
                stack.append(None)
                start = match.end()
            else:
                stack.append(start if opens_function(header) else -1)
        elif sign == "}":
            if stack:
                stack.pop()
            start = match.end()
        else:
            start = match.end()


def describe(code, start, end):
    start += len(code[start:end]) - len(code[start:end].lstrip())
    name = re.search(r"([\w:~]+)\s*\(", code[start:end])
    return (code.count("\n", 0, start) + 1, code.count("\n", 0, end) + 1,
            name[1] if name else "a function")


# Where a slash begins a regular expression: after these, or after a word like `return`.
BEFORE_REGEX = re.compile(r"(?:^|[(,=:\[!&|?{};+<>~*%-]|\b(?:return|typeof|case|of|in|await))\s*$")
JS_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)
JS_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/\w*")
JS_TEMPLATE = re.compile(r"(?:\\.|[^`\\$]|\$(?!\{))*", re.DOTALL)


def js_without_literals(text):
    """The same JavaScript with comments and literals blanked out, but not what templates insert."""
    code = []
    templates = []  # for every open template: how many braces are open in what it inserts
    at = 0
    while at < len(text):
        sign = text[at]
        found = None
        if sign == "`" or (sign == "}" and templates and templates[-1] == 0):
            if sign == "}":
                templates.pop()
            found = JS_TEMPLATE.match(text, at + 1)
            code.append(hide([text[at:found.end()]]))
            at = found.end()
            if text[at:at + 2] == "${":
                templates.append(0)
                at += 1
            code.append("  ")
            at += 1
            continue
        if templates and sign in "{}":
            templates[-1] += 1 if sign == "{" else -1
        found = JS_TOKEN.match(text, at)
        if not found and sign == "/" and BEFORE_REGEX.search("".join(code[-80:])):
            found = JS_REGEX.match(text, at)
        code.append(hide([found[0]]) if found else sign)
        at = found.end() if found else at + 1
    return "".join(code)


JS_BLOCK = re.compile(r"^(?:\}\s*)?(?:else\s+)?(?:if|for|for await|while|switch|catch|with)\b")


def js_functions(text):
    """(first line, last line, name) of every function, those within others too."""
    code = js_without_literals(text)
    stack = []
    start = 0
    for match in re.finditer(r"[{};]", code):
        position = match.start()
        if match[0] == "{":
            header = code[start:position].strip()
            opens = header.endswith("=>") or (header.endswith(")") and not JS_BLOCK.match(header))
            stack.append(start if opens else None)
        elif match[0] == "}" and stack:
            opened = stack.pop()
            if opened is not None:
                yield describe(code, opened, position)
        start = match.end()
