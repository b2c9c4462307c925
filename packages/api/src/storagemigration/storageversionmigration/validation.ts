import {
  FIELD_IMMUTABLE,
  invalid,
  isDns1035Label,
  isDns1123Subdomain,
  path,
  required,
  semanticEqual,
  validateConditions,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1StorageVersionMigration } from "./storageversionmigration.gen.ts";

const SPEC = path("spec");
const RESOURCE = SPEC.child("resource", "resource");
const GROUP = SPEC.child("resource", "group");
const VERSION = path("status", "resourceVersion");
const CONDITIONS = path("status", "conditions");

/** Upstream: pkg/apis/storagemigration/validation/validation.go#ValidateStorageVersionMigration */
export function validateMigration({ spec }: V1StorageVersionMigration): FieldError[] {
  const { resource = "", group = "" } = spec.resource ?? {};
  return [
    ...(resource === ""
      ? [required(RESOURCE, "resource is required to be set")]
      : inOneError(isDns1035Label(resource), resource, RESOURCE)),
    ...(group === "" ? [] : inOneError(isDns1123Subdomain(group), group, GROUP)),
  ];
}

const inOneError = (problems: readonly string[], value: string, field: FieldPath): FieldError[] =>
  problems.length === 0 ? [] : [invalid(field, value, problems.join(","))];

/** Upstream: …#ValidateStorageVersionMigrationUpdate */
export function validateMigrationUpdate(
  migration: V1StorageVersionMigration,
  old: V1StorageVersionMigration,
): FieldError[] {
  const isSame = semanticEqual(migration.spec, old.spec);
  const { group = "", resource = "" } = migration.spec.resource ?? {};
  const shown = { Resource: { group, resource } };
  return [...validateMigration(migration), ...(isSame ? [] : [invalid(SPEC, shown, FIELD_IMMUTABLE)])];
}

/** What has come to an end stays at it. Upstream: …#ValidateStorageVersionMigrationStatusUpdate */
export function validateMigrationStatusUpdate(
  migration: V1StorageVersionMigration,
  old: V1StorageVersionMigration,
): FieldError[] {
  const { resourceVersion = "", conditions = [] } = migration.status;
  const before = old.status.resourceVersion ?? "";
  const isChanged = before !== "" && before !== resourceVersion;
  const refuse = (text: string) => invalid(CONDITIONS, conditions, text);
  const undone = (type: string) => isTrue(old, type) && !isTrue(migration, type);
  const isBoth = isTrue(migration, "Succeeded") && isTrue(migration, "Failed");
  return [
    ...versionErrors(resourceVersion),
    ...validateConditions(conditions, CONDITIONS),
    ...(isChanged ? [invalid(VERSION, resourceVersion, FIELD_IMMUTABLE)] : []),
    ...(isBoth ? [refuse("Both success and failed conditions cannot be true at the same time")] : []),
    ...(undone("Succeeded") ? [refuse("Success condition cannot be set to false once it is true")] : []),
    ...(undone("Failed") ? [refuse("Failed condition cannot be set to false once it is true")] : []),
  ];
}

function versionErrors(version: string): FieldError[] {
  if (version === "" || /^[1-9][0-9]*$/.test(version)) return [];
  return [invalid(VERSION, version, `resource version is not well formed: ${version}`)];
}

const isTrue = ({ status }: V1StorageVersionMigration, wanted: string): boolean =>
  (status.conditions ?? []).find(({ type }) => type === wanted)?.status === "True";
