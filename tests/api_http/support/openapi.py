"""Holds recorded answers against the server's own OpenAPI 3.1 document.

Of every answer: path and method are declared (an answer to no route, and one to an undeclared
method, must equal a problem response that some operation declares), the status is declared, every
field is declared there and every required one present, the body is valid by the schema, and no body
has a member that the schema does not name.
"""

import json
import re
import urllib.parse

import jsonschema

EXEMPT_HEADERS = {"date", "content-length", "content-type", "connection"}
# What may be answered before the method matters.
HEAD_STATUSES = {400, 405, 408, 411, 414, 431}
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


class Document:
    def __init__(self, document):
        assert document["openapi"].startswith("3.1."), document["openapi"]
        self.document = document
        self.resolver = jsonschema.RefResolver("", document)
        self.templates = sorted(document["paths"], key=lambda path: path.count("{"))
        self.validators = {}
        self.seen = set()

    def resolve(self, node):
        while "$ref" in node:
            reference = node["$ref"]
            assert reference.startswith("#/"), f"a reference out of the document: {reference}"
            node = self.resolver.resolve(reference)[1]
        return node

    def path_item(self, target):
        """The item of the path that the target names, or None."""
        path = re.sub(r"^http://[^/]*", "", target).partition("?")[0]
        segments = [urllib.parse.unquote(segment) for segment in path.split("/")]
        for template in self.templates:
            pattern = template.split("/")
            if len(pattern) == len(segments) and all(
                    segment and part.startswith("{") or part == segment
                    for part, segment in zip(pattern, segments)):
                return self.document["paths"][template]
        return None

    def operations(self):
        for item in self.document["paths"].values():
            for method in METHODS & item.keys():
                yield item[method]

    def candidates(self, answer):
        """The declared responses that the answer may be; a string when there are none."""
        status = str(answer.status)
        item = self.path_item(answer.target) if answer.target else None
        if item is not None:
            method = answer.method.lower()
            operation = item.get(method) or (item.get("get") if method == "head" else None)
            if operation is not None:
                if status not in operation["responses"]:
                    return f"status {status} is not declared"
                return [self.resolve(operation["responses"][status])]
            if answer.status not in HEAD_STATUSES:
                return f"an undeclared method was answered by {status}"
        elif answer.target and answer.status < 400:
            return f"an undeclared path was answered by {status}"
        if answer.status < 400:
            return []
        shared = [self.resolve(operation["responses"][status])
                  for operation in self.operations() if status in operation["responses"]]
        if not shared:
            shared = [self.resolve(response) for response
                      in self.document.get("components", {}).get("responses", {}).values()]
        shared = [response for response in shared
                  if "application/problem+json" in response.get("content", {})]
        return shared or f"no shared problem response with status {status}"

    def faults(self, answer):
        """Yields a sentence for everything in the answer that the document does not say."""
        if answer.target and answer.target.startswith("/") and not answer.target.startswith(
                "/api") and self.path_item(answer.target) is None:
            return  # a page
        candidates = self.candidates(answer)
        if isinstance(candidates, str):
            yield candidates
            return
        reasons = [list(self.response_faults(answer, response)) for response in candidates]
        if reasons and all(reasons):
            yield from min(reasons, key=len)

    def response_faults(self, answer, response):
        declared = {name.lower(): self.resolve(header)
                    for name, header in response.get("headers", {}).items()}
        present = {name.lower() for name, _ in answer.headers}
        for name in sorted(present - declared.keys() - EXEMPT_HEADERS):
            yield f"header {name} is not declared with {answer.status}"
        for name, header in declared.items():
            if header.get("required") and name not in present:
                yield f"header {name} is declared as required with {answer.status}, and absent"
            if name in present and "schema" in header:
                yield from self.header_faults(name, answer.header(name), header["schema"])
        content = response.get("content")
        if not content:
            if answer.body:
                yield f"a body with {answer.status}, which declares none"
            return
        if answer.method == "HEAD":
            return
        kind = (answer.header("Content-Type") or "").partition(";")[0]
        if kind not in content:
            yield f"Content-Type {kind!r} is not declared with {answer.status}"
            return
        if kind.endswith("json"):
            yield from self.body_faults(answer, content[kind]["schema"])

    def header_faults(self, name, value, schema):
        if self.resolve(schema).get("type") == "integer" and re.fullmatch(r"-?\d+", value):
            value = int(value)
        for error in self.validator(schema).iter_errors(value):
            yield f"header {name}: {error.message}"

    def validator(self, schema):
        key = id(schema)
        if key not in self.validators:
            self.validators[key] = jsonschema.Draft202012Validator(schema, resolver=self.resolver)
        return self.validators[key]

    def body_faults(self, answer, schema):
        try:
            body = answer.json()
        except ValueError as error:
            yield f"the body is no JSON in UTF-8: {error}"
            return
        if answer.status >= 400 and "request_id" in body:
            body["request_id"] = "x"  # so that equal problems are validated once
        key = (id(schema), json.dumps(body))
        if key in self.seen:
            return
        self.seen.add(key)
        for error in self.validator(schema).iter_errors(body):
            yield f"body at {error.json_path}: {error.message[:300]}"
        yield from self.undeclared(schema, body, "$")

    def members(self, schema):
        """(properties by name, item schemas) that a schema declares, over its compositions."""
        schema = self.resolve(schema) if "$ref" in schema and len(schema) == 1 else schema
        properties, items = dict(schema.get("properties", {})), []
        if "items" in schema:
            items.append(schema["items"])
        parts = [part for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, ())]
        parts += [schema[word] for word in ("then", "else") if word in schema]
        if "$ref" in schema:
            parts.append({"$ref": schema["$ref"]})
        for part in parts:
            more_properties, more_items = self.members(part)
            for name, member in more_properties.items():
                properties[name] = (
                    {"anyOf": [properties[name], member]} if name in properties else member)
            items += more_items
        return properties, items

    def undeclared(self, schema, value, where):
        if not isinstance(value, (dict, list)):
            return
        properties, items = self.members(schema)
        if isinstance(value, list):
            for index, element in enumerate(value if items else ()):
                yield from self.undeclared({"anyOf": items}, element, f"{where}[{index}]")
            return
        if not properties:
            return  # a free-form object, such as the document itself
        for name, member in value.items():
            if name not in properties:
                yield f"body at {where}: member {name!r} is not declared"
            else:
                yield from self.undeclared(properties[name], member, f"{where}.{name}")
