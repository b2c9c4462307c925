import { type ApiResponse, type Draft, type KubeObject } from "@dingi/apimachinery";
import { decodeBody } from "../negotiation/decode.ts";
import { ensureNamespace, fillSystemFields } from "../registry/metadata.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { recordOwnership } from "./field-ownership.ts";
import { admittedContext, openObjectWrite, respondWritten, type ObjectWrite } from "./write-call.ts";

/** Upstream: apiserver/pkg/endpoints/handlers/create.go */
export async function createResource(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { request, kind } = call;
  const write = openObjectWrite(call, services, "CreateOptions");
  const { door, context } = write;
  const written = await decodeBody(request, door.expected, write.decode);
  await services.clock.yieldIfDue();
  door.fillDefaults(written);
  await services.clock.yieldIfDue();
  prepare(write, written, services);
  await recordOwnership(write, written, undefined);
  await services.clock.yieldIfDue();
  const object = await door.store(written, undefined, context.admission);
  const stored = await services.resourceStore(kind).create(object, admittedContext(write));
  return await respondWritten(call, { stored, created: true }, services);
}

function prepare(write: ObjectWrite, object: Draft<KubeObject>, services: EndpointServices): void {
  const { kind, info } = write.call;
  ensureNamespace(kind, object, info.namespace);
  fillSystemFields(object.metadata, services.clock, services.random);
}
