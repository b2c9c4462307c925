export type Claims = Readonly<Record<string, unknown>>;

/** Throws an Error where the claim is absent or no text. */
export function textClaim(claims: Claims, name: string): string {
  if (!Object.hasOwn(claims, name)) throw new Error("claim not present");
  const value = claims[name];
  if (typeof value === "string") return value;
  throw new Error(`json: cannot unmarshal ${jsonType(value)} into Go value of type string`);
}

/** One text may stand for a list of it. Throws an Error for anything else. */
export function textsClaim(claims: Claims, name: string): readonly string[] {
  const value = claims[name];
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  return value === null ? [] : [textClaim(claims, name)];
}

/** Seconds since the epoch; undefined where it is absent. Throws an Error where it is no number. */
export function timeClaim(claims: Claims, name: string): number | undefined {
  const value = claims[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isFinite(value)) return Math.trunc(value);
  throw new Error(`oidc: failed to unmarshal claims: ${name} is no time`);
}

function jsonType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
