import { ipWarnings, path, semanticEqual, type Draft, type Strategy } from "@dingi/apimachinery";
import type { V1EndpointSlice } from "./endpointslice.gen.ts";
import { validateEndpointSlice } from "./validation.ts";

const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const CONTROLLERS = ["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"];

/** Upstream: pkg/registry/discovery/endpointslice/strategy.go */
export const strategy: Strategy<V1EndpointSlice> = {
  prepareForCreate(slice) {
    slice.metadata.generation = 1;
    dropTopology(slice);
  },
  prepareForUpdate(slice, old) {
    if (isChanged(slice as V1EndpointSlice, old)) slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
    if (!semanticEqual(slice.endpoints, old.endpoints)) dropTopology(slice);
  },
  validate: (slice) => validateEndpointSlice(slice),
  validateUpdate: validateEndpointSlice,
  warningsOnCreate: (slice) => [
    ...(slice.addressType === "FQDN" ? ["spec.addressType: FQDN endpoints are deprecated"] : []),
    ...addressWarnings(slice),
  ],
  warningsOnUpdate: addressWarnings,
};

function isChanged(slice: V1EndpointSlice, old: V1EndpointSlice): boolean {
  const { metadata, kind: _kind, apiVersion: _apiVersion, ...rest } = slice;
  const { metadata: oldMetadata, kind: _oldKind, apiVersion: _oldApiVersion, ...oldRest } = old;
  return !semanticEqual(rest, oldRest) || !semanticEqual(metadata.labels ?? {}, oldMetadata.labels ?? {});
}

/** A field of v1beta1 that v1 does not write. */
function dropTopology(slice: Draft<V1EndpointSlice>): void {
  for (const endpoint of slice.endpoints ?? []) delete endpoint.deprecatedTopology;
}

function addressWarnings({ metadata, endpoints }: V1EndpointSlice): string[] {
  if (CONTROLLERS.includes(metadata.labels?.[MANAGED_BY] ?? "")) return [];
  return (endpoints ?? []).flatMap(({ addresses }, i) =>
    (addresses ?? []).flatMap((address, j) =>
      ipWarnings(address, path("endpoints").index(i).child("addresses").index(j)),
    ),
  );
}
