import { describeError } from "@dingi/base";
import { goQuote } from "../codec/go-quote.ts";
import type { V1ManagedFieldsEntry } from "../meta/meta.gen.ts";
import type { FieldSet } from "./field-set.ts";
import { decodeFieldsV1, encodeFieldsV1 } from "./fields-v1.ts";

type Operation = "Apply" | "Update";

/** Who owns what, and since when. Upstream: apimachinery/pkg/util/managedfields/internal/managedfields.go */
export interface Manager {
  readonly name: string;
  readonly operation: Operation;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly fields: FieldSet;
  /** RFC 3339, as on the wire. */
  readonly time: string | undefined;
}

/** By identity. */
export type Managers = ReadonlyMap<string, Manager>;

/** An applier is the same whatever version it applied with; an updater is not. */
export function identityOf({ name, operation, apiVersion, subresource }: Omit<Manager, "fields" | "time">): string {
  return JSON.stringify([name, operation, operation === "Apply" ? "" : apiVersion, subresource]);
}

/** @throws {Error} when an entry is malformed */
export function decodeManagers(entries: readonly V1ManagedFieldsEntry[] | undefined | null): Map<string, Manager> {
  const managers = new Map<string, Manager>();
  for (const [i, entry] of (entries ?? []).entries()) {
    const manager = decodeEntry(entry, i);
    managers.set(identityOf(manager), manager);
  }
  return managers;
}

/** Why entries are not well-formed; undefined when they are. Upstream: …/managedfields/internal/managedfields.go#ValidateManagedFields */
export function managedFieldsProblem(entries: readonly V1ManagedFieldsEntry[] | undefined): string | undefined {
  try {
    decodeManagers(entries);
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}

function decodeEntry(entry: V1ManagedFieldsEntry, index: number): Manager {
  const { operation, apiVersion, fieldsType } = entry;
  if (operation !== "Apply" && operation !== "Update") throw new Error("operation must be `Apply` or `Update`");
  if (!apiVersion) throw new Error("apiVersion must not be empty");
  if (!fieldsType) throw new Error(`missing fieldsType in managed fields entry ${index}`);
  if (fieldsType !== "FieldsV1")
    throw new Error(`invalid fieldsType ${goQuote(fieldsType)} in managed fields entry ${index}`);
  return {
    name: entry.manager ?? "",
    operation,
    apiVersion,
    subresource: entry.subresource ?? "",
    fields: decodeFieldsV1(entry.fieldsV1),
    time: entry.time ?? undefined,
  };
}

/** The entries in upstream's order: appliers first, then the longest unchanged. Undefined when there are none. */
export function encodeManagers(managers: Managers): V1ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()].sort(compareManagers).map((manager) => ({
    ...(manager.name === "" ? {} : { manager: manager.name }),
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(manager.time === undefined ? {} : { time: manager.time }),
    fieldsType: "FieldsV1",
    fieldsV1: encodeFieldsV1(manager.fields),
    ...(manager.subresource === "" ? {} : { subresource: manager.subresource }),
  }));
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareText(a.operation, b.operation) ||
    compareTimes(a.time, b.time) ||
    compareText(a.name, b.name) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** No time is the epoch. */
export function compareTimes(a: string | undefined, b: string | undefined): number {
  return a === b ? 0 : (a === undefined ? 0 : Date.parse(a)) - (b === undefined ? 0 : Date.parse(b));
}

/** As conflicts name a manager. Upstream: conflict.go#printManager */
export function describeManager({ name, operation, apiVersion, subresource }: Manager): string {
  const quoted = subresource === "" ? goQuote(name) : `${goQuote(name)} with subresource ${goQuote(subresource)}`;
  return operation === "Update" ? `${quoted} using ${apiVersion}` : quoted;
}
