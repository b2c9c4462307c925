import { equalJson, labelSelectorAsSelector, type V1LabelSelector } from "@dingi/apimachinery";
import { at, isJson, listAt, numberAt, textAt, type AnyObject, type Json } from "../json.ts";
import type { DescribeContext } from "./describer.ts";
import { controllerOf, heading, labelsAndAnnotations, longTime, typeStatusReason } from "./metadata.ts";
import { describePodTemplate } from "./pod.ts";
import type { TabbedText } from "./tabbed-text.ts";

/** Upstream: kubectl/pkg/describe/describe.go#describeDeployment */
export function describeDeployment(text: TabbedText, deployment: AnyObject, { replicaSets }: DescribeContext): void {
  const { spec } = deployment;
  const count = (field: string) => numberAt(deployment, "status", field);
  heading(text, deployment);
  text.line(0, `CreationTimestamp:\t${longTime(deployment.metadata.creationTimestamp ?? "")}`);
  labelsAndAnnotations(text, deployment);
  text.line(0, `Selector:\t${selectorText(deployment)}`);
  text.line(
    0,
    `Replicas:\t${numberAt(spec, "replicas")} desired | ${count("updatedReplicas")} updated | ${count("replicas")} total | ${count("availableReplicas")} available | ${count("unavailableReplicas")} unavailable`,
  );
  text.line(0, `StrategyType:\t${textAt(spec, "strategy", "type")}`);
  text.line(0, `MinReadySeconds:\t${numberAt(spec, "minReadySeconds")}`);
  const rolling = at(spec, "strategy", "rollingUpdate");
  if (rolling !== undefined)
    text.line(
      0,
      `RollingUpdateStrategy:\t${textAt(rolling, "maxUnavailable")} max unavailable, ${textAt(rolling, "maxSurge")} max surge`,
    );
  describePodTemplate(text, at(spec, "template"));
  typeStatusReason(text, deployment);
  const owned = ownedSets(deployment, replicaSets);
  if (owned.length === 0) return;
  const current = owned.find((each) => equalJson(templateOf(each), templateOf(deployment)));
  const old = owned.filter(
    (each) => each !== current && (numberAt(each, "spec", "replicas") > 0 || current !== undefined),
  );
  text.line(0, `OldReplicaSets:\t${old.map(setText).join(", ") || "<none>"}`);
  text.line(0, `NewReplicaSet:\t${current ? setText(current) : "<none>"}`);
}

function selectorText(object: AnyObject): string {
  const selector = at(object, "spec", "selector");
  return isJson(selector) ? labelSelectorAsSelector(selector as V1LabelSelector).toString() : "<none>";
}

function ownedSets(deployment: AnyObject, replicaSets: readonly AnyObject[]): AnyObject[] {
  const { uid } = deployment.metadata;
  return replicaSets.filter(({ metadata }) =>
    metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === uid),
  );
}

/** Without the hash that only the ReplicaSet's template has. */
function templateOf(object: AnyObject): Json {
  const template = at(object, "spec", "template");
  if (!isJson(template)) return {};
  const metadata = isJson(template["metadata"]) ? template["metadata"] : {};
  const { "pod-template-hash": _hash, ...labels } = (metadata["labels"] ?? {}) as Json;
  return { ...template, metadata: { ...metadata, labels } };
}

function setText(set: AnyObject): string {
  return `${set.metadata.name} (${numberAt(set, "status", "replicas")}/${numberAt(set, "spec", "replicas")} replicas created)`;
}

/** Upstream: kubectl/pkg/describe/describe.go#describeReplicaSet */
export function describeReplicaSet(text: TabbedText, set: AnyObject, { pods }: DescribeContext): void {
  heading(text, set);
  text.line(0, `Selector:\t${selectorText(set)}`);
  labelsAndAnnotations(text, set);
  if (controllerOf(set) !== "") text.line(0, `Controlled By:\t${controllerOf(set)}`);
  text.line(
    0,
    `Replicas:\t${numberAt(set, "status", "replicas")} current / ${numberAt(set, "spec", "replicas")} desired`,
  );
  const owned = pods.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === set.metadata.uid));
  const count = (phase: string) => owned.filter((pod) => textAt(pod, "status", "phase") === phase).length;
  text.line(
    0,
    `Pods Status:\t${count("Running")} Running / ${count("Pending")} Waiting / ${count("Succeeded")} Succeeded / ${count("Failed")} Failed`,
  );
  describePodTemplate(text, at(set, "spec", "template"));
  if (listAt(set, "status", "conditions").length > 0) typeStatusReason(text, set);
}
