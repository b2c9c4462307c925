import { newUnclassifiedError, type ApiResponse, type Draft, type KubeObject } from "@dingi/apimachinery";
import { decodeBody } from "../negotiation/decode.ts";
import { ensureNamespace, fillSystemFields, generateName } from "../registry/metadata.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { recordOwnership } from "./field-ownership.ts";
import { expectedKind, openWrite, respondWritten, toHub, type WriteCall } from "./write-call.ts";

/** Upstream: apiserver/pkg/endpoints/handlers/create.go */
export async function createResource(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { request, info, kind } = call;
  const write = openWrite(call, services, "CreateOptions");
  const decoded = await decodeBody(request, expectedKind(call), write.decode);
  await services.clock.yieldIfDue();
  const object = toHub(kind, info.apiVersion, decoded);
  prepare(write, object, services);
  recordOwnership(write, object, undefined);
  await services.clock.yieldIfDue();
  const stored = await services.resourceStore(kind).create(object, write.context);
  return respondWritten(call, { stored, created: true }, services);
}

function prepare(write: WriteCall, object: Draft<KubeObject>, services: EndpointServices): void {
  const { kind, info } = write.call;
  if (object.metadata.resourceVersion)
    throw newUnclassifiedError("resourceVersion should not be set on objects to be created");
  delete object.metadata.resourceVersion;
  ensureNamespace(kind, object, info.namespace);
  fillSystemFields(object.metadata, services.clock, services.random);
  if (object.metadata.generateName && !object.metadata.name) {
    object.metadata.name = generateName(object.metadata.generateName, services.random);
  }
}
