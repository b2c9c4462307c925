import {
  canonicalize,
  DecodeError,
  isObject,
  setOwn,
  V1ObjectMeta,
  type KubeObject,
  type StructSchema,
} from "@dingi/apimachinery";
import { additionalOf, itemsOf, type Schema } from "../customresourcedefinition/subschemas.ts";
import { shareDefaults } from "./fill-defaults.ts";

/**
 * What was stored, as a schema of today reads it: without what it does not know, with its defaults, and without metadata that
 * is none, for it may have been stored when nobody looked at it.
 * Upstream: apiextensions-apiserver/pkg/apiserver/customresource_handler.go#unstructuredSchemaCoercer
 */
export function readStored(struct: StructSchema, schema: Schema | undefined, stored: KubeObject): KubeObject {
  const object = pruned(struct, schema, stored);
  shareDefaults(schema, object);
  object.metadata.generation ||= 1;
  return object;
}

type Mutable = KubeObject & { metadata: { generation?: number | undefined } };

function pruned(struct: StructSchema, schema: Schema | undefined, stored: KubeObject): Mutable {
  try {
    return canonicalize(struct, stored) as Mutable;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const copy = structuredClone(stored) as unknown as Record<string, unknown>;
    copy["metadata"] = fittingMetadata(copy["metadata"]);
    dropMalformed(schema, copy);
    return canonicalize(struct, copy) as Mutable;
  }
}

/** The fields of metadata that are of the right type. */
function fittingMetadata(metadata: unknown): object {
  if (!isObject(metadata)) return {};
  return Object.fromEntries(Object.entries(metadata).filter(([name, value]) => fits({ [name]: value })));
}

function fits(metadata: object): boolean {
  try {
    canonicalize(V1ObjectMeta, metadata);
    return true;
  } catch {
    return false;
  }
}

function dropMalformed(schema: Schema | undefined, value: unknown): void {
  if (!schema) return;
  if (Array.isArray(value)) for (const item of value) dropMalformed(itemsOf(schema), item);
  if (!isObject(value)) return;
  if (schema["x-kubernetes-embedded-resource"]) dropMalformedMeta(value);
  const properties: Readonly<Record<string, Schema>> = schema.properties ?? {};
  for (const [name, one] of Object.entries(value))
    dropMalformed(Object.hasOwn(properties, name) ? properties[name] : additionalOf(schema), one);
}

function dropMalformedMeta(object: Record<string, unknown>): void {
  if (Object.hasOwn(object, "metadata")) setOwn(object, "metadata", fittingMetadata(object["metadata"]));
  for (const name of ["apiVersion", "kind"]) if (typeof object[name] !== "string") delete object[name];
}
