import { defineKind, selectFields } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultSecret } from "./defaults.ts";
import { V1Secret } from "./secret.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./secret.gen.ts";

export const Secret = defineKind<V1Secret>({
  group: "",
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
  versions: { v1: { schema: V1Secret, defaults: defaultSecret, storage: true } },
  strategy,
  columns,
  fields: selectFields<V1Secret>({ type: (secret) => secret.type }),
});
