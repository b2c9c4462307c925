import { invalid, notSupported, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1JobSpec } from "../job.gen.ts";

/** The lists of indexes in a status have to stay short. */
const MAX_PARALLELISM = 100_000;
const MAX_FAILED_INDEXES = 100_000;
const MANY_COMPLETIONS = 100_000;
const MAX_OF_MANY = 10_000;

/** Upstream: pkg/apis/batch/validation/validation.go#validateJobSpec */
export function indexedErrors(spec: V1JobSpec, field: FieldPath): FieldError[] {
  const { completionMode = "NonIndexed" } = spec;
  const at = field.child("completionMode");
  if (completionMode === "Indexed") return [...limitErrors(spec, field), ...perIndexErrors(spec, field)];
  if (completionMode !== "NonIndexed") return [notSupported(at, completionMode, ["NonIndexed", "Indexed"])];
  return (["backoffLimitPerIndex", "maxFailedIndexes"] as const).flatMap((name) =>
    spec[name] === undefined ? [] : [invalid(field.child(name), spec[name], "requires indexed completion mode")],
  );
}

function limitErrors(
  { completions, parallelism = 0, maxFailedIndexes = 0 }: V1JobSpec,
  field: FieldPath,
): FieldError[] {
  const at = field.child("maxFailedIndexes");
  return [
    ...(completions === undefined ? [required(field.child("completions"), "when completion mode is Indexed")] : []),
    ...atMost(field.child("parallelism"), parallelism, {
      max: MAX_PARALLELISM,
      what: "100000 when completion mode is Indexed",
    }),
    ...(completions === undefined ? [] : atMost(at, maxFailedIndexes, { max: completions, what: "completions" })),
    ...atMost(at, maxFailedIndexes, { max: MAX_FAILED_INDEXES, what: "100000" }),
  ];
}

function perIndexErrors(spec: V1JobSpec, field: FieldPath): FieldError[] {
  const { completions = 0, backoffLimitPerIndex, parallelism = 0, maxFailedIndexes } = spec;
  if (completions <= MANY_COMPLETIONS || backoffLimitPerIndex === undefined) return [];
  const at = field.child("maxFailedIndexes");
  const what = "10000 when completions are above 100000 and used with backoff limit per index";
  const limit = { max: MAX_OF_MANY, what };
  return [
    ...(maxFailedIndexes === undefined ? [required(at, "must be specified when completions is above 100000")] : []),
    ...atMost(field.child("parallelism"), parallelism, limit),
    ...atMost(at, maxFailedIndexes ?? 0, limit),
  ];
}

interface Limit {
  readonly max: number;
  readonly what: string;
}

function atMost(field: FieldPath, value: number, { max, what }: Limit): FieldError[] {
  return value > max ? [invalid(field, value, `must be less than or equal to ${what}`)] : [];
}
