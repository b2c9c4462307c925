import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { HttpCase } from "./case.ts";
import { fieldCases } from "./fields.ts";
import { KINDS } from "./kinds.ts";
import { verbCases } from "./verbs.ts";

interface Suite {
  readonly name: string;
  readonly cases: readonly HttpCase[];
  /** Of the API server, by name; with others than the default ones it has to be another server. */
  readonly flags: Readonly<Record<string, string>>;
}

/** Flow control writes into the status of its schemas whenever it likes. */
const NO_FLOW_CONTROL = { "enable-priority-and-fairness": "false" };

/** Those that are off by default and need no configuration, but for what would be in others' way. */
const OPTIONAL_PLUGINS = [
  "AlwaysAdmit",
  "NamespaceExists",
  "LimitPodHardAntiAffinityTopology",
  "NodeRestriction",
  "AlwaysPullImages",
  "PodNodeSelector",
  "PodTolerationRestriction",
  "ExtendedResourceToleration",
  "OwnerReferencesPermissionEnforcement",
  "DenyServiceExternalIPs",
];

const FLAGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "flow-schemas": NO_FLOW_CONTROL,
  "verbs-flowcontrol": NO_FLOW_CONTROL,
  "admission-plugins": { "enable-admission-plugins": OPTIONAL_PLUGINS.join(",") },
  "provisioned-namespaces": { "enable-admission-plugins": "NamespaceAutoProvision" },
  "flow-control": { "enable-priority-and-fairness": "true" },
  "max-in-flight": { "enable-priority-and-fairness": "false", "max-mutating-requests-inflight": "1" },
  // As our test server has them: ranges stand in messages.
  services: { "service-cluster-ip-range": "10.96.0.0/24", "service-node-port-range": "30000-30010" },
};

const here = import.meta.dirname;

/** All questions, by the file that upstream's answers lie in. */
export function loadSuites(): Suite[] {
  const files = readdirSync(join(here, "cases")).sort();
  const written = files.map((file) => ({
    name: file.replace(/\.yaml$/, ""),
    cases: (loadAll(readFileSync(join(here, "cases", file), "utf8")) as (HttpCase | null)[]).filter(
      (one) => one !== null,
    ),
  }));
  const ofKinds = Object.entries(KINDS).flatMap(([group, kinds]) => [
    { name: `verbs-${group}`, cases: verbCases(kinds) },
    { name: `fields-${group}`, cases: fieldCases(kinds) },
  ]);
  return [...written, ...ofKinds].map((suite) => ({ ...suite, flags: FLAGS[suite.name] ?? {} }));
}

export function recordedPath(suite: string): string {
  return join(here, "recorded", `${suite}.json`);
}

/** The same on both servers, and no other case's. */
export function namespaceOf(suite: string, index: number): string {
  return `${suite}-${index}`;
}
