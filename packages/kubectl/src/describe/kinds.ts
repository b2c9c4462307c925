import { isJson, listAt, mapAt, numberAt, textAt, at, type AnyObject, type Json } from "../json.ts";
import { toYaml } from "@dingi/apimachinery";
import { conditionRows, describeContainers, longTime } from "./pod-spec.ts";
import { pairs, type DescribeText } from "./text.ts";

/** What is read beside the object itself. */
export interface Related {
  readonly pods: readonly AnyObject[];
  readonly replicaSets: readonly AnyObject[];
  readonly endpointSlices: readonly AnyObject[];
}

export type Describer = (text: DescribeText, object: AnyObject, related: Related) => void;

export const describers: Readonly<Record<string, Describer>> = {
  "v1/Pod": pod,
  "v1/Node": node,
  "v1/Service": service,
  "apps/v1/Deployment": deployment,
};

export function heading(text: DescribeText, object: AnyObject): void {
  text.field("Name", object.metadata.name);
  if (object.metadata.namespace) text.field("Namespace", object.metadata.namespace);
}

export function metadata(text: DescribeText, object: AnyObject): void {
  text.list("Labels", pairs(object.metadata.labels ?? {}));
  const { "kubectl.kubernetes.io/last-applied-configuration": _, ...annotations } = object.metadata.annotations ?? {};
  text.list("Annotations", pairs(annotations, ": "));
}

function pod(text: DescribeText, object: AnyObject): void {
  heading(text, object);
  text.field("Priority", String(numberAt(object, "spec", "priority")));
  text.field("Service Account", textAt(object, "spec", "serviceAccountName"));
  const nodeName = textAt(object, "spec", "nodeName");
  text.field("Node", nodeName === "" ? "<none>" : `${nodeName}/${textAt(object, "status", "hostIP")}`);
  const start = textAt(object, "status", "startTime");
  if (start !== "") text.field("Start Time", longTime(start));
  metadata(text, object);
  const isTerminating = object.metadata.deletionTimestamp !== undefined;
  text.field(
    "Status",
    isTerminating ? `Terminating (${longTime(object.metadata.deletionTimestamp!)})` : textAt(object, "status", "phase"),
  );
  for (const field of ["reason", "message"])
    if (textAt(object, "status", field))
      text.field(field === "reason" ? "Reason" : "Message", textAt(object, "status", field));
  text.field("IP", textAt(object, "status", "podIP"));
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner) text.field("Controlled By", `${owner.kind}/${owner.name}`);
  describeContainers(text, { spec: object["spec"], status: object["status"] });
  conditions(text, object);
  describeVolumes(text, object["spec"]);
  text.field("QoS Class", textAt(object, "status", "qosClass"));
  text.list("Node-Selectors", pairs(mapAt(object, "spec", "nodeSelector")));
  text.list("Tolerations", listAt(object, "spec", "tolerations").map(tolerationText));
}

function tolerationText(toleration: Json): string {
  const value = textAt(toleration, "value");
  const effect = textAt(toleration, "effect");
  const key = `${textAt(toleration, "key")}${value ? `=${value}` : ""}${effect ? `:${effect}` : ""}`;
  const operator = textAt(toleration, "operator") === "Exists" ? " op=Exists" : "";
  const seconds = at(toleration, "tolerationSeconds");
  return `${key}${operator}${seconds === undefined ? "" : ` for ${String(seconds as number)}s`}`;
}

function describeVolumes(text: DescribeText, spec: unknown): void {
  const volumes = listAt(spec, "volumes");
  if (volumes.length === 0) return text.field("Volumes", "<none>");
  text.line("Volumes:");
  for (const volume of volumes) {
    text.line(`${textAt(volume, "name")}:`, 1);
    const [type = "", source] = Object.entries(volume).find(([key]) => key !== "name") ?? [];
    text.field("Type", type[0] === undefined ? "" : type[0].toUpperCase() + type.slice(1), 2);
    for (const [key, value] of Object.entries(isJson(source) ? source : {}))
      if (!isJson(value) && !Array.isArray(value))
        text.field(key[0]!.toUpperCase() + key.slice(1), String(value as string), 2);
  }
}

