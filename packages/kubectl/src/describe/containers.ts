import { quantityValue, quantityMilliValue } from "@dingi/apimachinery";
import { at, isJson, listAt, mapAt, numberAt, textAt, type AnyObject, type Json } from "../json.ts";
import { longTime } from "./metadata.ts";
import { probeText } from "./probe.ts";
import type { TabbedText } from "./tabbed-text.ts";

interface ContainerContext {
  readonly title: string;
  readonly containers: readonly Json[];
  /** Of a Pod that has been run; none for a template. */
  readonly statuses?: readonly Json[];
  /** To resolve what refers to the Pod itself. */
  readonly pod?: AnyObject;
  /** Templates stand further in. */
  readonly space: string;
}

/** Upstream: kubectl/pkg/describe/describe.go#describeContainers */
export function describeContainers(text: TabbedText, context: ContainerContext): void {
  const { title, containers, statuses = [], space } = context;
  text.line(0, `${space}${title}:${containers.length === 0 ? " <none>" : ""}`);
  for (const container of containers) {
    const status = statuses.find((each) => textAt(each, "name") === textAt(container, "name"));
    basics(text, { container, status, space });
    words(text, "Command", container["command"]);
    words(text, "Args", container["args"]);
    if (status) states(text, status);
    describeResources(text, container["resources"], 2);
    for (const [label, field] of [
      ["Liveness", "livenessProbe"],
      ["Readiness", "readinessProbe"],
      ["Startup", "startupProbe"],
    ] as const)
      if (isJson(container[field])) text.line(2, `${label}:\t${probeText(container[field])}`);
    environmentSources(text, container);
    environment(text, container, context.pod);
    mounts(text, container);
  }
}

function basics(
  text: TabbedText,
  { container, status, space }: { container: Json; status: Json | undefined; space: string },
): void {
  text.line(1, `${space === "" ? "" : " "}${textAt(container, "name")}:`);
  if (status) text.line(2, `Container ID:\t${textAt(status, "containerID")}`);
  text.line(2, `Image:\t${textAt(container, "image")}`);
  if (status) text.line(2, `Image ID:\t${textAt(status, "imageID")}`);
  for (const [title, field] of [
    ["Port", "containerPort"],
    ["Host Port", "hostPort"],
  ] as const) {
    const ports = listAt(container, "ports").map((port) => {
      const name = textAt(port, "name");
      return `${numberAt(port, field)}/${textAt(port, "protocol")}${name === "" ? "" : ` (${name})`}`;
    });
    text.line(2, `${title}${ports.length > 1 ? "s" : ""}:\t${ports.join(", ") || "<none>"}`);
  }
  const seccomp = at(container, "securityContext", "seccompProfile");
  if (seccomp === undefined) return;
  text.line(2, `SeccompProfile:\t${textAt(seccomp, "type")}`);
  if (textAt(seccomp, "type") === "Localhost")
    text.line(3, `LocalhostProfile:\t${textAt(seccomp, "localhostProfile")}`);
}

function words(text: TabbedText, title: string, value: unknown): void {
  if (!Array.isArray(value) || value.length === 0) return;
  text.line(2, `${title}:`);
  for (const word of value as string[]) for (const line of word.split("\n")) text.line(3, line);
}

function states(text: TabbedText, status: Json): void {
  oneState(text, "State", at(status, "state"));
  if (at(status, "lastState", "terminated") !== undefined) oneState(text, "Last State", at(status, "lastState"));
  text.line(2, `Ready:\t${at(status, "ready") === true ? "True" : "False"}`);
  text.line(2, `Restart Count:\t${numberAt(status, "restartCount")}`);
}

function oneState(text: TabbedText, title: string, state: unknown): void {
  const [running, terminated] = [at(state, "running"), at(state, "terminated")];
  if (running !== undefined) {
    text.line(2, `${title}:\tRunning`);
    text.line(3, `Started:\t${longTime(textAt(running, "startedAt"))}`);
  } else if (terminated === undefined) {
    text.line(2, `${title}:\tWaiting`);
    const reason = textAt(state, "waiting", "reason");
    if (reason !== "") text.line(3, `Reason:\t${reason}`);
  } else terminatedState(text, title, terminated);
}

function terminatedState(text: TabbedText, title: string, state: unknown): void {
  text.line(2, `${title}:\tTerminated`);
  for (const [label, field] of [
    ["Reason", "reason"],
    ["Message", "message"],
  ] as const)
    if (textAt(state, field) !== "") text.line(3, `${label}:\t${textAt(state, field)}`);
  text.line(3, `Exit Code:\t${numberAt(state, "exitCode")}`);
  if (numberAt(state, "signal") > 0) text.line(3, `Signal:\t${numberAt(state, "signal")}`);
  text.line(3, `Started:\t${longTime(textAt(state, "startedAt"))}`);
  text.line(3, `Finished:\t${longTime(textAt(state, "finishedAt"))}`);
}

