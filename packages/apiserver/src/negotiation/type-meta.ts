import { groupOf, versionOf } from "@dingi/apimachinery";
import { goTypeOf } from "./go-type.ts";

/** What an object is, or says that it is. */
export interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Whether there is a kind of that name in that version, served or not. */
export type IsRegistered = (apiVersion: string, kind: string) => boolean;

/**
 * What JSON says that it is, empty where it says nothing; a text when that cannot be read.
 * Upstream: apimachinery/pkg/runtime/serializer/json/meta.go#Interpret, pkg/runtime/schema/group_version.go#ParseGroupVersion
 */
export function readTypeMeta(value: Readonly<Record<string, unknown>>): TypeMeta | string {
  const wrong = Object.entries(value).find(
    ([name, item]) => (name === "apiVersion" || name === "kind") && item !== null && typeof item !== "string",
  );
  if (wrong) return `couldn't get version/kind; json parse error: ${fieldProblem(...wrong)}`;
  const meta = { apiVersion: textIn(value, "apiVersion"), kind: textIn(value, "kind") };
  return isGroupVersion(meta.apiVersion) ? meta : `unexpected GroupVersion string: ${meta.apiVersion}`;
}

const textIn = (value: Readonly<Record<string, unknown>>, name: string): string =>
  Object.hasOwn(value, name) ? ((value[name] as string | null) ?? "") : "";

export const isGroupVersion = (apiVersion: string): boolean => apiVersion.split("/").length <= 2;

/** In the words of Go's decoder. */
export function fieldProblem(name: string, value: unknown): string {
  return `json: cannot unmarshal ${goKind(value)} into Go struct field .${name} of type string`;
}

export function goKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** What is meant where something is left unsaid. Upstream: …/serializer/json/json.go#gvkWithDefaults */
export function withDefaults({ apiVersion, kind }: TypeMeta, expected: TypeMeta): TypeMeta {
  return { apiVersion: apiVersion || expected.apiVersion, kind: kind || expected.kind };
}

/** Upstream: apimachinery/pkg/runtime/error.go#notRegisteredErr */
export const unregistered = ({ apiVersion, kind }: TypeMeta): string =>
  `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;

/** Why an object of one type is none of another; undefined for one that becomes it, of another version perhaps. */
export function conversionProblem(meta: TypeMeta, expected: TypeMeta, isRegistered: IsRegistered): string | undefined {
  const { apiVersion, kind } = meta;
  if (!isRegistered(apiVersion, kind) && !isFormer(meta, expected)) return unregistered(meta);
  if (goTypeOf(meta) === goTypeOf(expected)) return undefined;
  return `converting (${versionOf(apiVersion)}.${kind}) to (${goTypeOf(expected)}): unknown conversion`;
}

/** A version before the stable one, which upstream still reads where it does not serve it any more. */
function isFormer({ apiVersion, kind }: TypeMeta, expected: TypeMeta): boolean {
  const isOfGroup = kind === expected.kind && groupOf(apiVersion) === groupOf(expected.apiVersion);
  return isOfGroup && /^v\d+(alpha|beta)\d+$/.test(versionOf(apiVersion)) && groupOf(apiVersion) !== "";
}
