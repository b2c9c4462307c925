import { createHash } from "node:crypto";
import {
  groupOf,
  inVersion,
  versionOf,
  type AnyKind,
  type ReviewDefinition,
  type Scheme,
  type ServedVersion,
  type Verb,
} from "@dingi/apimachinery";
import { compareVersions } from "./compare-versions.ts";

/** One served resource as discovery tells of it, in either of its two forms. */
export interface DiscoveredResource {
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs: readonly Verb[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly storageVersionHash: string;
  readonly subresources: readonly DiscoveredSubresource[];
}

export interface DiscoveredSubresource {
  readonly name: string;
  /** Group and version are empty when they are those of the list. */
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly verbs: readonly Verb[];
}

export interface DiscoveredVersion {
  readonly apiVersion: string;
  readonly group: string;
  readonly version: string;
  readonly resources: readonly DiscoveredResource[];
}

/** Groups in upstream's order of priority; others follow by name. Upstream: pkg/controlplane/apiserver/aggregator.go */
const GROUP_ORDER = [
  "",
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "resource.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "storagemigration.k8s.io",
];

/**
 * All that is served, groups in order of priority, newest version of a group first. A version that only has bodies of
 * subresources, as Scale and Eviction are, is none: clients that find it empty take discovery for broken.
 */
export function discover(scheme: Scheme): readonly DiscoveredVersion[] {
  return [...scheme.versions]
    .map(describeVersion)
    .filter(({ resources }) => resources.length > 0)
    .sort(
      (a, b) =>
        rank(a.group) - rank(b.group) || a.group.localeCompare(b.group) || compareVersions(b.version, a.version),
    );
}

const described = new WeakMap<ServedVersion, DiscoveredVersion>();

/** Once: a change concerns few of the versions. */
function describeVersion(served: ServedVersion): DiscoveredVersion {
  let found = described.get(served);
  if (!found) {
    const { apiVersion } = served;
    const [group, version] = [groupOf(apiVersion), versionOf(apiVersion)];
    described.set(served, (found = { apiVersion, group, version, resources: resourcesOf(served) }));
  }
  return found;
}

function rank(group: string): number {
  const index = GROUP_ORDER.indexOf(group);
  return index < 0 ? GROUP_ORDER.length : index;
}

function resourcesOf({ apiVersion, kinds, reviews }: ServedVersion): DiscoveredResource[] {
  // A review without a plural of its own is the body of an action subresource only.
  const created = reviews.filter(({ plural }) => plural !== "").map(describeReview);
  return [...kinds.map((kind) => describeKind(kind, apiVersion)), ...created].sort((a, b) =>
    a.plural < b.plural ? -1 : 1,
  );
}

/** What is done with objects that there are. */
const ENDING_VERBS: ReadonlySet<Verb> = new Set(["delete", "deletecollection", "get", "list", "watch"]);

function describeKind(kind: AnyKind, apiVersion: string): DiscoveredResource {
  const subresources = Object.entries(inVersion(kind, apiVersion).subresources).map(
    ([name, door]): DiscoveredSubresource => {
      if (door.type === "scale")
        return {
          name,
          kind: { group: "autoscaling", version: "v1", kind: "Scale" },
          verbs: ["get", "patch", "update"],
        };
      if (door.type === "update")
        return {
          name,
          kind: { group: "", version: "", kind: kind.kind },
          verbs: [...(door.verbs ?? ["get", "patch", "update"])].sort(),
        };
      const own =
        `${door.responseKind.group}/${door.responseKind.version}` === `${groupOf(apiVersion)}/${versionOf(apiVersion)}`;
      const { group, version, kind: responseKind } = door.responseKind;
      return {
        name,
        kind: own ? { group: "", version: "", kind: responseKind } : { group, version, kind: responseKind },
        verbs: [...door.verbs].sort(),
      };
    },
  );
  return {
    plural: kind.plural,
    singular: kind.singular,
    namespaced: kind.scope === "Namespaced",
    kind: kind.kind,
    verbs: kind.terminating ? kind.verbs.filter((verb) => ENDING_VERBS.has(verb)) : kind.verbs,
    shortNames: kind.shortNames,
    categories: kind.categories,
    storageVersionHash: kind.computed ? "" : storageVersionHash(kind),
    subresources: subresources.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function describeReview(review: ReviewDefinition): DiscoveredResource {
  return {
    plural: review.plural,
    singular: review.singular,
    namespaced: review.scope === "Namespaced",
    kind: review.kind,
    verbs: ["create"],
    shortNames: [],
    categories: [],
    storageVersionHash: "",
    subresources: [],
  };
}

/** Upstream: apiserver/pkg/endpoints/discovery/storageversionhash.go */
function storageVersionHash(kind: AnyKind): string {
  const text = `${kind.group}/${versionOf(kind.apiVersion)}/${kind.kind}`;
  return createHash("sha256").update(text).digest().subarray(0, 8).toString("base64");
}
