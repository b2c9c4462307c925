/** Epoch milliseconds as `metav1.Time` is written: RFC 3339 to the second, UTC. */
export function wireTime(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}
