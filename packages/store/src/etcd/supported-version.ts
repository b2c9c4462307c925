import { StoreUnavailableError } from "../errors.ts";

/** By minor version, the first patch whose watches tell of their progress after the events, and not before. */
const FIRST_PATCHES: ReadonlyMap<string, number> = new Map([
  ["3.4", 25],
  ["3.5", 8],
]);

/** Throws when this etcd's watches might skip events. Upstream: apiserver/pkg/storage/feature/feature_support_checker.go */
export function requireSupported(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  const first = FIRST_PATCHES.get(`${major}.${minor}`) ?? 0;
  if (major > 3 || (major === 3 && minor >= 4 && patch >= first)) return;
  throw new StoreUnavailableError(
    "Refused",
    `The etcd is version "${version}", whose watches may skip events; use 3.5.8, 3.4.25 or newer`,
  );
}
