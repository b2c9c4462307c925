import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { RecordedRequest } from "./recorded-request.ts";

/** Where both programs run. */
export const FILES = join(import.meta.dirname, "files");
export const RECORDED = join(import.meta.dirname, "recorded.json");

/** What a run came to. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether it asked what the server serves; how often and from which copy is a client's own affair. */
  readonly discovers: boolean;
  /** In any order, and each once: what is looked at twice changes nothing. */
  readonly reads: readonly RecordedRequest[];
  /** In their order. */
  readonly writes: readonly RecordedRequest[];
}

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Invocation {
  readonly line: string;
  readonly argv: readonly string[];
  /** A file in `FILES`. */
  readonly stdin?: string;
}

export function loadInvocations(): Invocation[] {
  const groups = load(readFileSync(join(import.meta.dirname, "invocations.yaml"), "utf8")) as Record<string, string[]>;
  return Object.values(groups).flat().map(parseLine);
}

function parseLine(line: string): Invocation {
  const words = [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""));
  const at = words.indexOf("<");
  return at < 0 ? { line, argv: words } : { line, argv: words.slice(0, at), stdin: words[at + 1]! };
}

export function loadRecorded(): Record<string, Outcome> {
  return JSON.parse(readFileSync(RECORDED, "utf8")) as Record<string, Outcome>;
}

const DISCOVERY = /^GET (\/api(\/v1)?|\/apis(\/[^/]+\/[^/]+)?|\/openapi\/.*)$/;
const READ = /^GET /;
const STREAM = / \(\w+\)$/;

/** A run and its requests as data. */
export function outcomeOf(run: Run, requests: readonly RecordedRequest[], server: string): Outcome {
  const reads = new Map<string, RecordedRequest>();
  const writes: RecordedRequest[] = [];
  for (const request of requests) {
    if (DISCOVERY.test(request.do)) continue;
    if (READ.test(request.do) && !STREAM.test(request.do)) reads.set(JSON.stringify(request), request);
    else writes.push(request);
  }
  const masked = (text: string) =>
    text
      .replaceAll(server, "https://SERVER")
      .replaceAll(new URL(server).host, "SERVER")
      .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME")
      .replaceAll(/\b(\d+[ydhms])+( ago)?(?= *$|  )/gm, "AGE")
      // What klog puts in front.
      .replaceAll(/^[IWE]\d{4} [\d:.]+ +\d+ /gm, "LOG ");
  return {
    code: run.code,
    stdout: masked(run.stdout),
    stderr: masked(run.stderr),
    discovers: requests.some((request) => DISCOVERY.test(request.do)),
    reads: [...reads.keys()].sort().map((key) => reads.get(key)!),
    writes,
  };
}
