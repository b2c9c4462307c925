import type { Clock } from "@dingi/base";
import type { LogOptions } from "./log-stream.ts";
import { HttpError } from "./request-target.ts";

const STREAMS: readonly LogOptions["stream"][] = ["All", "Stdout", "Stderr"];

/** Throws HttpError 400 for what is no number or time, 422 for what is out of range. Upstream: pkg/kubelet/server/server.go#getContainerLogs */
export function parseLogOptions(query: URLSearchParams, clock: Clock): LogOptions {
  const seconds = integerAt(query, "sinceSeconds", 1);
  return {
    follow: query.get("follow") === "true",
    timestamps: query.get("timestamps") === "true",
    tailLines: integerAt(query, "tailLines", 0),
    limitBytes: integerAt(query, "limitBytes", 1),
    sinceMs: seconds === undefined ? timeAt(query, "sinceTime") : clock.now() - seconds * 1000,
    stream: streamOf(query.get("stream") ?? "All"),
  };
}

function integerAt(query: URLSearchParams, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (!text) return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text)) throw undecodable();
  if (Number(text) < least) throw outOfRange();
  return Number(text);
}

function timeAt(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (!text) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw undecodable();
  return time;
}

function streamOf(text: string): LogOptions["stream"] {
  const stream = STREAMS.find((known) => known === text);
  if (stream === undefined) throw outOfRange();
  return stream;
}

const undecodable = (): HttpError => new HttpError(400, '{"message": "Unable to decode query."}');
const outOfRange = (): HttpError => new HttpError(422, '{"message": "Invalid request."}');
