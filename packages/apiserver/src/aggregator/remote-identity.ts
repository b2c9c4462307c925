import type { OutgoingHttpHeaders } from "node:http";
import type { UserInfo } from "@dingi/apimachinery";

/** Who asks for the server itself: may everything, so that it is never refused what it looks at. */
export const AGGREGATOR: UserInfo = { name: "system:kube-aggregator", groups: ["system:masters"] };

/** What a header's name is made of; all else is escaped. */
const NOT_IN_NAMES = /[^A-Za-z0-9!#$&'*+\-.^_`|~]/g;

/** Who asks, as servers behind this one are told it. Upstream: client-go/transport/round_trippers.go#SetAuthProxyHeaders */
export function identityHeaders({ name, uid, groups, extra = {} }: UserInfo): OutgoingHttpHeaders {
  return {
    "x-remote-user": name,
    ...(uid ? { "x-remote-uid": uid } : {}),
    ...(groups.length > 0 ? { "x-remote-group": [...groups] } : {}),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [`x-remote-extra-${escapedName(key)}`, [...values]]),
    ),
  };
}

/** Byte by byte, as Go does. Upstream: …#headerKeyEscape */
function escapedName(key: string): string {
  return Buffer.from(key)
    .toString("latin1")
    .replace(NOT_IN_NAMES, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}
