import { podQos, type V1Pod } from "@dingi/api";
import { labelSelectorAsSelector, translateTimestampSince, type V1LabelSelector } from "@dingi/apimachinery";
import { at, isJson, listAt, mapAt, numberAt, textAt, type AnyObject, type Json } from "../json.ts";
import { describeContainers, describeResources } from "./containers.ts";
import type { DescribeContext } from "./describer.ts";
import {
  controllerOf,
  describeAnnotations,
  describeLabels,
  describeTolerations,
  heading,
  labelsAndAnnotations,
  longTime,
} from "./metadata.ts";
import type { TabbedText } from "./tabbed-text.ts";
import { describeVolumes } from "./volumes.ts";

/** Upstream: kubectl/pkg/describe/describe.go#describePod */
export function describePod(text: TabbedText, pod: AnyObject, { now }: DescribeContext): void {
  heading(text, pod);
  placement(text, pod);
  labelsAndAnnotations(text, pod);
  phase(text, pod, now);
  addresses(text, pod);
  const controller = controllerOf(pod);
  if (controller !== "") text.line(0, `Controlled By:\t${controller}`);
  if (textAt(pod, "status", "nominatedNodeName") !== "")
    text.line(0, `NominatedNodeName:\t${textAt(pod, "status", "nominatedNodeName")}`);
  if (at(pod, "spec", "resources") !== undefined) {
    text.line(0, "Resources:");
    describeResources(text, at(pod, "spec", "resources"), 1);
  }
  allContainers(text, pod);
  conditions(text, pod);
  describeVolumes(text, listAt(pod, "spec", "volumes"), "");
  text.line(0, `QoS Class:\t${podQos(pod as unknown as V1Pod)}`);
  describeLabels(text, "Node-Selectors", mapAt(pod, "spec", "nodeSelector"));
  describeTolerations(text, "Tolerations", listAt(pod, "spec", "tolerations"));
  topologySpread(text, listAt(pod, "spec", "topologySpreadConstraints"), "");
}

function placement(text: TabbedText, pod: AnyObject): void {
  if (at(pod, "spec", "priority") !== undefined) text.line(0, `Priority:\t${numberAt(pod, "spec", "priority")}`);
  for (const [title, field] of [
    ["Priority Class Name", "priorityClassName"],
    ["Runtime Class Name", "runtimeClassName"],
    ["Service Account", "serviceAccountName"],
  ] as const)
    if (textAt(pod, "spec", field) !== "") text.line(0, `${title}:\t${textAt(pod, "spec", field)}`);
  const node = textAt(pod, "spec", "nodeName");
  text.line(0, `Node:\t${node === "" ? "<none>" : `${node}/${textAt(pod, "status", "hostIP")}`}`);
  const start = textAt(pod, "status", "startTime");
  if (start !== "") text.line(0, `Start Time:\t${longTime(start)}`);
}

function phase(text: TabbedText, pod: AnyObject, now: number): void {
  const { deletionTimestamp } = pod.metadata;
  const shown = textAt(pod, "status", "phase");
  if (deletionTimestamp !== undefined && shown !== "Failed" && shown !== "Succeeded") {
    text.line(0, `Status:\tTerminating (lasts ${translateTimestampSince(deletionTimestamp, now)})`);
    text.line(0, `Termination Grace Period:\t${numberAt(pod, "metadata", "deletionGracePeriodSeconds")}s`);
  } else text.line(0, `Status:\t${shown}`);
  for (const [title, field] of [
    ["Reason", "reason"],
    ["Message", "message"],
  ] as const)
    if (textAt(pod, "status", field) !== "") text.line(0, `${title}:\t${textAt(pod, "status", field)}`);
  const seccomp = at(pod, "spec", "securityContext", "seccompProfile");
  if (seccomp === undefined) return;
  text.line(0, `SeccompProfile:\t${textAt(seccomp, "type")}`);
  if (textAt(seccomp, "type") === "Localhost")
    text.line(0, `LocalhostProfile:\t${textAt(seccomp, "localhostProfile")}`);
}