export function describeResources(text: TabbedText, resources: unknown, level: number): void {
  for (const [title, field] of [
    ["Limits", "limits"],
    ["Requests", "requests"],
  ] as const) {
    const entries = Object.entries(mapAt(resources, field)).sort(([a], [b]) => (a < b ? -1 : 1));
    if (entries.length > 0) text.line(level, `${title}:`);
    for (const [name, value] of entries) text.line(level + 1, `${name}:\t${value}`);
  }
}

function environmentSources(text: TabbedText, container: Json): void {
  const sources = listAt(container, "envFrom");
  if (sources.length === 0) return;
  text.line(2, "Environment Variables from:");
  for (const source of sources) {
    const isMap = isJson(source["configMapRef"]);
    const reference = isMap ? source["configMapRef"] : source["secretRef"];
    const prefix = textAt(source, "prefix");
    const kind = `${isMap ? "ConfigMap" : "Secret"}${prefix === "" ? "" : ` with prefix '${prefix}'`}`;
    text.line(3, `${textAt(reference, "name")}\t${kind}\tOptional: ${at(reference, "optional") === true}`);
  }
}

function environment(text: TabbedText, container: Json, pod: AnyObject | undefined): void {
  const variables = listAt(container, "env");
  text.line(2, `Environment:${variables.length === 0 ? "\t<none>" : ""}`);
  for (const variable of variables) {
    const name = textAt(variable, "name");
    const source = variable["valueFrom"];
    if (isJson(source)) {
      const value = sourceText(source, container, pod);
      if (value !== undefined) text.line(3, `${name}:\t${value}`);
      continue;
    }
    const [first = "", ...more] = textAt(variable, "value").split("\n");
    text.line(3, `${name}:\t${first}`);
    for (const line of more) text.line(3, `\t${line}`);
  }
}

function sourceText(source: Json, container: Json, pod: AnyObject | undefined): string | undefined {
  const [kind, reference] = Object.entries(source).find(([, value]) => isJson(value)) ?? ["", undefined];
  const key = textAt(reference, "key");
  const name = textAt(reference, "name");
  const optional = at(reference, "optional") === true;
  if (kind === "fieldRef") {
    const path = textAt(reference, "fieldPath");
    return `${pod ? fieldOfPod(pod, path) : ""} (${textAt(reference, "apiVersion") || "v1"}:${path})`;
  }
  if (kind === "resourceFieldRef") return resourceText(reference, container);
  if (kind === "secretKeyRef") return `<set to the key '${key}' in secret '${name}'>\tOptional: ${optional}`;
  if (kind === "configMapKeyRef") return `<set to the key '${key}' of config map '${name}'>\tOptional: ${optional}`;
  return undefined;
}

/** Upstream: kubectl/pkg/util/fieldpath/fieldpath.go#ExtractFieldPathAsString */
function fieldOfPod(pod: AnyObject, path: string): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript) return pod.metadata[subscript[1] as "labels" | "annotations"]?.[subscript[2]!] ?? "";
  if (path === "metadata.labels" || path === "metadata.annotations") {
    const map = mapAt(pod, ...path.split("."));
    return Object.entries(map)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .join("\n");
  }
  return ["metadata.name", "metadata.namespace", "metadata.uid"].includes(path) ? textAt(pod, ...path.split(".")) : "";
}

/** Upstream: kubectl/pkg/util/resource/resource.go#ExtractContainerResourceValue */
function resourceText(reference: unknown, container: Json): string {
  const resource = textAt(reference, "resource");
  const [list = "", ...names] = resource.split(".");
  const quantity = textAt(container, "resources", list, names.join("."));
  const divisor = textAt(reference, "divisor");
  const isCpu = names.join(".") === "cpu";
  const size = (text: string) => (isCpu ? quantityMilliValue(text) : quantityValue(text));
  const by = divisor === "" || divisor === "0" ? (isCpu ? 1000 : 1) : size(divisor);
  const value = quantity === "" ? 0 : Math.ceil(size(quantity) / by);
  const isOpen = value === 0 && (resource === "limits.cpu" || resource === "limits.memory");
  return `${isOpen ? "node allocatable" : value} (${resource})`;
}

function mounts(text: TabbedText, container: Json): void {
  const list = listAt(container, "volumeMounts").toSorted((a, b) =>
    textAt(a, "mountPath") < textAt(b, "mountPath") ? -1 : 1,
  );
  text.line(2, `Mounts:${list.length === 0 ? "\t<none>" : ""}`);
  for (const mount of list) {
    const subPath = textAt(mount, "subPath");
    const flags = [
      mount["readOnly"] === true ? "ro" : "rw",
      ...(subPath === "" ? [] : [`path=${JSON.stringify(subPath)}`]),
    ];
    text.line(3, `${textAt(mount, "mountPath")} from ${textAt(mount, "name")} (${flags.join(",")})`);
  }
  const devices = listAt(container, "volumeDevices");
  if (devices.length > 0) text.line(2, `Devices:${list.length === 0 ? "\t<none>" : ""}`);
  for (const device of devices) text.line(3, `${textAt(device, "devicePath")} from ${textAt(device, "name")}`);
}
