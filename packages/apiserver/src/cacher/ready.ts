import type { AnyKind, MixedObject } from "@dingi/apimachinery";
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
  const converted = converter.convertMixed
    ? converter.convertMixed(missing.map(mixed), apiVersion)
    : converter.toVersion(
        missing.map(({ object }) => object),
        kind.apiVersion,
        apiVersion,
      );
  const keep = (objects: Awaited<typeof converted>): void =>
    missing.forEach((stored, i) => stored.keepVersion(apiVersion, objects[i]!));
  return converted instanceof Promise ? converted.then(keep) : keep(converted);
}

const mixed = ({ object, apiVersion }: Stored): MixedObject => ({ object, from: apiVersion });
