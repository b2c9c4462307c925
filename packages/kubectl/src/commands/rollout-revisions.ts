import { CommandError } from "../command-error.ts";
import { at, isJson, type AnyObject, type Json } from "../json.ts";
import { withKinds } from "../resource/list-items.ts";
import { podSelectorOf } from "../resource/pods-of.ts";
import type { Located } from "../resource/select.ts";
import type { Session } from "../session.ts";

export const REVISION = "deployment.kubernetes.io/revision";
const CHANGE_CAUSE = "kubernetes.io/change-cause";

export interface Revision {
  readonly number: number;
  readonly cause: string;
  /** As the workload had it. */
  readonly template: Json;
  /** As it is shown: of a Deployment's as the ReplicaSet has it, with its hash. */
  readonly shown: Json;
  readonly annotations: Readonly<Record<string, string>>;
  /** What brings it back, where it says so itself. */
  readonly patch?: Json;
}

/** What a workload was before, the oldest first. Upstream: kubectl/pkg/polymorphichelpers/history.go */
export async function revisionsOf(
  session: Session,
  located: Located,
): Promise<{ readonly workload: AnyObject; readonly revisions: readonly Revision[] }> {
  const workload = await session.on(located.resource, located);
  const source = SOURCES[workload.kind];
  if (!source) throw new CommandError(`no history viewer has been implemented for ${workload.kind}`);
  const list = await session.on<Json>(
    (await session.discovery()).find(source.resource),
    { namespace: located.namespace },
    { query: { labelSelector: podSelectorOf(workload) } },
  );
  const owned = withKinds(list).filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ uid }) => uid === workload.metadata.uid),
  );
  return { workload, revisions: owned.map(source.read).sort((a, b) => a.number - b.number) };
}

interface Source {
  readonly resource: string;
  readonly read: (object: AnyObject) => Revision;
}

const CONTROLLER_REVISIONS: Source = { resource: "controllerrevisions.apps", read: ofControllerRevision };

/** Where each kind of workload keeps its history. */
const SOURCES: Readonly<Record<string, Source>> = {
  Deployment: { resource: "replicasets.apps", read: ofReplicaSet },
  DaemonSet: CONTROLLER_REVISIONS,
  StatefulSet: CONTROLLER_REVISIONS,
};

function ofReplicaSet(replicaSet: AnyObject): Revision {
  const template = at(replicaSet, "spec", "template");
  const { annotations = {} } = replicaSet.metadata;
  return {
    number: Number(annotations[REVISION] ?? 0),
    cause: annotations[CHANGE_CAUSE] ?? "<none>",
    template: withoutHash(isJson(template) ? template : {}),
    shown: isJson(template) ? template : {},
    annotations,
  };
}

/** The hash is the ReplicaSet's own, and not of the template that the Deployment had. */
function withoutHash(template: Json): Json {
  const metadata = isJson(template["metadata"]) ? template["metadata"] : {};
  const { "pod-template-hash": _, ...labels } = isJson(metadata["labels"]) ? metadata["labels"] : {};
  return { ...template, metadata: { ...metadata, labels } };
}

function ofControllerRevision(revision: AnyObject): Revision {
  const patch = at(revision, "data");
  const found = at(revision, "data", "spec", "template");
  const { $patch: _replace, ...template } = isJson(found) ? found : {};
  const { annotations = {} } = revision.metadata;
  return {
    number: Number(at(revision, "revision") ?? 0),
    cause: annotations[CHANGE_CAUSE] ?? "<none>",
    template,
    shown: template,
    annotations,
    patch: isJson(patch) ? patch : {},
  };
}
