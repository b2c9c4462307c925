import { labelSelectorAsSelector, parseDuration, type V1LabelSelector } from "@dingi/apimachinery";
import { CommandError } from "../command-error.ts";
import { at, isJson, mapAt, type AnyObject, type Json } from "../json.ts";
import type { Session } from "../session.ts";
import { withKinds } from "./list-items.ts";
import { bestFirst } from "./pod-order.ts";
import { parseOne } from "./targets.ts";
import { withDeadline } from "./watch-until.ts";

/** The label selector that an object finds its Pods by. */
export function podSelectorOf(object: AnyObject, purpose = "attach to"): string {
  const selector = at(object, "spec", "selector");
  if (object.kind === "Service" && Object.keys(mapAt(object, "spec", "selector")).length === 0)
    throw new CommandError(
      `cannot ${purpose} *v1.Service: invalid service '${object.metadata.name}': Service is defined without a selector`,
    );
  if (!isJson(selector))
    throw new CommandError(
      `cannot ${purpose} *${goPackage(object.apiVersion)}.${object.kind}: selector for *${goPackage(object.apiVersion)}.${object.kind} not implemented`,
    );
  const isPlain = object.kind === "Service" || object.kind === "ReplicationController";
  const labels = isPlain ? { matchLabels: mapAt(object, "spec", "selector") } : (selector as V1LabelSelector);
  return labelSelectorAsSelector(labels).toString();
}

function goPackage(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

export async function podsBy(
  session: Session,
  namespace: string | undefined,
  labelSelector: string,
): Promise<AnyObject[]> {
  const pods = (await session.discovery()).find("pods");
  return withKinds(await session.on<Json>(pods, { namespace }, { query: { labelSelector } }));
}

const POD_RUNNING_MS = 60_000;

/** The Pod that "web-1", "pod/web-1" or "deployment/web" means: of several the best; when there is none, the next. */
export async function findPod(session: Session, target: string, timeout?: string): Promise<AnyObject> {
  const object = await getObject(session, target);
  return await podOf(session, object, timeout);
}

export async function getObject(session: Session, target: string): Promise<AnyObject> {
  const { resource, name } = parseOne(await session.discovery(), [target], "pods");
  return await session.get(resource, { namespace: session.namespace, name });
}

export async function podOf(session: Session, object: AnyObject, timeout?: string): Promise<AnyObject> {
  if (object.kind === "Pod") return object;
  const timeoutMs = timeout === undefined ? POD_RUNNING_MS : parseDuration(timeout);
  const selector = podSelectorOf(object);
  const { namespace } = object.metadata;
  const [pod] = bestFirst(await podsBy(session, namespace, selector), "attach");
  return pod ?? (await nextPod(session, { namespace, selector, timeoutMs }));
}

async function nextPod(
  session: Session,
  { namespace, selector, timeoutMs }: { namespace: string | undefined; selector: string; timeoutMs: number },
): Promise<AnyObject> {
  const pods = (await session.discovery()).find("pods");
  const message = "timed out waiting for the condition";
  return await withDeadline(session, { ms: timeoutMs, message }, async (signal) => {
    const call = { query: { labelSelector: selector }, ...(signal ? { signal } : {}) };
    for await (const events of session.watch(pods, { namespace }, call)) {
      const event = events.find(({ type }) => type === "ADDED" || type === "MODIFIED");
      if (event) return event.object as unknown as AnyObject;
    }
    throw new CommandError(message);
  });
}
