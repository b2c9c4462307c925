import {
  Correlated,
  embeddedErrorsOf,
  evaluateRules,
  schemaHasRules,
  NOWHERE,
  fieldErrorsOf,
  listTypeErrorsOf,
  validateValue,
  type V1CustomResourceDefinitionVersion as Version,
  type V1JSONSchemaProps as Schema,
} from "@dingi/api";
import {
  customStatusStrategy,
  customStrategy,
  customStrategyWithStatus,
  invalid,
  isQualifiedName,
  path,
  type FieldError,
  type KubeObject,
  type Strategy,
  type StrategyContext,
  type UpdateStrategy,
} from "@dingi/apimachinery";
import { scaleSpecErrors, scaleStatusErrors } from "./custom-scale.ts";

/** Of which kind objects are, and by what they are judged. */
interface Judged {
  readonly apiVersion: string;
  readonly kind: string;
  readonly version: Version;
}

/**
 * What is right for objects of one version of a custom kind. They are judged in the version that they are written in; where
 * that is another one, the request's door has done it. Upstream: apiextensions-apiserver/pkg/registry/customresource/strategy.go
 */
export function customResourceStrategy(judged: Judged): Strategy<KubeObject> {
  const rules = new ResourceRules(judged);
  const base = judged.version.subresources?.status ? customStrategyWithStatus : customStrategy;
  return {
    ...base,
    standardFinalizers: false,
    validate: (object, context) => (rules.judges(context) ? rules.createErrors(object) : []),
    validateUpdate: (object, old, context) =>
      rules.judges(context) ? rules.updateErrors(object, old, context.warn) : [],
    warningsOnCreate: (object) => finalizerWarnings(object, undefined),
    warningsOnUpdate: finalizerWarnings,
  };
}

/** Through the door of the status. Upstream: …/status_strategy.go */
export function customResourceStatusStrategy(judged: Judged): UpdateStrategy<KubeObject> {
  const rules = new ResourceRules(judged);
  return {
    ...customStatusStrategy,
    validateUpdate: (object, old, context) =>
      rules.judges(context) ? rules.statusErrors(object, old, context.warn) : [],
  };
}

type Fields = Readonly<Record<string, unknown>>;
type Warn = StrategyContext["warn"];
type RuleInput = { readonly value: Fields } & Omit<Parameters<typeof evaluateRules>[2], "isRoot">;

const BLOCKING: ReadonlySet<FieldError["type"]> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);
const NOT_CHECKED =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

class ResourceRules {
  readonly #judged: Judged;

  constructor(judged: Judged) {
    this.#judged = judged;
  }

  judges({ apiVersion }: StrategyContext): boolean {
    return apiVersion === undefined || apiVersion === this.#judged.apiVersion;
  }

  createErrors(object: KubeObject): FieldError[] {
    const typed = this.#typed(object);
    const schema = this.#schema;
    return this.#withRules(
      [
        ...(schema ? fieldErrorsOf(validateValue(schema, typed)) : []),
        ...scaleSpecErrors(this.#scale, object),
        ...scaleStatusErrors(this.#scale, object),
        ...embeddedErrorsOf(schema, typed),
        ...listTypeErrorsOf(schema, typed),
      ],
      { value: typed },
    );
  }

  updateErrors(object: KubeObject, old: KubeObject, warn: Warn): FieldError[] {
    const [typed, before] = [this.#typed(object), this.#typed(old)];
    const schema = this.#schema;
    const correlated = schema && new Correlated(schema, typed, before);
    return this.#withRules(
      [
        ...(schema ? fieldErrorsOf(validateValue(schema, typed, { name: "", before: correlated })) : []),
        ...scaleSpecErrors(this.#scale, object),
        ...scaleStatusErrors(this.#scale, object),
        ...embeddedErrorsOf(schema, typed),
        ...this.#listErrors(typed, before),
      ],
      { value: typed, old: before, correlated, warn },
    );
  }

  statusErrors(object: KubeObject, old: KubeObject, warn: Warn): FieldError[] {
    const [typed, before] = [this.#typed(object), this.#typed(old)];
    const correlated = this.#schema && new Correlated(this.#schema, typed, before);
    return this.#withRules(
      [
        ...this.#statusValueErrors(typed, before),
        ...scaleStatusErrors(this.#scale, object),
        ...this.#listErrors(typed, before),
      ],
      { value: typed, old: before, correlated, warn },
    );
  }

  /** Rules are for what is of the right types and sizes. Upstream: …/strategy.go#hasBlockingErr */
  #withRules(errors: readonly FieldError[], { value, ...judged }: RuleInput): FieldError[] {
    const schema = this.#schema;
    if (!schema || !schemaHasRules(schema)) return [...errors];
    if (errors.some(({ type }) => BLOCKING.has(type))) return [...errors, invalid(NOWHERE, undefined, NOT_CHECKED)];
    return [...errors, ...evaluateRules(schema, value, { isRoot: true, ...judged }).errors];
  }

  #statusValueErrors(typed: Fields, before: Fields): FieldError[] {
    const schema = this.#schema?.properties?.["status"];
    const { status } = typed;
    if (!schema || status === undefined) return [];
    const old = before["status"];
    const correlated = old === undefined ? undefined : new Correlated(schema, status, old);
    return fieldErrorsOf(validateValue(schema, status, { name: "", before: correlated }), path("status"));
  }

  /** What was wrong already is let pass. */
  #listErrors(typed: Fields, before: Fields): FieldError[] {
    const errors = listTypeErrorsOf(this.#schema, typed);
    return errors.length > 0 && listTypeErrorsOf(this.#schema, before).length > 0 ? [] : errors;
  }

  get #schema(): Schema | undefined {
    return this.#judged.version.schema?.openAPIV3Schema;
  }

  get #scale() {
    return this.#judged.version.subresources?.scale;
  }

  /** Schemas speak of what an object is, too, which is not kept with it. */
  #typed(object: KubeObject): Fields {
    const { apiVersion, kind } = this.#judged;
    return { ...object, apiVersion, kind };
  }
}

const FINALIZERS = path("metadata", "finalizers");
const STANDARD = new Set(["orphan", "foregroundDeletion", "kubernetes"]);

/** Upstream: …/strategy.go#generateWarningsFromObj */
function finalizerWarnings({ metadata }: KubeObject, old: KubeObject | undefined): string[] {
  const before = new Set(old?.metadata.finalizers);
  const added = [...new Set(metadata.finalizers)].filter((one) => !before.has(one)).sort();
  return added.flatMap((finalizer) => [
    ...isQualifiedName(finalizer).map((text) => warning(finalizer, text)),
    ...(finalizer.includes("/") || STANDARD.has(finalizer) ? [] : [warning(finalizer, preferred(finalizer))]),
  ]);
}

const warning = (finalizer: string, text: string): string => `${FINALIZERS}: ${JSON.stringify(finalizer)}: ${text}`;

function preferred(finalizer: string): string {
  const how = finalizer.includes(".") ? " including a path (/)" : "";
  return `prefer a domain-qualified finalizer name${how} to avoid accidental conflicts with other finalizer writers`;
}
