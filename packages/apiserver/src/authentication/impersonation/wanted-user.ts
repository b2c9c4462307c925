import { newBadRequest, type UserInfo } from "@dingi/apimachinery";

export interface WantedUser extends UserInfo {
  readonly uid: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const USER = "impersonate-user";
const UID = "impersonate-uid";
const GROUP = "impersonate-group";
const EXTRA = "impersonate-extra-";

/**
 * As whom a request is to be treated; undefined when it does not say. Throws StatusError 400 for groups and the like
 * without a user. Upstream: apiserver/pkg/endpoints/filters/impersonation/constrained_impersonation.go
 */
export function wantedUser(headers: Readonly<Record<string, string | undefined>>): WantedUser | undefined {
  for (const name in headers) if (name.startsWith("impersonate-")) return checked(read(headers));
  return undefined;
}

function read(headers: Readonly<Record<string, string | undefined>>): WantedUser {
  const extra: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(EXTRA) && value !== undefined) extra[unescapeKey(name.slice(EXTRA.length))] = listed(value);
  }
  const groups = headers[GROUP] === undefined ? [] : listed(headers[GROUP]);
  return { name: headers[USER] ?? "", uid: headers[UID] ?? "", groups, extra };
}

function checked(wanted: WantedUser): WantedUser | undefined {
  if (wanted.name !== "") return wanted;
  const { uid, groups, extra } = wanted;
  if (uid === "" && groups.length === 0 && Object.keys(extra).length === 0) return undefined;
  throw newBadRequest(`requested ${inGo(wanted)} without impersonating a user name`);
}

/** Node joins a header that comes more than once so. */
const listed = (value: string): string[] => value.split(", ");

/** Header names are case-insensitive, and cannot hold every character. */
function unescapeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded).toLowerCase();
  } catch {
    return encoded;
  }
}

function inGo({ name, uid, groups, extra }: WantedUser): string {
  const quoted = (text: string) => JSON.stringify(text);
  const list = (values: readonly string[]) =>
    values.length === 0 ? "[]string(nil)" : `[]string{${values.map(quoted).join(", ")}}`;
  const keys = Object.keys(extra).sort();
  const map =
    keys.length === 0
      ? "map[string][]string(nil)"
      : `map[string][]string{${keys.map((key) => `${quoted(key)}:${list(extra[key]!)}`).join(", ")}}`;
  return `&user.DefaultInfo{Name:${quoted(name)}, UID:${quoted(uid)}, Groups:${list(groups)}, Extra:${map}}`;
}
