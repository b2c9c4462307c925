import { Binding, Pod, type V1Binding, type V1Pod } from "@dingi/api";
import {
  fieldErrorText,
  newBadRequest,
  newConflict,
  newUnclassifiedError,
  wireTime,
  V1Status,
  type AnyKind,
  type ApiResponse,
  type Draft,
} from "@dingi/apimachinery";
import { OPEN_GATE } from "../admission/gate.ts";
import type { ActionCall, ActionHandler, ReviewCall, ReviewHandler } from "../endpoints/action.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { CallContext } from "../endpoints/call-context.ts";
import { openWrite, type WriteCall } from "../endpoints/write-call.ts";
import { decodeBody } from "../negotiation/decode.ts";
import { respondObject } from "../negotiation/respond.ts";
import { draftOf } from "../registry/resource-store.ts";

/** Puts a pod on a node. Upstream: pkg/registry/core/pod/storage/storage.go#BindingREST */
export class BindingHandler implements ActionHandler {
  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    const write = openWrite(call, services, "CreateOptions");
    const binding = await readBinding(write);
    if (binding.metadata.name !== call.info.name)
      throw newBadRequest("name in URL does not match name in Binding object");
    return await bindPod(binding, write, services);
  }
}

/** The older way: the pod's name is in the body alone. */
export class BindingCollectionHandler implements ReviewHandler {
  async handle(call: ReviewCall, services: EndpointServices): Promise<ApiResponse> {
    const podCall = { ...call, kind: Pod as unknown as AnyKind, info: { ...call.info, resource: "pods" } };
    const write = openWrite(
      { ...podCall, info: { ...podCall.info, subresource: "binding" } },
      services,
      "CreateOptions",
    );
    // It is admitted as what was asked for, which is no pod's subresource.
    const asked = { ...call, kind: call.review as unknown as AnyKind };
    const { admission } = new CallContext(asked, services, { dryRun: write.context.dryRun });
    const context = write.context.admittedBy(admission);
    return await bindPod(await readBinding(write), { ...write, context }, services);
  }
}

async function readBinding({ call, decode }: WriteCall): Promise<V1Binding> {
  const expected = { apiVersion: "v1", kind: "Binding", schema: Binding.schema };
  const binding = (await decodeBody(call.request, expected, decode)) as unknown as V1Binding;
  const { namespace = "" } = binding.metadata;
  if (namespace !== "" && namespace !== call.info.namespace)
    throw newBadRequest("the namespace of the provided object does not match the namespace sent on the request");
  return { ...binding, metadata: { ...binding.metadata, namespace: call.info.namespace } };
}

async function bindPod(binding: V1Binding, write: WriteCall, services: EndpointServices): Promise<ApiResponse> {
  const { call } = write;
  const name = binding.metadata.name ?? "";
  const objectKind = { apiVersion: "v1", kind: "Binding", schema: Binding.schema };
  const { admission } = write.context;
  const admitted = { operation: "CREATE", object: binding as never, name, objectKind } as const;
  await admission.admit(admitted);
  checkBinding(binding);
  await admission.validate(admitted);
  await services.resourceStore(Pod).update(
    {
      key: { namespace: call.info.namespace, name },
      strategy: {},
      createAllowed: false,
      retry: true,
      transform: (current) => bind(current as V1Pod, binding, services.clock.now()),
    },
    write.context.admittedBy(OPEN_GATE),
  );
  const object = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
  return respondObject(call.request, { object, schema: V1Status, status: 201, warnings: call.warnings });
}

/** Upstream answers what is not valid with an error that is no Status of its own, hence 500 without a reason. */
function checkBinding(binding: V1Binding): void {
  const errors = (Binding.validate?.(binding) ?? []).map(fieldErrorText);
  if (errors.length === 0) return;
  const message = errors.length === 1 ? errors[0]! : `[${errors.join(", ")}]`;
  throw newUnclassifiedError(message);
}

function bind(current: V1Pod, binding: V1Binding, nowMs: number): Draft<V1Pod> {
  checkPreconditions(current, binding);
  const refusal = whyNotBound(current);
  if (refusal !== undefined)
    throw newConflict({ group: "", resource: "pods/binding" }, current.metadata.name ?? "", refusal);
  const pod = draftOf(Pod, current) as Draft<V1Pod>;
  pod.spec.nodeName = binding.target.name!;
  delete pod.status.nominatedNodeName;
  const annotations = binding.metadata.annotations;
  if (annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
  const { labels } = binding.metadata;
  if (labels) pod.metadata.labels = { ...pod.metadata.labels, ...labels };
  const rest = (pod.status.conditions ?? []).filter(({ type }) => type !== "PodScheduled");
  pod.status.conditions = [...rest, { type: "PodScheduled", status: "True", lastTransitionTime: wireTime(nowMs) }];
  return pod;
}

function whyNotBound({ metadata, spec }: V1Pod): string | undefined {
  if (metadata.deletionTimestamp !== undefined)
    return `pod ${metadata.name} is being deleted, cannot be assigned to a host`;
  if (spec.nodeName) return `pod ${metadata.name} is already assigned to node ${JSON.stringify(spec.nodeName)}`;
  return (spec.schedulingGates ?? []).length > 0
    ? `pod ${metadata.name} has non-empty .spec.schedulingGates`
    : undefined;
}

/** Upstream: apiserver/pkg/storage/interfaces.go#Preconditions.Check */
function checkPreconditions({ metadata }: V1Pod, { metadata: asked }: V1Binding): void {
  const wrong = [
    ["UID", asked.uid, metadata.uid],
    ["ResourceVersion", asked.resourceVersion, metadata.resourceVersion],
  ].find(([, wanted, found]) => wanted !== undefined && wanted !== "" && wanted !== found);
  if (!wrong) return;
  const [what, wanted, found] = wrong;
  const key = `/registry/pods/${metadata.namespace}/${metadata.name}`;
  throw newConflict(
    { group: "", resource: "pods" },
    metadata.name ?? "",
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`,
  );
}
