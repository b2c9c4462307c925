import { FILLING_BYTES } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

export const event: HostileKind = {
  url: "/api/v1/namespaces/default/events",
  base: { apiVersion: "v1", kind: "Event", involvedObject: { namespace: "default" } },
  fields: {
    "long message": () => ({ message: "x".repeat(FILLING_BYTES) }),
    "long note": () => ({ reason: "\u{1f600}".repeat(FILLING_BYTES / 4) }),
  },
};
