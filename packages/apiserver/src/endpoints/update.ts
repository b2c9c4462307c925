import {
  copyBySchema,
  newInvalid,
  required,
  type AnyKind,
  type ApiResponse,
  type Draft,
  type KubeObject,
} from "@dingi/apimachinery";
import { decodeBody } from "../negotiation/decode.ts";
import { checkName, ensureNamespace, fillSystemFields } from "../registry/metadata.ts";
import { doorStrategy } from "./door.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { recordOwnership } from "./field-ownership.ts";
import { expectedKind, openWrite, respondWritten, toHub, type WriteCall } from "./write-call.ts";

/** PUT of an object or of an update subresource. Upstream: apiserver/pkg/endpoints/handlers/update.go */
export async function updateResource(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { request, info, kind } = call;
  const write = openWrite(call, services, "UpdateOptions");
  const decoded = await decodeBody(request, expectedKind(call), write.decode);
  await services.clock.yieldIfDue();
  const wanted = toHub(kind, info.apiVersion, decoded);
  ensureName(wanted, call);
  ensureNamespace(kind, wanted, info.namespace);
  const resourceVersion = wanted.metadata.resourceVersion ?? "";
  const createAllowed = info.subresource === "" && kind.strategy.allowCreateOnUpdate === true && resourceVersion === "";
  if (resourceVersion === "" && kind.strategy.allowUnconditionalUpdate === false && !createAllowed)
    throw needsRevision(kind, wanted);
  const written = await storeUpdate(write, services, {
    createAllowed,
    retry: resourceVersion === "",
    transform: (current) => {
      const object = copyBySchema(kind.schema, wanted) as Draft<KubeObject>;
      if (current) recordOwnership(write, object, current);
      else fillSystemFields(object.metadata, services.clock, services.random);
      return object;
    },
  });
  return respondWritten(call, written, services);
}

/** What goes through a subresource's door need not say its name. */
function ensureName(object: Draft<KubeObject>, { info }: ResourceCall): void {
  if (info.subresource !== "") object.metadata.name ||= info.name;
  checkName(object, info.name);
}

function needsRevision(kind: AnyKind, object: KubeObject): Error {
  const error = {
    ...required("metadata.resourceVersion"),
    type: "FieldValueInvalid" as const,
    badValue: 0,
    detail: "must be specified for an update",
  };
  return newInvalid({ group: kind.group, kind: kind.kind }, object.metadata.name ?? "", [error]);
}

export interface StoreUpdate {
  readonly createAllowed: boolean;
  /** Whether another write in between is a reason to try again rather than a conflict. */
  readonly retry: boolean;
  /** Makes the wanted state, its managedFields included. */
  readonly transform: (current: KubeObject | undefined) => Draft<KubeObject>;
}

/** Admission and storage of an update, the same for PUT and PATCH. */
export async function storeUpdate(write: WriteCall, services: EndpointServices, update: StoreUpdate) {
  const { kind, info } = write.call;
  const key = { namespace: info.namespace, name: info.name };
  const strategy = doorStrategy(kind, info.subresource);
  return await services.resourceStore(kind).update({ key, strategy, ...update }, write.context);
}
