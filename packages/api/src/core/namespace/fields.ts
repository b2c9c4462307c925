import { selectFields } from "@dingi/apimachinery";
import type { V1Namespace } from "./namespace.gen.ts";

export const fields = selectFields<V1Namespace>({
  "status.phase": (namespace) => namespace.status.phase,
  name: (namespace) => namespace.metadata.name,
});
