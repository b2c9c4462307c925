import type { UdpFrontend } from "./service-rules.ts";

/** Where a client sends, and where that is translated to. */
export interface UdpFlow {
  readonly address: string;
  readonly port: number;
  readonly endpoint: string;
}

/** A remembered UDP connection that leads nowhere any more. */
export interface StaleFlow {
  readonly address: string;
  readonly port: number;
  /** Only connections to this endpoint; all of the frontend when undefined. */
  readonly endpoint?: string;
}

/** Upstream: pkg/proxy/conntrack/cleanup.go#CleanStaleEntries */
export function staleFlows(previous: readonly UdpFrontend[], next: readonly UdpFrontend[]): StaleFlow[] {
  const stale: StaleFlow[] = [];
  const after = new Map(next.map((frontend) => [`${frontend.address}:${frontend.port}`, frontend]));
  const before = new Map(previous.map((frontend) => [`${frontend.address}:${frontend.port}`, frontend]));
  for (const [key, { address, port, serving }] of before) {
    for (const endpoint of serving) if (!after.get(key)?.serving.has(endpoint)) stale.push({ address, port, endpoint });
  }
  for (const [key, { address, port, serving }] of after) {
    // Packets that found no endpoint are remembered as going to the address itself.
    if (serving.size > 0 && (before.get(key)?.serving.size ?? 0) === 0) stale.push({ address, port });
  }
  return stale;
}
