import { firstDifference } from "../http/compare.ts";
import { normalizeAnswer, type Recorded } from "../http/normalize.ts";
import type { Recording } from "./recorder.ts";
import type { Manifest } from "./source.ts";

/** What one server did with one manifest. */
interface Outcome {
  readonly manifest: Manifest;
  readonly recordings: readonly Recording[];
}

export interface Difference {
  readonly manifest: Manifest;
  readonly text: string;
}

/** To each manifest what was asked and answered for it, by what stands in the path or in the body. */
export function outcomesOf(manifests: readonly Manifest[], recordings: readonly Recording[]): Outcome[] {
  const left = [...recordings];
  return manifests.map((manifest) => {
    const own = left.filter((recording) => isFor(recording, manifest));
    for (const recording of own) left.splice(left.indexOf(recording), 1);
    return { manifest, recordings: own };
  });
}

function isFor(
  { method, url, body }: Recording,
  { apiVersion, kind, namespace, name, isGenerated }: Manifest,
): boolean {
  const path = url.split("?")[0]!;
  if (!path.startsWith(apiVersion.includes("/") ? `/apis/${apiVersion}/` : `/api/${apiVersion}/`)) return false;
  const parts = path.split("/");
  const inNamespace =
    parts.at(method === "POST" ? -3 : -4) === "namespaces" ? parts.at(method === "POST" ? -2 : -3) : "";
  if (inNamespace !== "" && inNamespace !== (namespace || "default")) return false;
  if (method !== "POST") return decodeURIComponent(parts.at(-1)!) === name && resourceFits(parts.at(-2)!, kind);
  const sent = parse(body) as { kind?: string; metadata?: { name?: string; generateName?: string } } | undefined;
  const named = (isGenerated ? sent?.metadata?.generateName : sent?.metadata?.name) ?? "";
  return sent?.kind === kind && named === name;
}

/** "networkpolicies" of "NetworkPolicy". */
const resourceFits = (plural: string, kind: string): boolean => {
  const start = kind.toLowerCase();
  return plural.startsWith(start.slice(0, -1)) && plural.length <= start.length + 3;
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The first thing that differs; undefined when both did the same. */
export function compareOutcomes(ours: Outcome, upstream: Outcome): Difference | undefined {
  const { manifest } = ours;
  const asked = ({ recordings }: Outcome) => recordings.map(({ method }) => method).join(", ") || "nothing";
  for (const [i, theirs] of upstream.recordings.entries()) {
    const mine = ours.recordings[i];
    if (mine?.method !== theirs.method) break;
    const found = compareRecordings(mine, theirs, manifest);
    if (found !== undefined) return { manifest, text: found };
  }
  if (asked(ours) === asked(upstream)) return undefined;
  return { manifest, text: `requests: ours are ${asked(ours)}, upstream's are ${asked(upstream)}` };
}

function compareRecordings(ours: Recording, upstream: Recording, manifest: Manifest): string | undefined {
  if (ours.url !== upstream.url) return `url: ours is "${ours.url}", upstream's is "${upstream.url}"`;
  if (ours.body !== upstream.body) return "the bodies that kubectl sends are not the same";
  const [mine, theirs] = [normalized(ours, manifest), normalized(upstream, manifest)];
  const found = firstDifference(mine, theirs);
  if (found === undefined) return undefined;
  // Upstream goes through some maps in no order, so this alone is no fault yet.
  const isOrder = firstDifference(withSortedCauses(mine), withSortedCauses(theirs)) === undefined;
  return `${ours.method}: ${isOrder ? "the same errors come in another order" : found}`;
}

/** The message says the causes again. */
function withSortedCauses(answer: Recorded): Recorded {
  const { details } = (answer.body ?? {}) as { details?: { causes?: readonly unknown[] } };
  if (!details?.causes || details.causes.length < 2) return answer;
  const causes = details.causes.map((cause) => JSON.stringify(cause)).sort();
  return { ...answer, body: { ...(answer.body as object), message: "", details: { ...details, causes } } };
}

function normalized({ answer }: Recording, { name, isGenerated }: Manifest) {
  const text = isGenerated ? answer.text.replaceAll(generated(name), `${name}<suffix>`) : answer.text;
  return normalizeAnswer({ ...answer, text }, undefined);
}

const generated = (prefix: string): RegExp =>
  new RegExp(`${prefix.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}[a-z0-9]{5}(?=\\W)`, "g");

interface DifferenceGroup {
  /** The difference without what is one object's own. */
  readonly kind: string;
  readonly differences: readonly Difference[];
}

/** The largest first. */
export function groupDifferences(differences: readonly Difference[]): DifferenceGroup[] {
  const groups = Map.groupBy(differences, ({ text }) => generalize(text));
  return [...groups]
    .map(([kind, members]) => ({ kind, differences: members }))
    .sort((a, b) => b.differences.length - a.differences.length);
}

/** Names, numbers and places in lists are one object's own. */
function generalize(text: string): string {
  return text
    .replaceAll(/\\+"[^"\\]*\\+"/g, "<value>")
    .replaceAll(/\[\d+\]/g, "[]")
    .replaceAll(/\b\d+\b(?!,? upstream's is \d{3}$)/g, (digits) => (digits.length === 3 ? digits : "N"))
    .slice(0, 300);
}
