import { isConflict, isNotFound, keyOf, StatusError, type KindDefinition, type KubeObject } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import type { Client, ListOptions } from "@dingi/client";

const PAGE = 500;
const FIELD_MANAGER = "storage-version-migrator-controller";
const AGAIN: ReadonlySet<number> = new Set([429, 500, 503, 504]);

interface Migrated {
  readonly left: number;
  readonly total: number;
  /** What the server has against it. */
  readonly refusal?: string;
  /** The same, of what may go well the next time. */
  readonly transient?: unknown;
}

/** Has everything written anew that is no younger than a revision. Upstream: pkg/controller/storageversionmigrator/storageversionmigrator.go#runMigration */
export async function migrateObjects(kind: KindDefinition, revision: string, client: Client): Promise<Migrated> {
  const all = await listAll(kind, client);
  const old = all.filter(({ metadata }) => Number(metadata.resourceVersion) <= Number(revision));
  for (const [index, object] of old.entries()) {
    try {
      await rewrite(kind, object, client);
    } catch (error) {
      // Who else has written it, has migrated it.
      if (isConflict(error) || isNotFound(error)) continue;
      const counts = { left: old.length - index, total: all.length };
      return isTransient(error) ? { ...counts, transient: error } : { ...counts, refusal: describeError(error) };
    }
  }
  return { left: 0, total: all.length };
}

/** What is no answer of the server is of the network. */
const isTransient = (error: unknown): boolean => !(error instanceof StatusError) || AGAIN.has(error.code);

async function rewrite(kind: KindDefinition, object: KubeObject, client: Client): Promise<void> {
  const { resourceVersion } = object.metadata;
  const patch = { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { resourceVersion } };
  await client.patch(kind, keyOf(object), patch, { type: "merge", fieldManager: FIELD_MANAGER });
}

async function listAll(kind: KindDefinition, client: Client): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  let page: Partial<ListOptions> = {};
  for (;;) {
    const { items, metadata } = await client.list(kind, { ...page, metadataOnly: true, limit: PAGE });
    found.push(...items);
    const next = metadata.continue;
    if (!next) return found;
    page = { continue: next };
  }
}
