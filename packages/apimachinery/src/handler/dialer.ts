import type { Duplex } from "node:stream";

type DialTarget =
  | { readonly host: string; readonly port: number }
  | { readonly node: string }
  | { readonly service: string; readonly port: number };

/** Opens byte streams into the cluster's network, wherever the caller runs. Rejects with the network's own error. */
export interface Dialer {
  dial(target: DialTarget, signal: AbortSignal): Promise<Duplex>;
}
