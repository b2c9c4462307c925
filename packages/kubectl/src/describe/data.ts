import { isJson, listAt, mapAt, textAt, type AnyObject } from "../json.ts";
import type { DescribeContext } from "./describer.ts";
import { heading, labelsAndAnnotations, longTime } from "./metadata.ts";
import { describeLimitRanges, describeResourceQuotas } from "./quota.ts";
import type { TabbedText } from "./tabbed-text.ts";

export function describeConfigMap(text: TabbedText, map: AnyObject): void {
  heading(text, map);
  labelsAndAnnotations(text, map);
  text.write(0, "\nData\n====\n");
  for (const [key, value] of inOrder(mapAt(map, "data"))) text.write(0, `${key}:\n----\n${value}\n\n`);
  text.write(0, "\nBinaryData\n====\n");
  for (const [key, value] of inOrder(mapAt(map, "binaryData"))) text.line(0, `${key}: ${sizeOf(value)} bytes`);
  text.write(0, "\n");
}

/** A secret's values are not shown, but for a service account's token. */
export function describeSecret(text: TabbedText, secret: AnyObject): void {
  heading(text, secret);
  labelsAndAnnotations(text, secret);
  const type = textAt(secret, "type");
  text.write(0, `\nType:\t${type}\n`);
  text.write(0, "\nData\n====\n");
  for (const [key, value] of inOrder(mapAt(secret, "data"))) {
    const isToken = key === "token" && type === "kubernetes.io/service-account-token";
    text.line(0, `${key}:\t${isToken ? Buffer.from(value, "base64").toString() : `${sizeOf(value)} bytes`}`);
  }
}

export function describeServiceAccount(text: TabbedText, account: AnyObject): void {
  heading(text, account);
  labelsAndAnnotations(text, account);
  const names = listAt(account, "imagePullSecrets").map((secret) => textAt(secret, "name"));
  const title = "Image pull secrets:";
  text.line(0, `${title}\t${names[0] ?? "<none>"}`);
  for (const name of names.slice(1)) text.line(0, `${" ".repeat(title.length)}\t${name}`);
}

export function describeNamespace(
  text: TabbedText,
  namespace: AnyObject,
  { resourceQuotas, limitRanges }: DescribeContext,
): void {
  text.line(0, `Name:\t${namespace.metadata.name}`);
  labelsAndAnnotations(text, namespace);
  text.line(0, `Status:\t${textAt(namespace, "status", "phase")}`);
  const conditions = listAt(namespace, "status", "conditions");
  if (conditions.length > 0) {
    text.line(0, "Conditions:");
    text.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
    text.line(1, "----\t------\t------------------\t------\t-------");
    for (const condition of conditions) {
      const [type, status, reason, message] = ["type", "status", "reason", "message"].map((f) => textAt(condition, f));
      text.line(1, `${type}\t${status}\t${longTime(textAt(condition, "lastTransitionTime"))}\t${reason}\t${message}`);
    }
  }
  text.line(0, "");
  describeResourceQuotas(text, resourceQuotas);
  text.line(0, "");
  describeLimitRanges(text, limitRanges);
}

function inOrder(map: unknown): [string, string][] {
  return Object.entries(isJson(map) ? (map as Record<string, string>) : {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

function sizeOf(base64: string): number {
  return Buffer.from(base64, "base64").length;
}
