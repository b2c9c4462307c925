import {
  canonicalize,
  DecodeError,
  equalJson,
  fieldErrorText,
  invalid,
  isObject,
  V1ObjectMeta,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { embeddedErrorsOf, resourceErrors } from "../../customresource/embedded.ts";
import { prunedBy } from "../../customresource/free-schema.ts";
import { evaluateRules } from "../../customresource/rules/evaluate-rules.ts";
import { fieldErrorsOf } from "../../customresource/values/findings.ts";
import { validateValue } from "../../customresource/values/validate-value.ts";
import { itemsOf, type Schema } from "../subschemas.ts";

interface DefaultOptions {
  /** Whether there may be fields in defaults that their schema does not know. */
  readonly allowsUnknown: boolean;
}

interface Place {
  readonly isRoot: boolean;
  /** The name of the field of an object with metadata that the schema is in: "metadata", "kind" or "apiVersion". */
  readonly meta: string | undefined;
  /** From that field on: its value around a default. */
  readonly around: (value: unknown) => unknown;
}

const META = new Set(["metadata", "apiVersion", "kind"]);
const ROOT: Place = { isRoot: true, meta: undefined, around: (value) => value };

/** Defaults that are no values of their schemas. Upstream: apiextensions-apiserver/pkg/apiserver/schema/defaulting/validation.go */
export function defaultValueErrors(schema: Schema, field: FieldPath, options: DefaultOptions): FieldError[] {
  return new DefaultCheck(options).schema(schema, field, ROOT);
}

class DefaultCheck {
  readonly #options: DefaultOptions;

  constructor(options: DefaultOptions) {
    this.#options = options;
  }

  schema(schema: Schema, at: FieldPath, place: Place): FieldError[] {
    const isResource = place.isRoot || schema["x-kubernetes-embedded-resource"] === true;
    const here = isResource ? { ...place, meta: undefined } : place;
    const items = itemsOf(schema);
    return [
      ...this.#own(schema, at.child("default"), here),
      ...(items
        ? this.schema(
            items,
            at.child("items"),
            within(here, (value) => [value]),
          )
        : []),
      ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
        const isMeta = isResource && META.has(name);
        const inner = isMeta
          ? { isRoot: false, meta: name, around: (value: unknown) => value }
          : within(here, (value) => ({ [name]: value }));
        return this.schema(property, at.child("properties").key(name), inner);
      }),
    ];
  }

  #own(schema: Schema, at: FieldPath, { meta, around, isRoot }: Place): FieldError[] {
    const value: unknown = schema.default;
    if (value === undefined || value === null) return [];
    const errors =
      meta === undefined ? this.#valueErrors(schema, value, at) : metaErrors(meta, around(value), { at, value });
    if (errors.length > 0) return errors;
    const found = fieldErrorsOf(validateValue(schema, value), at);
    return found.length > 0 ? found : ruleErrors(schema, value, { at, isRoot });
  }

  #valueErrors(schema: Schema, value: unknown, at: FieldPath): FieldError[] {
    const unknown =
      this.#options.allowsUnknown || equalJson(prunedBy(schema, value), value)
        ? []
        : [invalid(at, value, "must not have unknown fields")];
    return [...unknown, ...embeddedErrorsOf(schema, value, at)];
  }
}

function within(place: Place, wrap: (value: unknown) => unknown): Place {
  return { isRoot: false, meta: place.meta, around: (value) => place.around(wrap(value)) };
}

/** A default inside of metadata has to make metadata. */
function metaErrors(
  meta: string,
  around: unknown,
  { at, value }: { readonly at: FieldPath; readonly value: unknown },
): FieldError[] {
  const text = (problem: string): FieldError[] => [invalid(at, value, `must result in valid metadata: ${problem}`)];
  const object: Record<string, unknown> = { apiVersion: "validation/v1", kind: "Validation", [meta]: around };
  try {
    if (isObject(object["metadata"])) object["metadata"] = canonicalize(V1ObjectMeta, object["metadata"]);
  } catch (error) {
    if (error instanceof DecodeError) return text(fieldErrorText(invalid("metadata", around, error.message)));
    throw error;
  }
  const errors = resourceErrors(object, undefined).map(fieldErrorText);
  return errors.length === 0 ? [] : text(errors.length === 1 ? errors[0]! : `[${errors.join(", ")}]`);
}

/** As what was there before, and as what is new. */
function ruleErrors(
  schema: Schema,
  value: unknown,
  { at, isRoot }: { readonly at: FieldPath; readonly isRoot: boolean },
) {
  const asKept = evaluateRules(schema, value, { isRoot, at, old: value }).errors;
  return asKept.length > 0 ? [...asKept] : [...evaluateRules(schema, value, { isRoot, at }).errors];
}
