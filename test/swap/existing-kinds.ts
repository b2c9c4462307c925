import { builtinKinds } from "@dingi/api";

/** What dingi serves and has controllers for; it grows with each kind that is added. */
export const EXISTING_KINDS: ReadonlySet<string> = new Set(builtinKinds.map(({ kind }) => kind));
