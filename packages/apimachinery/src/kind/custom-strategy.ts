import { equalJson } from "../codec/equal-json.ts";
import type { Draft } from "../meta/draft.ts";
import type { KubeObject } from "../meta/object.ts";
import type { Strategy, UpdateStrategy } from "./strategy.ts";

type Free = Record<string, unknown>;

/** Of objects without a status door. Upstream: apiextensions-apiserver/pkg/registry/customresource/strategy.go */
export const customStrategy: Strategy<KubeObject> = {
  allowUnconditionalUpdate: false,
  prepareForCreate({ metadata }) {
    metadata.generation = 1;
  },
  prepareForUpdate: raiseGeneration,
};

/** Of objects whose status has a door of its own. */
export const customStrategyWithStatus: Strategy<KubeObject> = {
  allowUnconditionalUpdate: false,
  resetFields: [["status"]],
  prepareForCreate(object) {
    delete (object as Free)["status"];
    object.metadata.generation = 1;
  },
  prepareForUpdate(object, old) {
    keepField(object, old, "status");
    raiseGeneration(object, old);
  },
};

/** Through that door: only the status changes. Upstream: …/status_strategy.go */
export const customStatusStrategy: UpdateStrategy<KubeObject> = {
  resetFields: [["metadata"], ["spec"]],
  prepareForUpdate(object, old) {
    const { managedFields } = object.metadata;
    for (const name of new Set([...Object.keys(object), ...Object.keys(old)]))
      if (name !== "status") keepField(object, old, name);
    if (managedFields) object.metadata.managedFields = managedFields;
    else delete object.metadata.managedFields;
  },
};

function keepField(object: Draft<KubeObject>, old: KubeObject, name: string): void {
  const before = (old as unknown as Free)[name];
  if (before === undefined) delete (object as Free)[name];
  else (object as Free)[name] = structuredClone(before);
}

/** Whatever changes but metadata. */
function raiseGeneration(object: Draft<KubeObject>, old: KubeObject): void {
  if (equalJson(desired(object), desired(old))) return;
  object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

function desired({ metadata: _metadata, apiVersion: _version, kind: _kind, ...rest }: KubeObject): object {
  return rest;
}