function conditions(text: DescribeText, object: AnyObject, ...fields: readonly string[]): void {
  const rows = conditionRows(object, ...fields);
  if (rows.length === 0) return;
  text.line("Conditions:");
  text.table(["Type", "Status", ...fields.map((field) => field[0]!.toUpperCase() + field.slice(1))], rows);
}

function node(text: DescribeText, object: AnyObject, { pods }: Related): void {
  text.field("Name", object.metadata.name);
  const roles = Object.keys(object.metadata.labels ?? {}).flatMap((label) =>
    label.startsWith("node-role.kubernetes.io/") ? [label.slice("node-role.kubernetes.io/".length)] : [],
  );
  text.field("Roles", roles.join(",") || "<none>");
  metadata(text, object);
  text.field("CreationTimestamp", longTime(object.metadata.creationTimestamp ?? ""));
  text.list("Taints", listAt(object, "spec", "taints").map(tolerationText));
  text.field("Unschedulable", String(at(object, "spec", "unschedulable") === true));
  conditions(text, object, "lastHeartbeatTime", "lastTransitionTime", "reason", "message");
  text.line("Addresses:");
  for (const address of listAt(object, "status", "addresses"))
    text.field(textAt(address, "type"), textAt(address, "address"), 1);
  for (const field of ["capacity", "allocatable"] as const) {
    text.line(`${field[0]!.toUpperCase()}${field.slice(1)}:`);
    for (const [key, value] of Object.entries(mapAt(object, "status", field)).sort()) text.field(key, value, 1);
  }
  text.line("System Info:");
  const names: Readonly<Record<string, string>> = {
    machineID: "Machine ID",
    systemUUID: "System UUID",
    bootID: "Boot ID",
    kernelVersion: "Kernel Version",
    osImage: "OS Image",
    operatingSystem: "Operating System",
    architecture: "Architecture",
    containerRuntimeVersion: "Container Runtime Version",
    kubeletVersion: "Kubelet Version",
  };
  for (const [field, title] of Object.entries(names)) text.field(title, textAt(object, "status", "nodeInfo", field), 1);
  if (textAt(object, "spec", "podCIDR")) text.field("PodCIDR", textAt(object, "spec", "podCIDR"));
  text.line(`Non-terminated Pods:  (${pods.length} in total)`);
  text.table(
    ["Namespace", "Name"],
    pods.map((each) => [each.metadata.namespace ?? "", each.metadata.name]),
  );
}

function service(text: DescribeText, object: AnyObject, { endpointSlices }: Related): void {
  heading(text, object);
  metadata(text, object);
  text.list(
    "Selector",
    [pairs(mapAt(object, "spec", "selector")).join(",")].filter((line) => line !== ""),
  );
  text.field("Type", textAt(object, "spec", "type"));
  text.field("IP Family Policy", textAt(object, "spec", "ipFamilyPolicy"));
  text.field("IP Families", strings(at(object, "spec", "ipFamilies")).join(","));
  text.field("IP", textAt(object, "spec", "clusterIP"));
  text.field("IPs", strings(at(object, "spec", "clusterIPs")).join(",") || "<none>");
  for (const port of listAt(object, "spec", "ports")) {
    const name = textAt(port, "name") || "<unset>";
    text.field("Port", `${name}  ${numberAt(port, "port")}/${textAt(port, "protocol")}`);
    text.field("TargetPort", `${textAt(port, "targetPort")}/${textAt(port, "protocol")}`);
    if (numberAt(port, "nodePort") > 0)
      text.field("NodePort", `${name}  ${numberAt(port, "nodePort")}/${textAt(port, "protocol")}`);
    text.field("Endpoints", endpointsOf(endpointSlices, textAt(port, "name")));
  }
  text.field("Session Affinity", textAt(object, "spec", "sessionAffinity"));
  if (textAt(object, "spec", "internalTrafficPolicy"))
    text.field("Internal Traffic Policy", textAt(object, "spec", "internalTrafficPolicy"));
}

