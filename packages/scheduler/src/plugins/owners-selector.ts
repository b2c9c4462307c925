import { builtinKinds, Service, type V1Pod } from "@dingi/api";
import {
  everything,
  labelSelectorAsSelector,
  nothing,
  selectorFromSet,
  type KubeObject,
  type Selector,
  type V1LabelSelector,
} from "@dingi/apimachinery";
import { choosing, selectorIndexes, type Informers } from "@dingi/client";

const OWNERS = new Set(["ReplicaSet", "ReplicationController", "StatefulSet"]);

/**
 * Finds the pods that a pod is one of: those of its Services, and of the set that owns it. Selects none if there are none.
 * Upstream: pkg/scheduler/framework/plugins/helper/spread.go#DefaultSelector
 */
export function ownersSelector(informers: Informers): (pod: V1Pod) => Selector {
  const services = informers.of(Service, { indexes: selectorIndexes(({ spec }) => spec.selector) });
  const owners = builtinKinds
    .filter(({ kind }) => OWNERS.has(kind))
    .map((kind) => ({ kind, informer: informers.of(kind as never) }));
  return (pod) => {
    const { namespace = "", labels = {}, ownerReferences = [] } = pod.metadata;
    const chosenBy = choosing(services, { namespace, labels }).map(({ spec }) => spec.selector ?? {});
    const parts = [selectorFromSet(Object.assign({}, ...chosenBy))].filter(({ empty }) => !empty);
    const owner = ownerReferences.find(({ controller }) => controller);
    const found = owners.find(({ kind }) => kind.kind === owner?.kind && kind.apiVersion === owner.apiVersion);
    const object = owner && found?.informer.get({ namespace, name: owner.name });
    if (object) parts.push(selectorOf(object));
    return allOf(parts);
  };
}

function selectorOf(object: KubeObject): Selector {
  const { selector } = (object as { spec?: { selector?: V1LabelSelector | Record<string, string> } }).spec ?? {};
  if (object.kind === "ReplicationController") return selectorFromSet(selector as Record<string, string> | undefined);
  return labelSelectorAsSelector(selector as V1LabelSelector | undefined);
}

function allOf(parts: readonly Selector[]): Selector {
  if (parts.length <= 1) return parts[0] ?? everything;
  return { ...nothing, matches: (labels) => parts.every((part) => part.matches(labels)) };
}
