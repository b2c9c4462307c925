import { listAt, textAt, at, type AnyObject, type Json } from "../json.ts";
import type { TabbedText } from "./tabbed-text.ts";

const MAX_ANNOTATION = 140;
const SKIPPED = "kubectl.kubernetes.io/last-applied-configuration";

export function heading(text: TabbedText, { metadata }: AnyObject): void {
  text.line(0, `Name:\t${metadata.name}`);
  text.line(0, `Namespace:\t${metadata.namespace ?? ""}`);
}

export function labelsAndAnnotations(text: TabbedText, { metadata }: AnyObject): void {
  describeLabels(text, "Labels", metadata.labels ?? {});
  describeAnnotations(text, "Annotations", metadata.annotations ?? {});
}

/** One a line, in order. */
export function describeLabels(text: TabbedText, title: string, labels: Readonly<Record<string, string>>): void {
  multiline(
    text,
    title,
    Object.entries(labels)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}=${value}`),
  );
}

/** Those that are long or have several lines stand under their name. */
export function describeAnnotations(
  text: TabbedText,
  title: string,
  annotations: Readonly<Record<string, string>>,
): void {
  const lines = Object.entries(annotations)
    .filter(([key]) => key !== SKIPPED)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, given]) => {
      const value = given.replace(/\n$/, "");
      if (value.length + key.length + 2 <= MAX_ANNOTATION && !value.includes("\n")) return [`${key}: ${value}`];
      return [`${key}:`, ...value.split("\n").map((line) => `  ${shorten(line, MAX_ANNOTATION - 2)}`)];
    });
  multiline(text, title, lines);
}

export function describeTolerations(text: TabbedText, title: string, tolerations: readonly Json[]): void {
  const lines = tolerations.toSorted((a, b) => compare(textAt(a, "key"), textAt(b, "key"))).map(tolerationText);
  multiline(text, title, lines);
}

export function describeTaints(text: TabbedText, title: string, taints: readonly Json[]): void {
  const order = (taint: Json) => `${textAt(taint, "effect")},${textAt(taint, "key")}`;
  multiline(text, title, taints.toSorted((a, b) => compare(order(a), order(b))).map(taintText));
}

function multiline(text: TabbedText, title: string, lines: readonly string[]): void {
  text.line(0, `${title}:\t${lines[0] ?? "<none>"}`);
  for (const line of lines.slice(1)) text.line(0, `\t${line}`);
}

function taintText(taint: Json): string {
  const [key, value, effect] = ["key", "value", "effect"].map((field) => textAt(taint, field));
  return `${key}${value === "" ? "" : `=${value}`}${effect === "" ? "" : `:${effect}`}`;
}

function tolerationText(toleration: Json): string {
  const head = taintText(toleration);
  const exists = textAt(toleration, "operator") === "Exists" && textAt(toleration, "value") === "";
  const seconds = at(toleration, "tolerationSeconds");
  return `${head}${exists ? `${head === "" ? "" : " "}op=Exists` : ""}${typeof seconds === "number" ? ` for ${seconds}s` : ""}`;
}

function shorten(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}...` : text;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** "Sat, 21 Nov 2026 06:11:40 +0000" */
export function longTime(timestamp: string): string {
  const ms = Date.parse(timestamp);
  return Number.isNaN(ms) ? "Mon, 01 Jan 0001 00:00:00 +0000" : new Date(ms).toUTCString().replace("GMT", "+0000");
}

/** "ReplicaSet/web-1", or nothing. */
export function controllerOf({ metadata }: AnyObject): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return owner ? `${owner.kind}/${owner.name}` : "";
}

/** Conditions with the fields named; the type is set off by a space, as upstream prints it. */
export function typeStatusReason(text: TabbedText, object: AnyObject): void {
  const conditions = listAt(object, "status", "conditions");
  if (conditions.length === 0) return;
  text.write(0, "Conditions:\n  Type\tStatus\tReason\n");
  text.line(1, "----\t------\t------");
  for (const condition of conditions)
    text.line(1, `${textAt(condition, "type")} \t${textAt(condition, "status")}\t${textAt(condition, "reason")}`);
}
