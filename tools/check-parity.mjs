// Every kind that is stored is compared with upstream: its rules by a case, and its requests by an example in each version
// that is served, or where names are not free by a suite of its own.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isProgram, report, ROOT } from "./laws/law.mjs";

const CASES = "test/parity/cases";
const EXAMPLES = "test/parity/http/kinds.ts";
const SUITES = "test/parity/http/cases";

/**
 * @param {object} tree
 * @param {{ kind: string, plural: string, computed?: boolean, versions: Record<string, unknown> }[]} tree.kinds
 * @param {string[]} tree.cases What each case is of: "apps/v1/deployments".
 * @param {{ root: string, resource: string }[]} tree.examples With their path: "/apis/apps/v1".
 * @param {string[]} tree.suites Of HTTP, by their names: "ipaddresses".
 * @returns {import("./laws/law.mjs").Violation[]}
 */
export function checkParity({ kinds, cases, examples, suites = [] }) {
  const tried = new Set(cases);
  const asked = new Set(examples.map(({ root, resource }) => `${root.replace(/^\/apis?\//, "")}/${resource}`));
  const stored = kinds.filter(({ computed }) => !computed);
  return stored.flatMap(({ kind, plural, versions }) => {
    const resources = Object.keys(versions).map((apiVersion) => `${apiVersion}/${plural}`);
    const untried = resources.some((resource) => tried.has(resource))
      ? []
      : [{ path: CASES, message: `no case is of ${kind} (resource: ${resources[0]})` }];
    const unasked = resources
      .filter((resource) => !asked.has(resource) && !suites.includes(plural))
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
  const { KINDS } = await import(join(ROOT, EXAMPLES));
  return {
    kinds,
    examples: Object.values(KINDS).flat(),
    suites: readdirSync(join(ROOT, SUITES)).map((file) => file.replace(/\.yaml$/, "")),
    cases: files.flatMap((file) => resourcesOf(readFileSync(join(ROOT, CASES, file), "utf8"))),
  };
}

if (isProgram(import.meta.url)) report("check-parity", { violations: checkParity(await readTree()) });
