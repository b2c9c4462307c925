import { labelSelectorAsSelector, type V1LabelSelector } from "@dingi/apimachinery";
import { CommandError } from "../command-error.ts";
import type { Resource } from "../discovery/discovery.ts";
import { at, isJson, mapAt, textAt, type AnyObject, type Json } from "../json.ts";
import type { Session } from "../session.ts";
import { withKinds } from "./list-items.ts";
import { parseOne } from "./targets.ts";

/** The label selector that an object finds its Pods by. */
export function podSelectorOf(object: AnyObject): string {
  const selector = at(object, "spec", "selector");
  if (!isJson(selector)) throw new CommandError(`${object.kind} "${object.metadata.name}" has no selector`);
  const isPlain = object.kind === "Service" || object.kind === "ReplicationController";
  const labels = isPlain ? { matchLabels: mapAt(object, "spec", "selector") } : (selector as V1LabelSelector);
  return labelSelectorAsSelector(labels).toString();
}

export async function podsBy(
  session: Session,
  namespace: string | undefined,
  labelSelector: string,
): Promise<AnyObject[]> {
  const pods = (await session.discovery()).find("pods");
  return withKinds(await session.on<Json>(pods, { namespace }, { query: { labelSelector } }));
}

/** The Pod that "web-1", "pod/web-1" or "deployment/web" means: of several the first that runs. */
export async function findPod(session: Session, target: string): Promise<AnyObject> {
  const discovery = await session.discovery();
  const { resource, name } = parseOne(discovery, [target], "pods");
  const object = await session.on(resource, { namespace: session.namespace, name });
  if (isPods(resource)) return object;
  const pods = await podsBy(session, session.namespace, podSelectorOf(object));
  const pod = pods.find((each) => textAt(each, "status", "phase") === "Running") ?? pods[0];
  if (!pod) throw new CommandError(`no pods found for ${resource.kind} "${name}"`);
  return pod;
}

function isPods(resource: Resource): boolean {
  return resource.group === "" && resource.plural === "pods";
}
