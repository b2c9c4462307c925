import { invalid, isValidUserId, type FieldError, type FieldPath } from "@dingi/apimachinery";

/** Upstream: pkg/apis/core/validation/validation.go#validatePathNoBacksteps */
export function validateNoBacksteps(path: string, field: FieldPath): FieldError[] {
  return path.split("/").includes("..") ? [invalid(field, path, "must not contain '..'")] : [];
}

/** Upstream: …#validateLocalDescendingPath */
export function validateDescendingPath(path: string, field: FieldPath): FieldError[] {
  const absolute = path.startsWith("/") ? [invalid(field, path, "must be a relative path")] : [];
  return [...absolute, ...validateNoBacksteps(path, field)];
}

/** Upstream: …#ValidateLocalNonReservedPath */
export function validateNonReservedPath(path: string, field: FieldPath): FieldError[] {
  const errors = validateDescendingPath(path, field);
  if (!path.startsWith("..") || path.startsWith("../")) return errors;
  return [...errors, invalid(field, path, "must not start with '..'")];
}

export function validateFileMode(mode: number | undefined, field: FieldPath): FieldError[] {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return [];
  return [invalid(field, mode, "must be a number between 0 and 0777 (octal), both inclusive")];
}

export function validateFileUser(user: number | undefined, field: FieldPath): FieldError[] {
  return user === undefined ? [] : isValidUserId(user).map((text) => invalid(field, user, text));
}
