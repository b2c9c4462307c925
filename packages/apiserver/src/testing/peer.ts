import type { Peer, UserInfo } from "@dingi/apimachinery";

/** Whoever asks with a client certificate that holds until then. */
export function peerOf({ name, groups }: Pick<UserInfo, "name" | "groups">, notAfterMs: number): Peer {
  const certificate = { commonName: name, organizations: groups, fingerprint256: "00", notAfterMs };
  return { address: "192.0.2.9", certificate };
}
