// Every kind is compared with upstream: its rules by a case, and its requests by an example in each version that is served.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isProgram, report, ROOT } from "./laws/law.mjs";

const CASES = "test/parity/cases";
const EXAMPLES = "test/parity/http/kinds.ts";

/**
 * @param {object} tree
 * @param {{ kind: string, plural: string, versions: Record<string, unknown> }[]} tree.kinds
 * @param {string[]} tree.cases What each case is of: "apps/v1/deployments".
 * @param {{ root: string, resource: string }[]} tree.examples With their path: "/apis/apps/v1".
 * @returns {import("./laws/law.mjs").Violation[]}
 */
export function checkParity({ kinds, cases, examples }) {
  const tried = new Set(cases);
  const asked = new Set(examples.map(({ root, resource }) => `${root.replace(/^\/apis?\//, "")}/${resource}`));
  return kinds.flatMap(({ kind, plural, versions }) => {
    const resources = Object.keys(versions).map((apiVersion) => `${apiVersion}/${plural}`);
    const untried = resources.some((resource) => tried.has(resource))
      ? []
      : [{ path: CASES, message: `no case is of ${kind} (resource: ${resources[0]})` }];
    const unasked = resources
      .filter((resource) => !asked.has(resource))
      .map((resource) => ({ path: EXAMPLES, message: `there is no example of ${kind} as ${resource}` }));
    return [...untried, ...unasked];
  });
}

/** What the cases of a file are of, without reading the rest of them. */
export function resourcesOf(yaml) {
  return [...yaml.matchAll(/^resource: *["']?([^\s"'#]+)/gm)].map(([, resource]) => resource);
}

async function readTree() {
  const files = readdirSync(join(ROOT, CASES)).filter((file) => file.endsWith(".yaml"));
  const { builtinKinds: kinds } = await import("@dingi/api");
  const { KINDS: examples } = await import(join(ROOT, EXAMPLES));
  return {
    kinds,
    examples,
    cases: files.flatMap((file) => resourcesOf(readFileSync(join(ROOT, CASES, file), "utf8"))),
  };
}

if (isProgram(import.meta.url)) report("check-parity", { violations: checkParity(await readTree()) });
