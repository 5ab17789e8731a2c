// Lints an OpenAPI document by the rules of a public linter, and a few that it leaves to choice:
//
//     node tests/api_http/lint_openapi.mjs api/openapi.json
//
// A warning is a failure too. It needs no network; `tools/setup tests` installs the linter.

let linter;
try {
  linter = await import("@redocly/openapi-core");
} catch {
  console.error("lint_openapi: the linter is not installed: run `tools/setup tests`");
  process.exit(2);
}

const config = await linter.createConfig({
  extends: ["recommended-strict"],
  rules: {
    "info-contact": "error",
    "operation-description": "error",
    "parameter-description": "error",
  },
});

const problems = await linter.lint({ ref: process.argv[2], config });
const totals = linter.getTotals(problems);
linter.formatProblems(problems, { format: "codeframe", totals, maxProblems: 100, version: "" });
if (totals.errors + totals.warnings + totals.ignored > 0) process.exit(1);
console.log("no problem");
