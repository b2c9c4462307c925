import { CommandError } from "../command-error.ts";
import { listAt, numberAt, textAt, at, type AnyObject } from "../json.ts";

interface RolloutState {
  readonly message: string;
  readonly done: boolean;
}

/** How far a roll-out has come. Upstream: kubectl/pkg/polymorphichelpers/rollout_status.go */
export function rolloutState(object: AnyObject): RolloutState {
  if (numberAt(object, "metadata", "generation") > numberAt(object, "status", "observedGeneration")) {
    return { message: `Waiting for ${object.kind.toLowerCase()} spec update to be observed...\n`, done: false };
  }
  const state = STATES[object.kind];
  if (!state) throw new CommandError(`no status viewer has been implemented for ${object.kind}`);
  return state(object);
}

const STATES: Readonly<Record<string, (object: AnyObject) => RolloutState>> = {
  Deployment: deployment,
  DaemonSet: daemonSet,
  StatefulSet: statefulSet,
};

function deployment(object: AnyObject): RolloutState {
  const name = object.metadata.name;
  const progressing = listAt(object, "status", "conditions").find(
    (condition) => textAt(condition, "type") === "Progressing",
  );
  if (textAt(progressing, "reason") === "ProgressDeadlineExceeded")
    throw new CommandError(`deployment "${name}" exceeded its progress deadline`);
  const wanted = at(object, "spec", "replicas") === undefined ? 1 : numberAt(object, "spec", "replicas");
  const [replicas, updated, available] = ["replicas", "updatedReplicas", "availableReplicas"].map((field) =>
    numberAt(object, "status", field),
  ) as [number, number, number];
  const waiting = (rest: string) => ({
    message: `Waiting for deployment "${name}" rollout to finish: ${rest}...\n`,
    done: false,
  });
  if (updated < wanted) return waiting(`${updated} out of ${wanted} new replicas have been updated`);
  if (replicas > updated) return waiting(`${replicas - updated} old replicas are pending termination`);
  if (available < updated) return waiting(`${available} of ${updated} updated replicas are available`);
  return { message: `deployment "${name}" successfully rolled out\n`, done: true };
}

function daemonSet(object: AnyObject): RolloutState {
  const name = object.metadata.name;
  const [wanted, updated, available] = ["desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable"].map(
    (field) => numberAt(object, "status", field),
  ) as [number, number, number];
  if (updated < wanted)
    return {
      message: `Waiting for daemon set "${name}" rollout to finish: ${updated} out of ${wanted} new pods have been updated...\n`,
      done: false,
    };
  if (available < wanted)
    return {
      message: `Waiting for daemon set "${name}" rollout to finish: ${available} of ${wanted} updated pods are available...\n`,
      done: false,
    };
  return { message: `daemon set "${name}" successfully rolled out\n`, done: true };
}

function statefulSet(object: AnyObject): RolloutState {
  const wanted = numberAt(object, "spec", "replicas");
  const ready = numberAt(object, "status", "readyReplicas");
  if (ready < wanted) return { message: `Waiting for ${wanted - ready} pods to be ready...\n`, done: false };
  const revision = textAt(object, "status", "updateRevision");
  const updated = numberAt(object, "status", "updatedReplicas");
  if (revision !== textAt(object, "status", "currentRevision") && updated < wanted)
    return {
      message: `waiting for statefulset rolling update to complete ${updated} pods at revision ${revision}...\n`,
      done: false,
    };
  return {
    message: `statefulset rolling update complete ${numberAt(object, "status", "currentReplicas")} pods at revision ${textAt(object, "status", "currentRevision")}...\n`,
    done: true,
  };
}
