import { Eviction, isPodReady, Pod, type V1Eviction, type V1Pod, type V1PodDisruptionBudget } from "@dingi/api";
import {
  invalid,
  isConflict,
  newBadRequest,
  newConflict,
  newInternalError,
  newInvalid,
  V1Status,
  wireTime,
  type ApiResponse,
  type Draft,
  type ObjectKey,
  type V1DeleteOptions,
} from "@dingi/apimachinery";
import { OPEN_GATE, pass } from "../admission/gate.ts";
import type { ActionCall, ActionHandler } from "../endpoints/action.ts";
import type { CallContext } from "../endpoints/call-context.ts";
import { checkDeleteOptions } from "../endpoints/delete-options.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { openWrite, type WriteCall } from "../endpoints/write-call.ts";
import { decodeBody } from "../negotiation/decode.ts";
import { respondObject } from "../negotiation/respond.ts";
import { draftOf } from "../registry/resource-store.ts";
import { budgetOf, letsUnhealthyGo, notProcessed, takeDisruption } from "./disruption-budget.ts";

const CONDITION = "DisruptionTarget";

/** After so many writes that came between, the caller shall try again. */
const ATTEMPTS = 20;

/**
 * Deletes a pod if its budget allows that, and says so in its conditions.
 * Upstream: pkg/registry/core/pod/storage/eviction.go
 */
export class EvictionHandler implements ActionHandler {
  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    const write = openWrite(call, services, "CreateOptions");
    const expected = { apiVersion: Eviction.apiVersion, kind: "Eviction", schema: Eviction.schema };
    const decoded = (await decodeBody(call.request, expected, write.decode)) as unknown as V1Eviction;
    const { namespace } = call.info;
    const eviction = {
      ...decoded,
      metadata: { ...decoded.metadata, namespace: decoded.metadata.namespace || namespace },
    };
    const options = readOptions(eviction, call);
    const objectKind = { apiVersion: Eviction.apiVersion, kind: "Eviction", schema: Eviction.schema };
    await pass(write.context.admission, { operation: "CREATE", object: eviction as never, objectKind });
    await this.#evict(write, options, services);
    const object = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
    return respondObject(call.request, { object, schema: V1Status, status: 201, warnings: call.warnings });
  }

  async #evict(write: WriteCall, asked: V1DeleteOptions, services: EndpointServices): Promise<void> {
    const { namespace, name } = write.call.info;
    const dryRun = (asked.dryRun ?? []).length > 0;
    const context = write.context.withDryRun(dryRun).admittedBy(OPEN_GATE);
    const eviction: PodEviction = { key: { namespace, name }, asked, services, context };
    if (await deleteUnguarded(eviction)) return;
    const pod = podOf(eviction);
    const budget = budgetOf(pod, services);
    if (!budget) return await markAndDelete(eviction, asked);
    if (!isPodReady(pod) && letsUnhealthyGo(budget)) return await deleteUnhealthy(eviction, pod, budget);
    await takeDisruption(budget, name, eviction);
    await markAndDelete(eviction, asked);
  }
}

interface PodEviction {
  readonly key: ObjectKey;
  readonly asked: V1DeleteOptions;
  readonly services: EndpointServices;
  readonly context: CallContext;
}

const podOf = ({ key, services }: PodEviction): V1Pod => services.resourceStore(Pod).get(key).object as V1Pod;

const isOver = ({ metadata, status }: V1Pod): boolean =>
  status.phase === "Succeeded" || status.phase === "Failed" || metadata.deletionTimestamp !== undefined;

