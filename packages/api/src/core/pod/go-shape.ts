import { goValue } from "@dingi/apimachinery";
import { V1PodSpec, type V1PodTemplateSpec } from "./pod.gen.ts";

/** As upstream's own types print them in errors: only metadata have JSON names. */
export function goPodTemplate({ metadata, spec }: V1PodTemplateSpec): Record<string, unknown> {
  return { ...metadata, Spec: goPodSpec(spec ?? { containers: [] }) };
}

export function goPodSpec(spec: V1PodSpec): Record<string, unknown> {
  const { ServiceAccount, ...shape } = goValue(V1PodSpec, { ...spec });
  const entries = Object.entries(shape).flatMap(([name, value]) =>
    name === "ServiceAccountName"
      ? [
          [name, value],
          ["DeprecatedServiceAccount", ServiceAccount],
        ]
      : [[name, value]],
  );
  return Object.fromEntries(entries) as Record<string, unknown>;
}
