/** Epoch milliseconds as `metav1.Time` is written: RFC 3339 to the second, UTC. */
export function wireTime(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== last.second) last = { second, text: `${new Date(second * 1000).toISOString().slice(0, 19)}Z` };
  return last.text;
}

/** Epoch milliseconds as `metav1.MicroTime` is written: RFC 3339 to the microsecond, UTC. */
export function wireMicroTime(nowMs: number): string {
  return new Date(nowMs).toISOString().replace("Z", "000Z");
}

/** One write asks for the same second several times. */
let last = { second: 0, text: "1970-01-01T00:00:00Z" };
