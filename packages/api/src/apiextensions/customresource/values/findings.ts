import {
  invalid,
  MAX_FIELD_ERRORS,
  notAmongSupported,
  path,
  required,
  tooLong,
  tooMany,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { choicesOf } from "./choices.ts";
import { NOWHERE } from "../place.ts";

/** What is wrong with a value, as the validation of OpenAPI says it. */
export interface Finding {
  /** Where: "spec.items[0]", or "" for the value as a whole; undefined where that is only in the message. */
  readonly name: string | undefined;
  readonly message: string;
  /** What it is known by: the message, or something shorter that says as much. */
  readonly key: string;
  /** As what an error in a field of Kubernetes it is told. */
  tell(at: FieldPath | string): FieldError;
}

/** Findings of one value and of what is inside of it. Upstream: kube-openapi/pkg/validation/validate/result.go */
export class Findings {
  readonly #byKey = new Map<string, Finding>();
  /** How many checks were made: among alternatives that all fail, that with the most is told about. */
  matches = 0;

  get errors(): Iterable<Finding> {
    return this.#byKey.values();
  }

  get isValid(): boolean {
    return this.#byKey.size === 0;
  }

  /** What was said already is not said again, and nobody reads more than a thousand. */
  add(...findings: readonly Finding[]): void {
    for (const finding of findings)
      if (this.#byKey.size < MAX_FIELD_ERRORS && !this.#byKey.has(finding.key)) this.#byKey.set(finding.key, finding);
  }

  merge(other: Findings): void {
    this.add(...other.errors);
    this.matches += other.matches;
  }
}

const told = (name: string, message: string, tell: Finding["tell"]): Finding => ({
  name,
  message,
  key: message,
  tell,
});

/** A value that is not as it should be, for a reason without a form of its own. */
export function finding(name: string, value: unknown, message: string): Finding {
  return told(name, `${name} in body ${message}`, (at) => invalid(at, value ?? "", `${name} in body ${message}`));
}

/** A value of a wrong type; `actual` is the name of its type, or the text that does not have the format. */
export function wrongType(name: string, type: string, actual: string): Finding {
  const message = `${name} in body must be of type ${type}: ${JSON.stringify(actual)}`;
  return told(name, message, (at) => ({ ...invalid(at, actual, message), type: "FieldValueTypeInvalid" }));
}

export const missing = (name: string): Finding => told(name, `${name} in body is required`, (at) => required(at));

export const tooLongText = (name: string, max: number): Finding =>
  told(name, `${name} in body should be at most ${max} chars long`, (at) => tooLong(at, "", max));

export const tooManyItems = (name: string, actual: number, max: number): Finding =>
  told(name, `${name} in body should have at most ${max} items`, (at) => tooMany(at, actual, max));

export const tooManyProperties = (name: string, actual: number, max: number): Finding =>
  told(name, `${name} in body should have at most ${max} properties`, (at) => tooMany(at, actual, max));

export function notAmong(name: string, value: unknown, choices: readonly unknown[]): Finding {
  const { text, quoted, id } = choicesOf(choices);
  const found = told(name, `${name} in body should be one of [${text}]`, (at) => notAmongSupported(at, value, quoted));
  return { ...found, key: `${name} ${id}` };
}

/** What is told of the object as a whole. */
export const general = (message: string): Finding => ({
  name: undefined,
  message,
  key: message,
  tell: (at) => invalid(at, "", message),
});

/** In the places where they are; `at` is that of the value. */
export function fieldErrorsOf(findings: Findings, at?: FieldPath): FieldError[] {
  return [...findings.errors].map((one) => one.tell(placeOf(one.name, at)));
}

function placeOf(name: string | undefined, at: FieldPath | undefined): FieldPath | string {
  const below = name?.replace(/^\./, "") ?? "";
  if (below === "") return at ?? NOWHERE;
  return at ? at.child(below) : path(below);
}
