import { Binding, Pod, type V1Binding, type V1Pod } from "@dingi/api";
import {
  wireTime,
  newConflict,
  newInvalid,
  notSupported,
  required,
  V1Status,
  type ApiResponse,
  type Draft,
} from "@dingi/apimachinery";
import type { ActionCall, ActionHandler } from "../endpoints/action.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { openWrite } from "../endpoints/write-call.ts";
import { decodeBody } from "../negotiation/decode.ts";
import { respondObject } from "../negotiation/respond.ts";

import { draftOf } from "../registry/resource-store.ts";

/** Puts a pod on a node. Upstream: pkg/registry/core/pod/storage/storage.go#BindingREST */
export class BindingHandler implements ActionHandler {
  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    const write = openWrite(call, services, "CreateOptions");
    const expected = { apiVersion: "v1", kind: "Binding", schema: Binding.schema };
    const binding = (await decodeBody(call.request, expected, write.decode)) as unknown as V1Binding;
    validate(binding, call.info.name);
    const attributes = {
      operation: "CREATE" as const,
      kind: call.kind,
      subresource: "binding",
      namespace: call.info.namespace,
      name: call.info.name,
      object: binding as never,
      user: call.user,
      dryRun: write.dryRun,
      warn: write.context.warn,
      signal: write.context.signal,
    };
    await services.admission.admit(attributes);
    await services.admission.validate(attributes);
    await services.resourceStore(Pod).update(
      {
        key: { namespace: call.info.namespace, name: call.info.name },
        strategy: {},
        createAllowed: false,
        retry: true,
        validate: () => Promise.resolve(),
        transform: (current) =>
          Promise.resolve(bind(draftOf(Pod, current!) as Draft<V1Pod>, binding, services.clock.now())),
      },
      write.context,
    );
    const object = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
    return respondObject(call.request, { object, schema: V1Status, status: 201, warnings: call.warnings });
  }
}

function validate(binding: V1Binding, name: string): void {
  const errors = [];
  const { kind, name: target } = binding.target ?? {};
  if (kind !== undefined && kind !== "" && kind !== "Node")
    errors.push(notSupported("target.kind", kind, ["Node", "<empty>"]));
  if (!target) errors.push(required("target.name"));
  if (errors.length > 0) throw newInvalid({ group: "", kind: "Binding" }, name, errors);
}

function bind(pod: Draft<V1Pod>, binding: V1Binding, nowMs: number): Draft<V1Pod> {
  const resource = { group: "", resource: "pods" };
  const name = pod.metadata.name ?? "";
  const bindingUid = binding.metadata.uid;
  if (bindingUid && bindingUid !== pod.metadata.uid) {
    throw newConflict(
      { group: "", resource: "pods/binding" },
      name,
      `Precondition failed: UID in precondition: ${bindingUid}, UID in object meta: ${pod.metadata.uid}`,
    );
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw newConflict(
      { group: "", resource: "pods/binding" },
      name,
      `pod ${name} is being deleted, cannot be assigned to a host`,
    );
  }
  if (pod.spec.nodeName) {
    throw newConflict(
      { group: "", resource: "pods/binding" },
      name,
      `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`,
    );
  }
  if ((pod.spec.schedulingGates ?? []).length > 0)
    throw newConflict(resource, name, `pod ${name} has non-empty .spec.schedulingGates`);
  pod.spec.nodeName = binding.target.name!;
  const annotations = binding.metadata.annotations;
  if (annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
  const rest = (pod.status.conditions ?? []).filter(({ type }) => type !== "PodScheduled");
  const generation = pod.metadata.generation;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  pod.status.conditions = [
    ...rest,
    { type: "PodScheduled", ...observed, status: "True", lastTransitionTime: wireTime(nowMs) },
  ];
  return pod;
}
