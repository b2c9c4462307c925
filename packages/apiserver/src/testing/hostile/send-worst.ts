import type { RawRequest } from "../test-server.ts";
import { Filling, FILLING_BYTES } from "./filling.ts";
import type { HostileShape } from "./hostile-shape.ts";

const LEAST_FILLING_BYTES = 50_000;

/**
 * Sends the shape with half as much filling each time, until it is no longer refused for its number of values: that is the
 * worst that it can do.
 */
export async function sendWorst<T extends { readonly status: number }>(
  { request }: HostileShape,
  send: (request: RawRequest) => Promise<T>,
): Promise<T> {
  for (let bytes = FILLING_BYTES; ; bytes /= 2) {
    const answer = await send(asTrial(request(new Filling(bytes))));
    if (answer.status !== 413 || bytes < LEAST_FILLING_BYTES) return answer;
  }
}

/** The same as a trial, so that the next shape meets what this one met. */
function asTrial(request: RawRequest): RawRequest {
  if ((request.method ?? "GET") === "GET") return request;
  return { ...request, url: `${request.url}${request.url.includes("?") ? "&" : "?"}dryRun=All` };
}
