import { ageColumn, defineKind, nameColumn } from "@dingi/apimachinery";
import { V1ConfigMap } from "./configmap.gen.ts";
import { validateConfigMap, validateConfigMapUpdate } from "./validation.ts";

export * from "./configmap.gen.ts";

export const ConfigMap = defineKind<V1ConfigMap>({
  group: "",
  kind: "ConfigMap",
  plural: "configmaps",
  shortNames: ["cm"],
  scope: "Namespaced",
  versions: { v1: { schema: V1ConfigMap, storage: true } },
  strategy: { validate: validateConfigMap, validateUpdate: validateConfigMapUpdate },
  columns: [
    nameColumn,
    { name: "Data", type: "string", value: ({ data, binaryData }) => size(data) + size(binaryData) },
    ageColumn,
  ],
});

const size = (map: Readonly<Record<string, string>> | undefined): number => Object.keys(map ?? {}).length;
