import { FIELD_IMMUTABLE, forbidden, invalid, path, semanticEqual, type FieldError } from "@dingi/apimachinery";
import { isEstablished } from "../columns.ts";
import type { V1CustomResourceDefinition, V1CustomResourceDefinitionSpec } from "../customresourcedefinition.gen.ts";
import { hoist, type Hoisted } from "../hoist.ts";
import { schemasIn } from "../subschemas.ts";
import { approvalErrors } from "./approval.ts";
import { beforeOf, type Before } from "./before.ts";
import { conversionErrors } from "./conversion.ts";
import { groupErrors, joinedLabelErrors, namesErrors, requiredNameErrors } from "./names.ts";
import { printedVersion } from "./printed.ts";
import { missingSchemaErrors, scopeErrors, sharedErrors, versionErrors } from "./versions.ts";

const SPEC = path("spec");
const NAMES = SPEC.child("names");
const VERSIONS = SPEC.child("versions");
const STORED = path("status", "storedVersions");

/** Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#ValidateCustomResourceDefinition */
export function validateDefinition(
  definition: V1CustomResourceDefinition,
  old?: V1CustomResourceDefinition,
): FieldError[] {
  const { spec } = definition;
  return [
    ...specErrors(spec, beforeOf(old?.spec)),
    ...(old ? immutableErrors(spec, old) : []),
    ...validateDefinitionStatus(definition),
    ...storedVersionErrors(definition),
    ...approvalErrors(definition, old),
    ...preserveErrors(spec, old?.spec),
  ];
}

/** Upstream: …#ValidateCustomResourceDefinitionStatus */
export function validateDefinitionStatus({ status }: V1CustomResourceDefinition): FieldError[] {
  return namesErrors(status?.acceptedNames ?? { plural: "", kind: "" }, path("status", "acceptedNames"));
}

/** Upstream: …#validateCustomResourceDefinitionSpec */
function specErrors(spec: V1CustomResourceDefinitionSpec, before: Before): FieldError[] {
  if (arePatternsTooLarge(spec)) return [forbidden(VERSIONS, PATTERNS_TOO_LARGE)];
  const hoisted = hoist(spec);
  const { versions } = hoisted;
  const [first] = versions;
  return [
    ...groupErrors(spec.group ?? "", SPEC.child("group")),
    ...scopeErrors(spec.scope ?? "", SPEC.child("scope")),
    ...missingSchemaErrors(hoisted, VERSIONS),
    ...versions.flatMap((version, i) => [
      ...joinedLabelErrors(version.name, VERSIONS.index(i).child("name")),
      ...versionErrors(version, { hoisted, before }, VERSIONS.index(i)),
    ]),
    ...versionListErrors(hoisted, Boolean(spec.versions)),
    ...(first ? joinedLabelErrors(first.name, SPEC.child("version")) : []),
    ...requiredNameErrors(spec.names, NAMES),
    ...namesErrors(spec.names, NAMES),
    ...sharedErrors({ hoisted, before }, SPEC),
    ...conversionErrors(spec, SPEC.child("conversion")),
  ];
}

/** Of all patterns of a definition. Differs: upstream compiles them all, however much memory that takes. */
const MAX_PATTERNS_LENGTH = 256 * 1024;
const PATTERNS_TOO_LARGE = `the patterns of all schemas together must be no longer than ${MAX_PATTERNS_LENGTH} characters`;

function arePatternsTooLarge({ versions }: V1CustomResourceDefinitionSpec): boolean {
  let left = MAX_PATTERNS_LENGTH;
  for (const { schema } of versions ?? [])
    for (const { pattern } of schemasIn(schema?.openAPIV3Schema)) {
      left -= pattern?.length ?? 0;
      if (left < 0) return true;
    }
  return false;
}

function versionListErrors({ versions }: Hoisted, isThere: boolean): FieldError[] {
  const printed = () => (isThere ? versions.map(printedVersion) : null);
  const isUnique = new Set(versions.map(({ name }) => name)).size === versions.length;
  const stored = versions.filter(({ storage }) => storage).length;
  return [
    ...(isUnique ? [] : [invalid(VERSIONS, printed(), "must contain unique version names")]),
    ...(stored === 1 ? [] : [invalid(VERSIONS, printed(), "must have exactly one version marked as storage version")]),
  ];
}

/** Once objects may exist, their kind and scope are fixed. Upstream: …#validateCustomResourceDefinitionSpecUpdate */
function immutableErrors(spec: V1CustomResourceDefinitionSpec, old: V1CustomResourceDefinition): FieldError[] {
  const fields = [
    ...(isEstablished(old)
      ? ([
          [SPEC.child("scope"), spec.scope, old.spec.scope],
          [NAMES.child("kind"), spec.names.kind, old.spec.names.kind],
        ] as const)
      : []),
    [SPEC.child("group"), spec.group, old.spec.group],
    [NAMES.child("plural"), spec.names.plural, old.spec.names.plural],
  ] as const;
  return fields.flatMap(([field, value, before]) =>
    semanticEqual(value, before) ? [] : [invalid(field, value, FIELD_IMMUTABLE)],
  );
}

/** Upstream: …#ValidateCustomResourceDefinitionStoredVersions */
function storedVersionErrors({ spec, status }: V1CustomResourceDefinition): FieldError[] {
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0)
    return [invalid(STORED, status?.storedVersions ?? null, "must have at least one stored version")];
  const known = new Set((spec.versions ?? []).map(({ name }) => name));
  const text = (name: string): string =>
    `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
  return [
    ...(spec.versions ?? [])
      .filter(({ name, storage }) => storage && !stored.includes(name))
      .map(({ name }) => invalid(STORED, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((name, i) => (known.has(name) ? [] : [invalid(STORED.index(i), name, text(name))])),
  ];
}

/** Upstream: …#validatePreserveUnknownFields */
function preserveErrors(
  { preserveUnknownFields }: V1CustomResourceDefinitionSpec,
  old: V1CustomResourceDefinitionSpec | undefined,
): FieldError[] {
  if (!preserveUnknownFields || old?.preserveUnknownFields) return [];
  const text =
    "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
  return [invalid(SPEC.child("preserveUnknownFields"), true, text)];
}