function endpointsOf(slices: readonly AnyObject[], portName: string): string {
  const addresses = slices.flatMap((slice) => {
    const port = listAt(slice, "ports").find((each) => textAt(each, "name") === portName);
    const ready = listAt(slice, "endpoints").filter((endpoint) => at(endpoint, "conditions", "ready") !== false);
    return port
      ? ready.flatMap((endpoint) =>
          strings(at(endpoint, "addresses")).map((address) => `${address}:${numberAt(port, "port")}`),
        )
      : [];
  });
  const shown = addresses.slice(0, 3).join(",");
  return addresses.length > 3 ? `${shown} + ${addresses.length - 3} more...` : shown;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function deployment(text: DescribeText, object: AnyObject, { replicaSets }: Related): void {
  heading(text, object);
  text.field("CreationTimestamp", longTime(object.metadata.creationTimestamp ?? ""));
  metadata(text, object);
  text.list("Selector", [pairs(mapAt(object, "spec", "selector", "matchLabels")).join(",")]);
  const count = (field: string) => numberAt(object, "status", field);
  text.field(
    "Replicas",
    `${numberAt(object, "spec", "replicas")} desired | ${count("updatedReplicas")} updated | ${count("replicas")} total | ${count("availableReplicas")} available | ${count("unavailableReplicas")} unavailable`,
  );
  text.field("StrategyType", textAt(object, "spec", "strategy", "type"));
  text.field("MinReadySeconds", String(numberAt(object, "spec", "minReadySeconds")));
  const rolling = at(object, "spec", "strategy", "rollingUpdate");
  if (rolling !== undefined)
    text.field(
      "RollingUpdateStrategy",
      `${textAt(rolling, "maxUnavailable")} max unavailable, ${textAt(rolling, "maxSurge")} max surge`,
    );
  text.line("Pod Template:");
  text.field("Labels", pairs(mapAt(object, "spec", "template", "metadata", "labels")).join(",") || "<none>", 1);
  describeContainers(text, { spec: at(object, "spec", "template", "spec") }, 1);
  conditions(text, object, "reason");
  const owned = replicaSets.filter((each) =>
    each.metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid),
  );
  const revision = object.metadata.annotations?.["deployment.kubernetes.io/revision"];
  const isNew = (each: AnyObject) => each.metadata.annotations?.["deployment.kubernetes.io/revision"] === revision;
  const shown = (each: AnyObject) =>
    `${each.metadata.name} (${numberAt(each, "status", "replicas")}/${numberAt(each, "spec", "replicas")} replicas created)`;
  text.list("OldReplicaSets", [
    owned
      .filter((each) => !isNew(each))
      .map(shown)
      .join(", ") || "<none>",
  ]);
  text.list("NewReplicaSet", [owned.filter(isNew).map(shown).join(", ") || "<none>"]);
}

/** Any other kind: its metadata, and the rest as it stands. */
export function generic(text: DescribeText, object: AnyObject): void {
  heading(text, object);
  metadata(text, object);
  text.field("API Version", object.apiVersion);
  text.field("Kind", object.kind);
  const { apiVersion: _a, kind, metadata: own, ...rest } = object;
  text.line("Metadata:");
  text.field("Creation Timestamp", own.creationTimestamp ?? "", 1);
  text.field("Resource Version", own.resourceVersion ?? "", 1);
  text.field("UID", own.uid ?? "", 1);
  const shown = kind === "Secret" ? { type: rest["type"], data: sizes(rest["data"]) } : rest;
  if (Object.keys(shown).length > 0) for (const line of toYaml(shown).trimEnd().split("\n")) text.line(line);
}

/** A secret's values are not shown. */
function sizes(data: unknown): Json {
  return Object.fromEntries(
    Object.entries(isJson(data) ? data : {}).map(([key, value]) => [
      key,
      `${Buffer.from(String(value), "base64").length} bytes`,
    ]),
  );
}
