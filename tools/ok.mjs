// `npm run ok`: everything that must hold before a commit, in under a minute: format, lint, types, laws, generated code, fast tests.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { endsWithThis } from "./laws/ends-with-this.mjs";
import { ROOT } from "./laws/law.mjs";

const node = process.execPath;
const bin = (name) => join(ROOT, "node_modules/.bin", name);
const law = (name) => ({ title: name, command: node, args: [join(ROOT, `tools/${name}.mjs`)] });
const generator = join(ROOT, "tools/gen/gen.mjs");

/** Those of one row run side by side. */
const ROWS = [
  [
    { title: "format", command: bin("oxfmt"), args: ["--check"] },
    { title: "lint", command: bin("oxlint"), args: ["--type-aware", "--quiet"] },
  ],
  [
    { title: "types", command: bin("tsc"), args: ["-p", "tsconfig.json"] },
    ...[
      "layers",
      "cycles",
      "sizes",
      "ratchet",
      "determinism",
      "names",
      "breadcrumbs",
      "parity",
      "exports",
      "security",
    ].map((name) => law(`check-${name}`)),
    ...(existsSync(generator) ? [{ title: "gen --check", command: node, args: [generator, "--check"] }] : []),
  ],
  [
    {
      title: "fast tests",
      command: node,
      args: [join(ROOT, "tools/run-tests.mjs"), "--fast", "--changed"],
      live: true,
    },
  ],
];

/** Collects what a step says and shows it only when the step fails. */
async function run({ title, command, args, live = false }) {
  const start = performance.now();
  const { promise, resolve } = Promise.withResolvers();
  const child = spawn(command, args, { cwd: ROOT, stdio: live ? "inherit" : ["ignore", "pipe", "pipe"] });
  endsWithThis(child);
  let said = "";
  child.stdout?.on("data", (chunk) => (said += chunk));
  child.stderr?.on("data", (chunk) => (said += chunk));
  child.on("error", (error) => resolve({ code: 1, note: error.message }));
  child.on("close", (code) => resolve({ code, note: "" }));
  const { code, note } = await promise;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${title} (${seconds} s)`);
  if (code !== 0) console.log(said + note);
  return code === 0;
}

const results = [];
for (const row of ROWS) results.push(...(await Promise.all(row.map(run))));
if (!results.every(Boolean)) process.exitCode = 1;
