import {
  newUnclassifiedError,
  updateManagedFields,
  type ApiResponse,
  type Draft,
  type KubeObject,
} from "@dingi/apimachinery";
import { decodeBody } from "../negotiation/decode.ts";
import { ensureNamespace, fillSystemFields, generateName } from "../registry/metadata.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { admissionAttributes, expectedKind, openWrite, respondWritten, toHub, type WriteCall } from "./write-call.ts";

/** Upstream: apiserver/pkg/endpoints/handlers/create.go */
export async function createResource(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { request, info, kind } = call;
  const write = openWrite(call, services, "CreateOptions");
  const decoded = await decodeBody(request, expectedKind(call), write.decode);
  const object = toHub(kind, info.apiVersion, decoded);
  prepare(write, object, services);
  const stored = await admitAndCreate(write, object, services);
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

/** From here on a create and the create of an apply are the same. */
export async function admitAndCreate(write: WriteCall, object: Draft<KubeObject>, services: EndpointServices) {
  const { kind, info } = write.call;
  if (object.metadata.managedFields === undefined || info.verb === "create") {
    updateManagedFields({
      schema: kind.schema,
      apiVersion: info.apiVersion,
      live: undefined,
      object,
      manager: write.fieldManager,
      subresource: "",
      resetFields: kind.strategy.resetFields ?? [],
      nowMs: services.clock.now(),
    });
  }
  const name = object.metadata.name ?? "";
  await services.admission.admit(admissionAttributes(write, { operation: "CREATE", object, name }));
  return await services.resourceStore(kind).create(object, write.context, (final) =>
    services.admission.validate(
      admissionAttributes(write, {
        operation: "CREATE",
        object: final as Draft<KubeObject>,
        name: final.metadata.name ?? "",
      }),
    ),
  );
}
