import {
  FIELD_IMMUTABLE,
  invalid,
  path,
  required,
  semanticEqual,
  validateNonnegative,
  type FieldError,
  type Strategy,
} from "@dingi/apimachinery";
import type { V1ControllerRevision } from "./controllerrevision.gen.ts";

const DATA = path("data");

/** Upstream: pkg/registry/apps/controllerrevision/strategy.go, pkg/apis/apps/validation/validation.go */
export const strategy: Strategy<V1ControllerRevision> = {
  validate: (revision) => [...revisionErrors(revision), ...dataErrors(revision.data)],
  validateUpdate: (revision, old) => [
    ...revisionErrors(revision),
    ...(semanticEqual(revision.data, old.data) ? [] : [invalid(DATA, revision.data ?? null, FIELD_IMMUTABLE)]),
  ],
};

const revisionErrors = ({ revision }: V1ControllerRevision): FieldError[] =>
  validateNonnegative(revision ?? 0, path("revision"));

function dataErrors(data: unknown): FieldError[] {
  if (data === undefined || data === null) return [required(DATA, "data is mandatory")];
  return typeof data === "object" && !Array.isArray(data) ? [] : [required(DATA, "data must be a valid JSON object")];
}