function addresses(text: TabbedText, pod: AnyObject): void {
  text.line(0, `IP:\t${textAt(pod, "status", "podIP")}`);
  const all = listAt(pod, "status", "podIPs");
  if (all.length === 0) return text.line(0, "IPs:\t<none>");
  text.line(0, "IPs:");
  for (const each of all) text.line(1, `IP:\t${textAt(each, "ip")}`);
}

function allContainers(text: TabbedText, pod: AnyObject): void {
  for (const [title, field, statuses] of [
    ["Init Containers", "initContainers", "initContainerStatuses"],
    ["Containers", "containers", "containerStatuses"],
    ["Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"],
  ] as const) {
    const containers = listAt(pod, "spec", field);
    if (containers.length > 0 || field === "containers")
      describeContainers(text, { title, containers, statuses: listAt(pod, "status", statuses), pod, space: "" });
  }
}

function conditions(text: TabbedText, pod: AnyObject): void {
  const all = listAt(pod, "status", "conditions");
  const gates = listAt(pod, "spec", "readinessGates");
  if (gates.length > 0) {
    text.write(0, "Readiness Gates:\n  Type\tStatus\n");
    for (const gate of gates) {
      const type = textAt(gate, "conditionType");
      const found = all.find((condition) => textAt(condition, "type") === type);
      text.line(1, `${type} \t${found ? textAt(found, "status") : "<none>"} `);
    }
  }
  if (all.length === 0) return;
  text.write(0, "Conditions:\n  Type\tStatus\n");
  for (const condition of all) text.line(1, `${textAt(condition, "type")} \t${textAt(condition, "status")} `);
}

function topologySpread(text: TabbedText, constraints: readonly Json[], space: string): void {
  constraints
    .toSorted((a, b) => (textAt(a, "topologyKey") < textAt(b, "topologyKey") ? -1 : 1))
    .forEach((constraint, i) => {
      const selector = constraint["labelSelector"];
      const suffix = isJson(selector)
        ? ` for selector ${labelSelectorAsSelector(selector as V1LabelSelector).toString()}`
        : "";
      const line = `${textAt(constraint, "topologyKey")}:${textAt(constraint, "whenUnsatisfiable")} when max skew ${numberAt(constraint, "maxSkew")} is exceeded${suffix}`;
      text.line(0, `${space}${i === 0 ? "Topology Spread Constraints:" : ""}\t${line}`);
    });
}

/** What Pods will be made of. Upstream: kubectl/pkg/describe/describe.go#DescribePodTemplate */
export function describePodTemplate(text: TabbedText, template: unknown): void {
  text.line(0, "Pod Template:");
  describeLabels(text, "  Labels", mapAt(template, "metadata", "labels"));
  const annotations = mapAt(template, "metadata", "annotations");
  if (Object.keys(annotations).length > 0) describeAnnotations(text, "  Annotations", annotations);
  const spec = at(template, "spec");
  if (textAt(spec, "serviceAccountName") !== "")
    text.line(1, `Service Account:\t${textAt(spec, "serviceAccountName")}`);
  const initContainers = listAt(spec, "initContainers");
  if (initContainers.length > 0)
    describeContainers(text, { title: "Init Containers", containers: initContainers, space: "  " });
  describeContainers(text, { title: "Containers", containers: listAt(spec, "containers"), space: "  " });
  describeVolumes(text, listAt(spec, "volumes"), "  ");
  topologySpread(text, listAt(spec, "topologySpreadConstraints"), "  ");
  if (textAt(spec, "priorityClassName") !== "")
    text.line(1, `Priority Class Name:\t${textAt(spec, "priorityClassName")}`);
  describeLabels(text, "  Node-Selectors", mapAt(spec, "nodeSelector"));
  describeTolerations(text, "  Tolerations", listAt(spec, "tolerations"));
}
