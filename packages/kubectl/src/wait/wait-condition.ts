import { evaluatePath, jsonPathText } from "@dingi/apimachinery";
import { CommandError } from "../command-error.ts";
import { at, listAt, textAt, type AnyObject, type Json } from "../json.ts";
import { isJson } from "../json.ts";

/** What `--for` asks for. */
export type WaitCondition =
  | { readonly type: "delete" }
  | { readonly type: "create" }
  | { readonly type: "state"; isMet(object: AnyObject): boolean };

/** Upstream: kubectl/pkg/cmd/wait/wait.go#conditionFuncsFor */
export function parseWaitCondition(text: string): WaitCondition {
  const lower = text.toLowerCase();
  if (lower === "delete" || lower === "create") return { type: lower };
  if (text.startsWith("condition=")) {
    const [name = "", ...value] = text.slice("condition=".length).split("=");
    const wanted = value.length === 0 ? "true" : value.join("=");
    return { type: "state", isMet: (object) => hasCondition(object, name, wanted) };
  }
  if (text.startsWith("jsonpath=")) return jsonPathCondition(text.slice("jsonpath=".length));
  throw new CommandError(`unrecognized condition: ${JSON.stringify(text)}`);
}

/** A condition that was seen for an older generation does not count. */
function hasCondition(object: AnyObject, name: string, wanted: string): boolean {
  const condition = listAt(object, "status", "conditions").find(
    (each) => textAt(each, "type").toLowerCase() === name.toLowerCase(),
  );
  if (!condition) return false;
  const observed = at(condition, "observedGeneration") ?? at(object, "status", "observedGeneration");
  const { generation } = object.metadata;
  if (typeof observed === "number" && generation !== undefined && observed < generation) return false;
  return textAt(condition, "status").toLowerCase() === wanted.toLowerCase();
}

function jsonPathCondition(input: string): WaitCondition {
  const parts = splitAtEquals(input);
  if (parts.length > 2)
    throw new CommandError(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    );
  const [path = "", given] = parts;
  const wanted = given?.replaceAll(/^['"]+|['"]+$/g, "");
  if (wanted === "")
    throw new CommandError(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    );
  if (path === "") throw new CommandError("jsonpath expression cannot be empty");
  evaluatePath(path, {});
  return { type: "state", isMet: (object) => matches(evaluatePath(path, object), wanted) };
}

function matches(found: readonly unknown[], wanted: string | undefined): boolean {
  if (found.length === 0) return false;
  if (found.length > 1) throw new CommandError("given jsonpath expression matches more than one value");
  if (wanted === undefined) return true;
  if (Array.isArray(found[0]) || isJson(found[0] as Json))
    throw new CommandError("jsonpath leads to a nested object or list which is not supported");
  return jsonPathText(found[0]).trim() === wanted.trim();
}

/** Splits at single "=" only: "==" belongs to a filter. */
function splitAtEquals(text: string): string[] {
  return text.split(/(?<!=)=(?!=)/);
}
