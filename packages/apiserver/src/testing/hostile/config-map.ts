import { deep, FILLING_BYTES, short } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

export const configMap: HostileKind = {
  url: "/api/v1/namespaces/default/configmaps",
  base: { apiVersion: "v1", kind: "ConfigMap" },
  fields: {
    "wide data": (filling) => ({ data: filling.map((i) => `a${short(i)}`, "") }),
    "invalid keys": (filling) => ({ data: filling.map((i) => `/${short(i)}`, "") }),
    "data in both": (filling) => ({
      data: filling.map((i) => `a${short(i)}`, "", 1 / 2),
      binaryData: filling.map((i) => `a${short(i)}`, "", 1 / 2),
    }),
    "one long value": () => ({ data: { a: "x".repeat(FILLING_BYTES) } }),
    "one long binary value": () => ({ binaryData: { a: "AAAA".repeat(FILLING_BYTES / 4) } }),
    "values of the wrong type": (filling) => ({ data: filling.map((i) => `a${short(i)}`, 1) }),
    "deep objects": () => ({ data: deep(9000) }),
  },
};
