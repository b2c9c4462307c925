import {
  DeviceClass,
  evaluatorOf,
  PersistentVolumeClaim,
  Pod,
  ResourceClaim,
  ResourceQuota,
  Service,
  type QuotaEvaluator,
  type UsageSurroundings,
  type V1DeviceClass,
  type V1ResourceQuota,
} from "@dingi/api";
import { keyOf, keyString, type KindDefinition, type KubeObject, type ObjectKey } from "@dingi/apimachinery";
import {
  DONE,
  defineController,
  indexOf,
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { countUsage, type Counted } from "./count-usage.ts";
import { isSameUsage, QuotaMemory } from "./quota-memory.ts";

/** Upstream: pkg/controller/resourcequota/resource_quota_controller.go#GetQuotableResources */
const VERBS = ["create", "list", "watch", "delete"] as const;
/** Of quotas that limit devices, and of device classes by what they stand for. */
const OF_DEVICES = "of devices";
const EXTENDED_RESOURCE = "extended resource";

/** Says how much of each quota is used, and sets free what is gone. Upstream: pkg/controller/resourcequota/resource_quota_controller.go */
export function resourceQuotaController(): ControllerDefinition {
  const memory = new QuotaMemory();
  const freed = (kind: KindDefinition, object: KubeObject, context: ReconcileContext) =>
    free(memory, quotasAbout(kind, object, context), context);
  return defineController({
    name: "resourcequota-controller",
    serviceAccount: "resourcequota-controller",
    for: ResourceQuota,
    watches: [Pod, Service, PersistentVolumeClaim]
      .map((kind) =>
        watchOf(kind as unknown as KindDefinition, (object, context, previous) =>
          previous && isFreed(kind as unknown as KindDefinition, { object, previous }, context)
            ? freed(kind as unknown as KindDefinition, object, context)
            : [],
        ),
      )
      .concat(
        watchOf(DeviceClass, (_, context) => free(memory, context.cache.by(ResourceQuota, OF_DEVICES, ""), context)),
      ),
    watchesAll: {
      verbs: VERBS,
      ignores: (kind) => !isCounted(kind),
      keys: (kind, object, context) => (isThere(kind, object, context) ? [] : freed(kind, object, context)),
      changed: (context) => free(memory, context.cache.list(ResourceQuota), context),
    },
    reads: [ResourceClaim],
    indexes: [
      indexOf(ResourceQuota, OF_DEVICES, ({ spec }) => (Object.keys(spec.hard ?? {}).some(isOfDevices) ? [""] : [])),
      indexOf(DeviceClass, EXTENDED_RESOURCE, ({ spec }) => [spec.extendedResourceName ?? ""]),
    ],
    reconcile: (key, context) => reconcile(key, context, memory),
  });
}

const isOfDevices = (name: string): boolean => name.includes("deviceclass") || /^requests\..*\//.test(name);

const evaluatorFor = ({ group, plural }: KindDefinition): QuotaEvaluator | undefined =>
  evaluatorOf({ group, resource: plural });

const isCounted = (kind: KindDefinition): boolean => kind.scope === "Namespaced" && evaluatorFor(kind) !== undefined;

function isThere(kind: KindDefinition, object: KubeObject, { cache }: ReconcileContext): boolean {
  return cache.get(kind, keyOf(object))?.metadata.uid === object.metadata.uid;
}

function isFreed(
  kind: KindDefinition,
  { object, previous }: { readonly object: KubeObject; readonly previous: KubeObject },
  context: ReconcileContext,
): boolean {
  return evaluatorFor(kind)?.isFreed(object, previous, surroundingsOf(context)) ?? false;
}

/** Those of the object's namespace that count it or may. */
function quotasAbout(kind: KindDefinition, { metadata }: KubeObject, context: ReconcileContext): V1ResourceQuota[] {
  const quotas = context.cache.list(ResourceQuota, metadata.namespace ?? "");
  if (quotas.length === 0) return quotas;
  const evaluator = evaluatorFor(kind)!;
  const surroundings = surroundingsOf(context);
  return quotas.filter(({ status }) => evaluator.matching(Object.keys(status.hard ?? {}), surroundings).length > 0);
}

function free(memory: QuotaMemory, quotas: readonly V1ResourceQuota[], { clock }: ReconcileContext): ObjectKey[] {
  const keys = quotas.map(keyOf);
  for (const key of keys) memory.free(keyString(key), clock.now());
  return keys;
}

async function reconcile(key: ObjectKey, context: ReconcileContext, memory: QuotaMemory): Promise<Result> {
  const { cache, clock } = context;
  const quota = cache.get(ResourceQuota, key);
  if (!quota) {
    memory.forget(keyString(key));
    return DONE;
  }
  const waitMs = memory.waitMs(quota, clock.now());
  if (waitMs === undefined) return DONE;
  if (waitMs > 0) return { requeueAfterMs: waitMs };
  memory.begin(quota, clock.now());
  try {
    return await count(quota, context, memory);
  } catch (error) {
    memory.free(keyString(key), clock.now());
    throw error;
  }
}

async function count(quota: V1ResourceQuota, context: ReconcileContext, memory: QuotaMemory): Promise<Result> {
  const { client, clock } = context;
  const { used, unknown, changesAtMs } = countUsage(quota, countedIn(quota, context), surroundingsOf(context));
  const status = { hard: { ...quota.spec.hard }, used };
  const written = isSameUsage(status, quota.status)
    ? quota
    : await client.update(ResourceQuota, { ...quota, status }, { subresource: "status" });
  memory.counted(written, changesAtMs);
  if (unknown.length > 0) throw new Error(`Objects are not known yet that count as ${unknown.join(", ")}`);
  const waitMs = memory.waitMs(written, clock.now());
  return waitMs === undefined ? DONE : { requeueAfterMs: waitMs };
}

/** All that is served and can be counted. */
function countedIn({ metadata }: V1ResourceQuota, { cache, kinds }: ReconcileContext): Counted[] {
  return [...kinds.current.kindsWith(VERBS)].filter(isCounted).map((kind) => ({
    evaluator: evaluatorFor(kind)!,
    objects: () => (cache.hasSynced(kind) ? cache.list(kind, metadata.namespace ?? "") : undefined),
  }));
}

function surroundingsOf({ cache, clock }: ReconcileContext): UsageSurroundings {
  const resourceOf = (one: V1DeviceClass | undefined) => one?.spec.extendedResourceName || undefined;
  return {
    nowMs: clock.now(),
    extendedResourceOf: (name) => resourceOf(cache.get(DeviceClass, { namespace: "", name })),
    isOfDeviceClass: (resource) => cache.by(DeviceClass, EXTENDED_RESOURCE, resource).length > 0,
    pod: (namespace, name) => cache.get(Pod, { namespace, name }),
    claims: (namespace) => cache.list(ResourceClaim, namespace),
  };
}
