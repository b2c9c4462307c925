import type { AnyKind, Converter, MixedObject } from "@dingi/apimachinery";
import type { Stored } from "./stored.ts";

/**
 * Has objects of one kind in a version before anything of them is encoded, which cannot wait: what is not there yet is
 * converted, all at once. Answers at once where nobody has to be asked; of the hub's version, without a look at the objects.
 */
export function readyIn(kind: AnyKind, apiVersion: string, items: () => readonly Stored[]): void | Promise<void> {
  const { converter } = kind;
  if (kind.apiVersion === apiVersion && !converter.convertMixed) return;
  const missing = items().filter((stored) => !stored.isReadyIn(apiVersion));
  if (missing.length === 0) return;
  if (converter.convertMixed) return whenAsked(converter.convertMixed.bind(converter), missing, apiVersion);
  const converted = converter.toVersion(
    missing.map(({ object }) => object),
    kind.apiVersion,
    apiVersion,
  );
  const keep = (objects: Awaited<typeof converted>): void =>
    missing.forEach((stored, i) => stored.keepVersion(apiVersion, objects[i]!));
  return converted instanceof Promise ? converted.then(keep) : keep(converted);
}

type Ask = NonNullable<Converter["convertMixed"]>;

/** By version: what somebody has been asked about already, so that many watchers of an object are one question. */
const underway = new WeakMap<Stored, Map<string, Promise<void>>>();

async function whenAsked(ask: Ask, missing: readonly Stored[], apiVersion: string): Promise<void> {
  const waiting = new Set(missing.flatMap((stored) => underway.get(stored)?.get(apiVersion) ?? []));
  const unasked = missing.filter((stored) => !underway.get(stored)?.has(apiVersion));
  if (unasked.length > 0) waiting.add(askAbout(ask, unasked, apiVersion));
  await Promise.all(waiting);
}

function askAbout(ask: Ask, unasked: readonly Stored[], apiVersion: string): Promise<void> {
  const answered = ask(unasked.map(mixed), apiVersion)
    .then((objects) => unasked.forEach((stored, i) => stored.keepVersion(apiVersion, objects[i]!)))
    .finally(() => {
      for (const stored of unasked) underway.get(stored)?.delete(apiVersion);
    });
  for (const stored of unasked) {
    const versions = underway.get(stored) ?? new Map<string, Promise<void>>();
    underway.set(stored, versions.set(apiVersion, answered));
  }
  return answered;
}

const mixed = ({ object, apiVersion }: Stored): MixedObject => ({ object, from: apiVersion });
