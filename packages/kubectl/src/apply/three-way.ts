import { builtinKinds } from "@dingi/api";
import { createThreeWayJsonMergePatch, createThreeWayMergePatch, type StructSchema } from "@dingi/apimachinery";
import type { AnyObject, Json } from "../json.ts";
import { lastApplied } from "./last-applied.ts";

interface ApplyPatch {
  readonly body: Json;
  readonly contentType: string;
}

/**
 * The patch from what is there to what is wanted, taking away what was applied before and is not wanted any more.
 * Undefined when nothing changes. Kinds that we know merge lists by key, the others replace them.
 * Upstream: kubectl/pkg/cmd/apply/patcher.go#Patcher.patchSimple
 */
export function applyPatch(modified: AnyObject, current: AnyObject): ApplyPatch | undefined {
  const schema = schemaOf(current);
  const original = lastApplied(current);
  const body = schema
    ? createThreeWayMergePatch(schema, original, modified, current)
    : createThreeWayJsonMergePatch(original, modified, current);
  if (Object.keys(body).length === 0) return undefined;
  return { body, contentType: schema ? "application/strategic-merge-patch+json" : "application/merge-patch+json" };
}

export function schemaOf({ apiVersion, kind }: { apiVersion: string; kind: string }): StructSchema | undefined {
  return builtinKinds.find((definition) => definition.kind === kind && definition.versions[apiVersion])?.versions[
    apiVersion
  ]?.schema;
}
