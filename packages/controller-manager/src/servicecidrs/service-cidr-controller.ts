import { IPAddress, ServiceCIDR, type V1ServiceCIDR } from "@dingi/api";
import { ignoreNotFound, keyOf, wireTime, type ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, watchOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { canBeDeleted, containing, overlapping } from "./plan.ts";

const NAME = "service-cidr-controller";
const FINALIZER = "networking.k8s.io/service-cidr-finalizer";
/** In which API servers learn that no more addresses are to come from a range. */
const DELETION_GRACE_MS = 10_000;
const READY = { status: "True", reason: "", message: "Kubernetes Service CIDR is ready" };
const BLOCKED = {
  status: "False",
  reason: "Terminating",
  message: "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
};

/** Keeps a ServiceCIDR while Services have addresses of it. Upstream: pkg/controller/servicecidrs/servicecidrs_controller.go */
export const serviceCidrController = defineController({
  name: NAME,
  serviceAccount: "service-cidrs-controller",
  for: ServiceCIDR,
  watches: [
    watchOf(ServiceCIDR, (cidr, { cache }) => overlapping(cidr, cache.list(ServiceCIDR)).map(keyOf)),
    watchOf(IPAddress, (address, { cache }) => containing(address, cache.list(ServiceCIDR)).map(keyOf)),
  ],
  concurrency: 1,
  reconcile,
});

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const cidr = context.cache.get(ServiceCIDR, key);
  if (!cidr) return DONE;
  if (cidr.metadata.deletionTimestamp !== undefined)
    return await finish(cidr, cidr.metadata.deletionTimestamp, context);
  if (!cidr.metadata.finalizers?.includes(FINALIZER)) await patchFinalizers(cidr, { finalizers: [FINALIZER] }, context);
  try {
    await setReady(cidr, READY, context);
  } catch (error) {
    const about = {
      apiVersion: ServiceCIDR.apiVersion,
      kind: ServiceCIDR.kind,
      name: key.name,
      uid: cidr.metadata.uid,
    };
    const text = "The ServiceCIDR Status can not be set to Ready=True";
    context.events.event(about, "Warning", "KubernetesServiceCIDRError", text);
    throw error;
  }
  return DONE;
}

async function finish(cidr: V1ServiceCIDR, deletedAt: string, context: ReconcileContext): Promise<Result> {
  const { cache, clock } = context;
  if (!canBeDeleted(cidr, cache.list(ServiceCIDR), cache.list(IPAddress))) {
    await setReady(cidr, BLOCKED, context);
    return DONE;
  }
  const leftMs = DELETION_GRACE_MS - (clock.now() - Date.parse(deletedAt));
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  if (cidr.metadata.finalizers?.includes(FINALIZER))
    await patchFinalizers(cidr, { "$deleteFromPrimitiveList/finalizers": [FINALIZER] }, context);
  return DONE;
}

async function patchFinalizers(cidr: V1ServiceCIDR, metadata: object, { client }: ReconcileContext): Promise<void> {
  await client.patch(ServiceCIDR, keyOf(cidr), { metadata }, { type: "strategic" }).catch(ignoreNotFound);
}

async function setReady(
  cidr: V1ServiceCIDR,
  wanted: { readonly status: string; readonly reason: string; readonly message: string },
  { client, clock }: ReconcileContext,
): Promise<void> {
  const current = cidr.status.conditions?.find(({ type }) => type === "Ready");
  const { status, reason, message } = wanted;
  if (current?.status === status && (current.reason ?? "") === reason && current.message === message) return;
  const condition = { type: "Ready", ...wanted, lastTransitionTime: wireTime(clock.now()) };
  const { name } = cidr.metadata;
  const { apiVersion, kind } = ServiceCIDR;
  const patch = { apiVersion, kind, metadata: { name }, status: { conditions: [condition] } };
  const options = { type: "apply", fieldManager: NAME, force: true, subresource: "status" } as const;
  await client.patch(ServiceCIDR, keyOf(cidr), patch, options);
}
