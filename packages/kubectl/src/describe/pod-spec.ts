import { isJson, listAt, mapAt, numberAt, textAt, at, type AnyObject, type Json } from "../json.ts";
import { pairs, type DescribeText } from "./text.ts";

/** Containers, with their states when the Pod has been run. Upstream: kubectl/pkg/describe/describe.go#describeContainers */
export function describeContainers(
  text: DescribeText,
  { spec, status }: { spec: unknown; status?: unknown },
  indent = 0,
): void {
  const groups = [
    ["Init Containers", "initContainers", "initContainerStatuses"],
    ["Containers", "containers", "containerStatuses"],
  ] as const;
  for (const [title, field, statuses] of groups) {
    const containers = listAt(spec, field);
    if (containers.length === 0) continue;
    text.line(`${title}:`, indent);
    for (const container of containers) {
      const state = listAt(status, statuses).find((each) => textAt(each, "name") === textAt(container, "name"));
      describeContainer(text, { container, state }, indent + 1);
    }
  }
}

function describeContainer(
  text: DescribeText,
  { container, state }: { container: Json; state: Json | undefined },
  indent: number,
): void {
  const inner = indent + 1;
  text.line(`${textAt(container, "name")}:`, indent);
  if (state) text.field("Container ID", textAt(state, "containerID"), inner);
  text.field("Image", textAt(container, "image"), inner);
  if (state) text.field("Image ID", textAt(state, "imageID"), inner);
  const ports = listAt(container, "ports").map(
    (port) => `${numberAt(port, "containerPort")}/${textAt(port, "protocol") || "TCP"}`,
  );
  const hostPorts = listAt(container, "ports").map(
    (port) => `${numberAt(port, "hostPort")}/${textAt(port, "protocol") || "TCP"}`,
  );
  text.field(ports.length > 1 ? "Ports" : "Port", ports.join(", ") || "<none>", inner);
  text.field(ports.length > 1 ? "Host Ports" : "Host Port", hostPorts.join(", ") || "<none>", inner);
  for (const [title, field] of [
    ["Command", "command"],
    ["Args", "args"],
  ] as const) {
    const words = at(container, field);
    if (!Array.isArray(words)) continue;
    text.line(`${title}:`, inner);
    for (const word of words) text.line(String(word), inner + 1);
  }
  if (state) describeState(text, state, inner);
  describeResources(text, container, inner);
  describeEnvironment(text, container, inner);
  const mounts = listAt(container, "volumeMounts").map(
    (mount) =>
      `${textAt(mount, "mountPath")} from ${textAt(mount, "name")} (${at(mount, "readOnly") === true ? "ro" : "rw"})`,
  );
  section(text, { title: mounts.length === 0 ? "Mounts" : "Mounts", lines: mounts }, inner);
}

function section(
  text: DescribeText,
  { title, lines }: { title: string; lines: readonly string[] },
  indent: number,
): void {
  if (lines.length === 0) return text.field(title, "<none>", indent);
  text.line(`${title}:`, indent);
  for (const line of lines) text.line(line, indent + 1);
}

function describeState(text: DescribeText, status: Json, indent: number): void {
  oneState(text, { title: "State", state: at(status, "state") }, indent);
  const last = at(status, "lastState");
  if (isJson(last) && Object.keys(last).length > 0) oneState(text, { title: "Last State", state: last }, indent);
  text.field("Ready", at(status, "ready") === true ? "True" : "False", indent);
  text.field("Restart Count", String(numberAt(status, "restartCount")), indent);
}

function oneState(text: DescribeText, { title, state }: { title: string; state: unknown }, indent: number): void {
  const [name = "waiting", details] = Object.entries(isJson(state) ? state : {})[0] ?? [];
  text.field(title, name[0]!.toUpperCase() + name.slice(1), indent);
  for (const [label, field] of [
    ["Reason", "reason"],
    ["Message", "message"],
    ["Exit Code", "exitCode"],
    ["Started", "startedAt"],
    ["Finished", "finishedAt"],
  ] as const) {
    const value = textAt(details, field);
    if (value !== "") text.field(label, field.endsWith("At") ? longTime(value) : value, indent + 1);
  }
}

function describeResources(text: DescribeText, container: Json, indent: number): void {
  for (const [title, field] of [
    ["Limits", "limits"],
    ["Requests", "requests"],
  ] as const) {
    const values = pairs(mapAt(container, "resources", field), ":  ");
    if (values.length > 0) section(text, { title, lines: values }, indent);
  }
}

function describeEnvironment(text: DescribeText, container: Json, indent: number): void {
  const lines = listAt(container, "env").map((variable) => {
    const [kind = "", source] = Object.entries(isJson(variable["valueFrom"]) ? variable["valueFrom"] : {})[0] ?? [];
    const value =
      kind === ""
        ? textAt(variable, "value")
        : `<set to ${textAt(source, "key") || textAt(source, "fieldPath") || textAt(source, "resource")} in ${textAt(source, "name") || kind}>`;
    return `${textAt(variable, "name")}:  ${value}`;
  });
  section(text, { title: "Environment", lines }, indent);
}

/** "Sat, 21 Nov 2026 06:11:40 +0000" */
export function longTime(timestamp: string): string {
  const ms = Date.parse(timestamp);
  return Number.isNaN(ms) ? "<unknown>" : new Date(ms).toUTCString().replace("GMT", "+0000");
}

export function conditionRows(object: AnyObject, ...fields: readonly string[]): string[][] {
  return listAt(object, "status", "conditions").map((condition) =>
    ["type", "status", ...fields].map((field) =>
      field.endsWith("Time") ? longTime(textAt(condition, field)) : textAt(condition, field),
    ),
  );
}
