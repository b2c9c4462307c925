import { newNotFound, keyString, type KindDefinition, type KubeObject, type ObjectKey } from "@dingi/apimachinery";
import type { ReconcileContext } from "@dingi/controller-runtime";

interface World {
  /** "PersistentVolume/pv", "PersistentVolumeClaim/ns/claim": what the cache shows. */
  readonly cached?: Readonly<Record<string, object>>;
  /** What the server has besides. */
  readonly served?: Readonly<Record<string, object>>;
  /** What every index holds, by kind. */
  readonly indexed?: Readonly<Record<string, readonly object[]>>;
}

/** A controller's context of which a test says what it shows; notes what the controller asks and writes. */
export function recordingContext({ cached = {}, served = {}, indexed = {} }: World) {
  const calls: string[] = [];
  const nameOf = (kind: { readonly kind: string }, key: ObjectKey) => `${kind.kind}/${keyString(key)}`;
  const write = (verb: string) => async (kind: KindDefinition, object: KubeObject) => {
    const { phase } = (object as { status?: { phase?: string } }).status ?? {};
    calls.push(`${verb} ${kind.kind} ${object.metadata.name} ${phase ?? ""}`.trim());
    return object;
  };
  const context = {
    cache: {
      get: (kind: KindDefinition, key: ObjectKey) => cached[nameOf(kind, key)],
      by: (kind: KindDefinition) => indexed[kind.kind] ?? [],
      list: () => [],
    },
    client: {
      get: async (kind: KindDefinition, key: ObjectKey) => {
        calls.push(`get ${nameOf(kind, key)}`);
        const found = served[nameOf(kind, key)];
        if (!found) throw newNotFound({ group: "", resource: kind.plural }, key.name);
        return found;
      },
      list: async (kind: KindDefinition) => ({
        items: Object.entries(served).flatMap(([name, object]) => (name.startsWith(`${kind.kind}/`) ? [object] : [])),
      }),
      update: write("update"),
      create: write("create"),
    },
    events: {
      event: (...[, type, reason, message]: Parameters<ReconcileContext["events"]["event"]>) =>
        calls.push(`event ${type} ${reason} ${message}`),
    },
  } as unknown as ReconcileContext;
  return { context, calls };
}
