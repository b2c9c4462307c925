import { Endpoints, EndpointSlice, Service, type V1Service } from "@dingi/api";
import { keyOf, type ObjectKey } from "@dingi/apimachinery";
import { referenceTo } from "@dingi/client";
import { DONE, defineController, watchOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { removeSlice, slicesByService, slicesOf, watchSlices } from "../endpointslice/managed-slices.ts";
import { isMirrored, MANAGED_BY, MAX_PER_SUBSET, mirroredMetadata, planMirrors, type MirrorPlan } from "./plan.ts";

/** Endpoints that somebody wrote for a Service without a selector, as slices. Upstream: pkg/controller/endpointslicemirroring */
export const endpointSliceMirroringController = defineController({
  name: "endpointslice-mirroring-controller",
  serviceAccount: "endpointslicemirroring-controller",
  for: Endpoints,
  watches: [
    watchOf(Service, (service, _context, previous) =>
      selects(service) && (!previous || selects(previous)) ? [] : [keyOf(service)],
    ),
    watchSlices(MANAGED_BY),
  ],
  indexes: [slicesByService],
  reconcile,
});

function selects({ spec }: V1Service): boolean {
  return Object.keys(spec.selector ?? {}).length > 0;
}

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const { cache, client } = context;
  const endpoints = cache.get(Endpoints, key);
  const service = cache.get(Service, key);
  const slices = slicesOf(key, MANAGED_BY, context);
  if (!endpoints || !isMirrored(endpoints) || !service || selects(service)) {
    await Promise.all(slices.map((slice) => removeSlice(slice, context)));
    return DONE;
  }
  const plan = planMirrors(endpoints, slices);
  tellSkipped(plan, () => referenceTo(Endpoints, endpoints), context);
  const metadata = mirroredMetadata(endpoints);
  if (endpoints.metadata.deletionTimestamp === undefined) {
    const generateName = `${key.name}-`;
    for (const mirror of plan.create)
      await client.create(EndpointSlice, { metadata: { ...metadata, generateName }, ...mirror });
  }
  for (const [slice, mirror] of plan.update)
    await client.update(EndpointSlice, { ...slice, metadata: { ...slice.metadata, ...metadata }, ...mirror });
  for (const slice of plan.remove) await removeSlice(slice, context);
  return DONE;
}

function tellSkipped(
  { invalid, surplus }: MirrorPlan,
  reference: () => ReturnType<typeof referenceTo>,
  { events }: ReconcileContext,
): void {
  if (invalid > 0)
    events.event(
      reference(),
      "Warning",
      "InvalidIPAddress",
      `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`,
    );
  if (surplus > 0)
    events.event(
      reference(),
      "Warning",
      "TooManyAddressesToMirror",
      `A max of ${MAX_PER_SUBSET} addresses can be mirrored to EndpointSlices per Endpoints subset. ${surplus + invalid} addresses were skipped`,
    );
}
