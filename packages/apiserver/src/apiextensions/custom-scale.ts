import type { V1CustomResourceSubresourceScale as ScalePaths } from "@dingi/api";
import {
  goPrint,
  invalid,
  isObject,
  newBadRequest,
  newInternalError,
  setOwn,
  type Draft,
  type FieldError,
  type KubeObject,
  type ScaleSubresource,
} from "@dingi/apimachinery";

const MAX_INT32 = 2 ** 31 - 1;
/** What a Scale has in place of replicas that are not there. */
const NO_REPLICAS = -(2 ** 31);

/** A custom object as its Scale. Upstream: apiextensions-apiserver/pkg/registry/customresource/etcd.go#ScaleREST */
export function customScale(paths: ScalePaths): ScaleSubresource<KubeObject> {
  const specReplicasPath = partsOf(paths.specReplicasPath);
  const statusReplicasPath = partsOf(paths.statusReplicasPath);
  return {
    type: "scale",
    specReplicasPath,
    validatesScale: false,
    checkRead(object) {
      if (numberAt(object, specReplicasPath) !== undefined) return;
      const field = JSON.stringify(paths.specReplicasPath);
      throw newInternalError(`the spec replicas field ${field} does not exist`);
    },
    get: (object) => ({
      specReplicas: numberAt(object, specReplicasPath) ?? NO_REPLICAS,
      statusReplicas: numberAt(object, statusReplicasPath) ?? 0,
      selector: paths.labelSelectorPath ? textAt(object, partsOf(paths.labelSelectorPath)) : "",
    }),
    setReplicas(object, replicas) {
      if (replicas === NO_REPLICAS)
        throw newBadRequest(`the spec replicas field ${JSON.stringify(paths.specReplicasPath)} cannot be empty`);
      setAt(object, specReplicasPath, replicas);
    },
  };
}

const partsOf = (path: string): string[] => path.replace(/^\./, "").split(".");

function valueAt(object: unknown, path: readonly string[]): unknown {
  let value = object;
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

function numberAt(object: KubeObject, path: readonly string[]): number | undefined {
  const value = valueAt(object, path);
  return typeof value === "number" ? value : undefined;
}

function textAt(object: KubeObject, path: readonly string[]): string {
  const value = valueAt(object, path);
  return typeof value === "string" ? value : "";
}

function setAt(object: Draft<KubeObject>, path: readonly string[], value: unknown): void {
  let at = object as unknown as Record<string, unknown>;
  for (const name of path.slice(0, -1)) {
    const below = Object.hasOwn(at, name) && isObject(at[name]) ? at[name] : {};
    setOwn(at, name, below);
    at = below;
  }
  setOwn(at, path.at(-1)!, value);
}

/** Upstream: …/validator.go#ValidateScaleSpec */
export function scaleSpecErrors(paths: ScalePaths | undefined, object: KubeObject): FieldError[] {
  return paths ? replicasErrors(paths.specReplicasPath, object) : [];
}

/** Upstream: …/validator.go#ValidateScaleStatus */
export function scaleStatusErrors(paths: ScalePaths | undefined, object: KubeObject): FieldError[] {
  if (!paths) return [];
  const { statusReplicasPath, labelSelectorPath } = paths;
  return [
    ...replicasErrors(statusReplicasPath, object),
    ...(labelSelectorPath ? typeErrors(labelSelectorPath, object, "string") : []),
  ];
}

function replicasErrors(path: string, object: KubeObject): FieldError[] {
  const value = valueAt(object, partsOf(path));
  if (typeof value !== "number" && typeof value !== "bigint") return typeErrors(path, object, "int64");
  if (value < 0) return [invalid(path, value, "should be a non-negative integer")];
  return value > MAX_INT32 ? [invalid(path, value, `should be less than or equal to ${MAX_INT32}`)] : [];
}

const ZERO = { int64: 0, string: "" } as const;

/** In Go's words. Upstream: apimachinery/pkg/apis/meta/v1/unstructured/helpers.go#NestedInt64 */
function typeErrors(path: string, object: KubeObject, type: keyof typeof ZERO): FieldError[] {
  const value = valueAt(object, partsOf(path));
  if (value === undefined || (type === "string" && typeof value === "string")) return [];
  const text = `${path} accessor error: ${goPrint(value)} is of the type ${goTypeOf(value)}, expected ${type}`;
  return [invalid(path, ZERO[type], text)];
}

function goTypeOf(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : typeof value === "string" ? "string" : "map[string]interface {}";
}
