import { createdAtColumn, defineKind, nameColumn } from "@dingi/apimachinery";
import { defaultLimitRange } from "./defaults.ts";
import { V1LimitRange } from "./limitrange.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./limitrange.gen.ts";

export const LimitRange = defineKind<V1LimitRange>({
  group: "",
  kind: "LimitRange",
  plural: "limitranges",
  shortNames: ["limits"],
  scope: "Namespaced",
  versions: { v1: { schema: V1LimitRange, defaults: defaultLimitRange, storage: true } },
  strategy,
  columns: [nameColumn, createdAtColumn],
});
