import {
  applyMergePatch,
  applyJsonPatch,
  canonicalize,
  encodeJson,
  invalid,
  newBadRequest,
  newInvalid,
  newMethodNotSupported,
  newModified,
  newUnsupportedMediaType,
  type ApiResponse,
  type Draft,
  type KubeObject,
  type ScaleSubresource,
} from "@dingi/apimachinery";
import { V1Scale, type V1Scale as Scale } from "@dingi/api";
import { bodyType, decodeBody, decodeText, readBody } from "../negotiation/decode.ts";
import { respondObject } from "../negotiation/respond.ts";
import { draftOf } from "../registry/resource-store.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { recordOwnership } from "./field-ownership.ts";
import { openWrite, type WriteCall } from "./write-call.ts";

const SCALE = { apiVersion: "autoscaling/v1", kind: "Scale", schema: V1Scale };

/** GET, PUT and PATCH of /scale. Upstream: pkg/registry/apps/deployment/storage/storage.go#ScaleREST */
export async function scaleResource(
  call: ResourceCall,
  door: ScaleSubresource<KubeObject>,
  services: EndpointServices,
): Promise<ApiResponse> {
  const { info, kind } = call;
  if (info.verb === "get") {
    await services.feed.waitUntilFresh(call.request);
    const { object } = services.resourceStore(kind).get({ namespace: info.namespace, name: info.name });
    return respondObject(call.request, { object: scaleOf(object, door), schema: V1Scale, status: 200 });
  }
  if (info.verb !== "update" && info.verb !== "patch")
    throw newMethodNotSupported({ group: kind.group, resource: kind.plural }, info.verb);
  const write = openWrite(call, services, info.verb === "patch" ? "PatchOptions" : "UpdateOptions");
  const change = info.verb === "patch" ? await readPatch(write, door) : await readScale(write);
  const object = await writeScale(write, door, change, services);
  return respondObject(call.request, {
    object: scaleOf(object, door),
    schema: V1Scale,
    status: 200,
    warnings: call.warnings,
  });
}

function scaleOf(object: KubeObject, door: ScaleSubresource<KubeObject>): Scale {
  const { specReplicas, statusReplicas, selector } = door.get(object);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp };
  const scale = { metadata, spec: { replicas: specReplicas }, status: { replicas: statusReplicas, selector } };
  return { kind: "Scale", apiVersion: "autoscaling/v1", ...(canonicalize(V1Scale, scale) as Scale) };
}

type Change = (current: Scale) => Scale;

async function readScale(write: WriteCall): Promise<Change> {
  const scale = (await decodeBody(write.call.request, SCALE, write.decode)) as unknown as Scale;
  const name = scale.metadata.name ?? "";
  if (name !== write.call.info.name)
    throw newBadRequest(
      `the name of the object (${name}) does not match the name on the URL (${write.call.info.name})`,
    );
  return () => scale;
}

async function readPatch(write: WriteCall, _door: ScaleSubresource<KubeObject>): Promise<Change> {
  const { request } = write.call;
  const type = bodyType(request);
  const bytes = request.object === undefined ? await readBody(request) : Buffer.from(encodeJson(request.object));
  const patch = decodeText(
    bytes,
    "application/json",
    { ...SCALE, schema: V1Scale },
    { ...write.decode, fieldValidation: "Ignore" },
  );
  const raw: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (type === "application/json-patch+json") return (current) => applyJsonPatch(current, raw as unknown[]) as Scale;
  if (type === "application/merge-patch+json" || type === "application/strategic-merge-patch+json") {
    return (current) => applyMergePatch(current, raw) as Scale;
  }
  if (type === "application/apply-patch+yaml")
    return (current) => ({ ...current, spec: (patch as unknown as Scale).spec });
  throw newUnsupportedMediaType(["application/json-patch+json", "application/merge-patch+json"]);
}

async function writeScale(
  write: WriteCall,
  door: ScaleSubresource<KubeObject>,
  change: Change,
  services: EndpointServices,
): Promise<KubeObject> {
  const { kind, info } = write.call;
  const { stored } = await services.resourceStore(kind).update(
    {
      key: { namespace: info.namespace, name: info.name },
      strategy: kind.strategy,
      createAllowed: false,
      retry: info.verb === "patch",
      transform: (current) => {
        const object = draftOf(kind, current!);
        applyScale(write, door, change(scaleOf(current!, door)), object);
        recordOwnership(write, object, current);
        return object;
      },
    },
    write.context,
  );
  return stored.object;
}

function applyScale(
  write: WriteCall,
  door: ScaleSubresource<KubeObject>,
  scale: Scale,
  object: Draft<KubeObject>,
): void {
  const { kind, info } = write.call;
  const replicas = scale.spec?.replicas ?? 0;
  const bad = !Number.isInteger(replicas) || replicas < 0;
  if (bad) {
    throw newInvalid({ group: "autoscaling", kind: "Scale" }, info.name, [
      invalid("spec.replicas", replicas, "must be greater than or equal to 0"),
    ]);
  }
  const wanted = scale.metadata.resourceVersion ?? "";
  if (wanted !== "" && wanted !== object.metadata.resourceVersion)
    throw newModified({ group: kind.group, resource: kind.plural }, info.name);
  door.setReplicas(object, replicas);
}
