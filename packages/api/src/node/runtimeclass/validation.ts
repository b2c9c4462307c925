import {
  duplicate,
  FIELD_IMMUTABLE,
  invalid,
  isDns1123Label,
  MAX_DNS_LABEL,
  path,
  required,
  validateLabels,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1Toleration } from "../../core/pod/pod.gen.ts";
import { validateContainerResources } from "../../core/pod/validation/resources.ts";
import { validateTolerations } from "../../core/pod/validation/scheduling.ts";
import type { V1RuntimeClass, V1Scheduling } from "./runtimeclass.gen.ts";

/** Upstream: pkg/apis/node/validation/validation.go#ValidateRuntimeClass, and then what is declared on the handler. */
export function validateRuntimeClass({ handler, overhead, scheduling }: V1RuntimeClass): FieldError[] {
  return [
    ...(overhead ? validateContainerResources({ limits: overhead.podFixed }, new Set(), path("overhead")) : []),
    ...(scheduling ? schedulingErrors(scheduling, path("scheduling")) : []),
    ...(handler === "" ? [required("handler")] : formatErrors(handler)),
  ];
}

/** Upstream: …#ValidateRuntimeClassUpdate, and what is declared on the field, which goes first. */
export function validateRuntimeClassUpdate(runtimeClass: V1RuntimeClass, old: V1RuntimeClass): FieldError[] {
  const errors = validateRuntimeClass(runtimeClass);
  if (runtimeClass.handler === old.handler) return errors;
  const immutable = invalid("handler", null, FIELD_IMMUTABLE);
  return runtimeClass.handler === "" ? [immutable, ...errors] : [...errors, immutable];
}

function formatErrors(handler: string): FieldError[] {
  const isTooLong = Buffer.byteLength(handler) > MAX_DNS_LABEL;
  const problems = isDns1123Label(handler);
  const texts = isTooLong ? [`must be no more than ${MAX_DNS_LABEL} bytes`, ...problems.slice(1)] : problems;
  return texts.map((text) => invalid("handler", handler, text));
}

function schedulingErrors({ nodeSelector, tolerations = [] }: V1Scheduling, field: FieldPath): FieldError[] {
  const at = field.child("tolerations");
  const seen = new Set<string>();
  const repeated = tolerations.flatMap((toleration, i) => {
    const key = identityOf(toleration);
    if (seen.has(key)) return [duplicate(at.index(i), asInGo(toleration))];
    seen.add(key);
    return [];
  });
  return [
    ...validateLabels(nodeSelector, field.child("nodeSelector")),
    ...validateTolerations(tolerations, at),
    ...repeated,
  ];
}

const identityOf = ({ key = "", operator = "", value = "", effect = "" }: V1Toleration): string =>
  JSON.stringify([key, operator, value, effect]);

/** Upstream shows its internal type, whose fields have no JSON names. */
const asInGo = ({ key = "", operator = "", value = "", effect = "", tolerationSeconds }: V1Toleration) => ({
  Key: key,
  Operator: operator,
  Value: value,
  Effect: effect,
  TolerationSeconds: tolerationSeconds ?? null,
});