/** Deletes a pod that disrupts nothing when it goes; false when a budget has to be asked. */
async function deleteUnguarded(eviction: PodEviction): Promise<boolean> {
  const { asked } = eviction;
  for (let attempt = 1; ; attempt++) {
    const pod = podOf(eviction);
    const over = isOver(pod);
    if (!over && pod.status.phase !== "Pending") return false;
    // A pending pod that becomes ready meanwhile is guarded by its budget again.
    const racing = !over && !namesRevision(asked);
    try {
      await markAndDelete(eviction, racing ? onlyAt(asked, pod) : asked);
      return true;
    } catch (error) {
      if (!racing || !isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** It may have become ready since it was looked at, and counts then. */
async function deleteUnhealthy(eviction: PodEviction, pod: V1Pod, budget: V1PodDisruptionBudget): Promise<void> {
  const { asked } = eviction;
  try {
    await markAndDelete(eviction, onlyAt(asked, pod));
  } catch (error) {
    if (isConflict(error) && !namesRevision(asked)) throw notProcessed(budget.metadata.name ?? "");
    throw error;
  }
}

const namesRevision = ({ preconditions }: V1DeleteOptions): boolean => Boolean(preconditions?.resourceVersion);

const onlyAt = (options: V1DeleteOptions, { metadata }: V1Pod): V1DeleteOptions => ({
  ...options,
  preconditions: { ...options.preconditions, resourceVersion: metadata.resourceVersion },
});

async function markAndDelete(eviction: PodEviction, asked: V1DeleteOptions): Promise<void> {
  const { key, services, context } = eviction;
  const pods = services.resourceStore(Pod);
  let options = asked;
  if (!context.dryRun) {
    const { stored } = await pods.update(
      {
        key,
        strategy: {},
        createAllowed: false,
        retry: true,
        transform: (current) => mark(current as V1Pod, asked, services.clock.now()),
      },
      context,
    );
    options = atRevision(asked, stored.object.metadata.resourceVersion);
  }
  checkDeleteOptions(options);
  await pods.delete({ key, options }, context);
}

function readOptions(eviction: V1Eviction, { info, request }: ActionCall): V1DeleteOptions {
  const { name, namespace } = eviction.metadata;
  if (namespace && namespace !== info.namespace)
    throw newBadRequest("the namespace of the provided object does not match the namespace sent on the request");
  if (name !== info.name) throw newBadRequest("name in URL does not match name in Eviction object");
  const options = eviction.deleteOptions ?? {};
  if (options.ignoreStoreReadErrorWithClusterBreakingPotential) {
    const field = "deleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential";
    const error = invalid(field, true, "can not be set for pod eviction, try after removing the option");
    throw newInvalid({ group: Eviction.group, kind: "Eviction" }, info.name, [error]);
  }
  const [inQuery, inBody] = [request.query.getAll("dryRun"), options.dryRun ?? []];
  if (inBody.length === 0) return { ...options, dryRun: inQuery };
  if (inQuery.length > 0 && inQuery.join() !== inBody.join()) {
    throw newInternalError(
      `Non-matching dry-run options in request and content: [${inQuery.join(" ")}] and [${inBody.join(" ")}]`,
    );
  }
  return options;
}

/** The pod that is to be deleted, with the reason. Throws StatusError 409 when it is not the one that was meant. */
function mark(pod: V1Pod, options: V1DeleteOptions, nowMs: number): Draft<V1Pod> {
  checkPreconditions(pod, options);
  const draft = draftOf(Pod, pod) as Draft<V1Pod>;
  const conditions = draft.status.conditions ?? [];
  const before = conditions.find(({ type }) => type === CONDITION);
  const condition = {
    type: CONDITION,
    status: "True",
    lastTransitionTime: before?.status === "True" ? before.lastTransitionTime : wireTime(nowMs),
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
  };
  draft.status.conditions = before
    ? conditions.map((one) => (one === before ? condition : one))
    : [...conditions, condition];
  return draft;
}

function checkPreconditions({ metadata }: V1Pod, { preconditions = {} }: V1DeleteOptions): void {
  const { uid, resourceVersion } = preconditions;
  const conflict = (text: string) => newConflict({ group: "", resource: "Pod" }, metadata.name ?? "", text);
  if (uid && uid !== metadata.uid) {
    throw conflict(
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}

/** A precondition on the revision was met before the condition was written. */
function atRevision(options: V1DeleteOptions, resourceVersion: string | undefined): V1DeleteOptions {
  const { preconditions } = options;
  if (!preconditions?.resourceVersion || resourceVersion === undefined) return options;
  return { ...options, preconditions: { ...preconditions, resourceVersion } };
}
