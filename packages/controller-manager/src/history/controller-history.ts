import { ControllerRevision, defaultPodTemplate, type V1ControllerRevision, type V1PodTemplateSpec } from "@dingi/api";
import {
  encodeJson,
  equalJson,
  ignoreNotFound,
  inKeyOrder,
  isAlreadyExists,
  isObject,
  keyOf,
  type Draft,
  type KindDefinition,
  type KubeObject,
} from "@dingi/apimachinery";
import type { ControllerCache, ReconcileContext } from "@dingi/controller-runtime";
import { candidatesFor, claim, controllerReference, type Claimant } from "../claim.ts";
import { nameHash } from "./template-hash.ts";

/** What names the revisions' owner leaves in their names. */
const MAX_PREFIX = 223;

/** Whose pod templates are remembered: a StatefulSet, a DaemonSet. */
interface Templated extends Claimant {
  readonly spec: Claimant["spec"] & { readonly template: V1PodTemplateSpec };
  readonly status: { readonly collisionCount?: number | undefined };
}

interface HistoryOptions<O extends Templated> {
  readonly kind: KindDefinition<O>;
  readonly owner: O;
  /** Of a revision: says which hash it has. */
  readonly hashLabel: string;
}

export interface History {
  /** That of the owner's template. */
  readonly update: V1ControllerRevision;
  /** All of them, the oldest first. */
  readonly revisions: readonly V1ControllerRevision[];
  /** How often a name was taken already. */
  readonly collisionCount: number;
}

/**
 * The revisions of an owner, among which there is one for its template now: it is made, or brought up to be the newest.
 * Upstream: pkg/controller/statefulset/stateful_set_control.go#getStatefulSetRevisions, pkg/controller/daemon/update.go#constructHistory
 */
export async function recordTemplate<O extends Templated>(
  options: HistoryOptions<O>,
  { client, cache }: Pick<ReconcileContext, "client" | "cache">,
): Promise<History> {
  const { kind, owner } = options;
  const revisions = await claimRevisions(options, { client, cache });
  const collisionCount = owner.status.collisionCount ?? 0;
  const data = templatePatch(owner.spec.template);
  const newest = revisions.at(-1);
  const equal = revisions.findLast((revision) => equalJson(revision.data, data));
  if (newest && (equal === newest || (!equal && isSameWithDefaults(newest, owner.spec.template))))
    return { update: newest, revisions, collisionCount };
  const revision = (newest?.revision ?? 0) + 1;
  if (equal) {
    const update = await client.update(ControllerRevision, { ...equal, revision });
    return { update, revisions: [...revisions.filter((one) => one !== equal), update], collisionCount };
  }
  const made = await createRevision({ ...options, kind, revision, collisionCount }, client);
  return { ...made, revisions: [...revisions, made.update] };
}

async function claimRevisions<O extends Templated>(
  { kind, owner }: HistoryOptions<O>,
  { client, cache }: { readonly client: ReconcileContext["client"]; readonly cache: ControllerCache },
): Promise<V1ControllerRevision[]> {
  const candidates = candidatesFor(owner, ControllerRevision, cache);
  const claimed = await claim({ client, ownerKind: kind, owner, kind: ControllerRevision, candidates });
  return claimed.sort(byRevision);
}

function byRevision(a: V1ControllerRevision, b: V1ControllerRevision): number {
  const rank = ({ metadata }: V1ControllerRevision) => `${metadata.creationTimestamp ?? ""} ${metadata.name ?? ""}`;
  return a.revision - b.revision || (rank(a) < rank(b) ? -1 : 1);
}

/** Puts a template back where it was. Upstream: …#getPatch */
function templatePatch(template: V1PodTemplateSpec): object {
  return { spec: { template: { ...template, $patch: "replace" } } };
}

/** What a revision remembers; undefined when somebody else has written something else into it. */
export function templateOf({ data }: V1ControllerRevision): V1PodTemplateSpec | undefined {
  const spec = isObject(data) ? data["spec"] : undefined;
  const template = isObject(spec) ? spec["template"] : undefined;
  if (!isObject(template)) return undefined;
  const { $patch: _replace, ...rest } = template;
  return rest as V1PodTemplateSpec;
}

/** What a later release fills in by itself makes no new template. Upstream: …#setMatchesLatestExistingRevision */
function isSameWithDefaults(revision: V1ControllerRevision, template: V1PodTemplateSpec): boolean {
  const before = structuredClone(templateOf(revision)) as Draft<V1PodTemplateSpec> | undefined;
  if (!before) return false;
  defaultPodTemplate(before);
  return equalJson(before, template);
}

interface NewRevision<O extends Templated> extends HistoryOptions<O> {
  readonly revision: number;
  readonly collisionCount: number;
}

/** Under another name for as long as the name belongs to another template. */
async function createRevision<O extends Templated>(
  { kind, owner, hashLabel, revision, collisionCount }: NewRevision<O>,
  client: ReconcileContext["client"],
): Promise<{ readonly update: V1ControllerRevision; readonly collisionCount: number }> {
  const { name = "", namespace = "", annotations } = owner.metadata;
  const data = templatePatch(owner.spec.template);
  for (let collisions = collisionCount; ; collisions++) {
    // The same template is the same text.
    const hash = nameHash(encodeJson(inKeyOrder(data)) + collisions);
    const labels = { ...owner.spec.template.metadata?.labels, [hashLabel]: hash };
    const ownerReferences = [controllerReference(kind, owner)];
    const metadata = { name: `${name.slice(0, MAX_PREFIX)}-${hash}`, namespace, labels, annotations, ownerReferences };
    try {
      const update = await client.create(ControllerRevision, { metadata, data, revision });
      return { update, collisionCount: collisions };
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    const existing = await client.get(ControllerRevision, { namespace, name: metadata.name });
    if (equalJson(existing.data, data)) return { update: existing, collisionCount: collisions };
  }
}

interface Surplus {
  /** The oldest first. */
  readonly old: readonly V1ControllerRevision[];
  /** How many of them may stay; all when negative. */
  readonly limit: number;
  readonly isLive: (revision: V1ControllerRevision) => boolean;
}

/** The revisions that are too many; those that pods still have stay. */
export function surplusRevisions({ old, limit, isLive }: Surplus): V1ControllerRevision[] {
  if (limit < 0) return [];
  return old.filter((revision) => !isLive(revision)).slice(0, Math.max(0, old.length - limit));
}

export async function deleteRevisions(
  revisions: readonly KubeObject[],
  client: ReconcileContext["client"],
): Promise<void> {
  for (const revision of revisions) await client.delete(ControllerRevision, keyOf(revision)).catch(ignoreNotFound);
}
