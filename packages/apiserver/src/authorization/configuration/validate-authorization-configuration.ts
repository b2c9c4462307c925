import {
  duplicate,
  fieldErrorText,
  invalid,
  notSupported,
  path,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { ConfigurationError } from "../../configuration/decode-configuration.ts";
import type { AuthorizationConfiguration, AuthorizerConfiguration } from "./authorization-configuration.ts";
import { nameErrors, validateWebhook, type CheckFile } from "./validate-webhook.ts";

/** Differs: there is no ABAC. */
export const AUTHORIZER_TYPES = ["AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"];

interface ValidationOptions {
  readonly checkFile: CheckFile;
  /** That were there at the start, and have to stay. */
  readonly requiredTypes?: readonly string[];
}

/**
 * Throws ConfigurationError with all that is wrong.
 * Upstream: pkg/kubeapiserver/authorizer/config.go#LoadAndValidateData
 */
export function validateAuthorizationConfiguration(
  { authorizers }: AuthorizationConfiguration,
  { checkFile, requiredTypes = [] }: ValidationOptions,
): void {
  const all = authorizers ?? [];
  const errors = new Validation(checkFile).validate(all);
  if (errors.length > 0) throw new ConfigurationError("authorization", errors.map(fieldErrorText));
  const problems = [...misnamed(all), ...missing(all, requiredTypes)];
  if (problems.length > 0) throw new ConfigurationError("authorization", problems);
}

class Validation {
  readonly #checkFile: CheckFile;
  readonly #types = new Set<string>();
  readonly #names = new Set<string>();

  constructor(checkFile: CheckFile) {
    this.#checkFile = checkFile;
  }

  validate(all: readonly AuthorizerConfiguration[]): FieldError[] {
    const root = path("authorizers");
    const none = all.length === 0 ? [required(root, "at least one authorization mode must be defined")] : [];
    return [...none, ...all.flatMap((one, i) => this.#authorizer(one, root.index(i)))];
  }

  #authorizer({ type = "", name = "", webhook }: AuthorizerConfiguration, at: FieldPath): FieldError[] {
    const typeErrors = this.#type(type, at.child("type"));
    if (typeErrors.length > 0) return typeErrors;
    const errors = nameErrors(name, at.child("name"), this.#names);
    this.#names.add(name);
    if (type === "Webhook")
      return webhook
        ? [...errors, ...validateWebhook(webhook, at, this.#checkFile)]
        : [...errors, required(at.child("webhook"), "required when type=Webhook")];
    if (!webhook) return errors;
    return [...errors, invalid(at.child("webhook"), "non-null", "may only be specified when type=Webhook")];
  }

  #type(type: string, at: FieldPath): FieldError[] {
    if (type === "") return [required(at)];
    if (!AUTHORIZER_TYPES.includes(type)) return [notSupported(at, type, AUTHORIZER_TYPES)];
    if (this.#types.has(type) && type !== "Webhook") return [duplicate(at, type)];
    this.#types.add(type);
    return [];
  }
}

function misnamed(all: readonly AuthorizerConfiguration[]): string[] {
  const others = all.filter(({ type = "", name }) => type !== "Webhook" && name !== type.toLowerCase());
  return others.map(
    ({ type = "", name = "" }) => `expected name ${type.toLowerCase()} for authorizer ${type} instead of ${name}`,
  );
}

function missing(all: readonly AuthorizerConfiguration[], types: readonly string[]): string[] {
  const gone = types.filter((type) => !all.some((one) => one.type === type)).toSorted();
  return gone.length > 0 ? [`missing required types: [${gone.join(" ")}]`] : [];
}
