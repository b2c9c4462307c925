import {
  FIELD_IMMUTABLE,
  invalid,
  isConfigMapKey,
  path,
  required,
  tooLong,
  type FieldError,
} from "@dingi/apimachinery";
import { own } from "@dingi/base";
import { decodedLength, immutableDataErrors, MAX_DATA_BYTES } from "../configmap/validation.ts";
import type { V1Secret } from "./secret.gen.ts";

const SERVICE_ACCOUNT_NAME = "kubernetes.io/service-account.name";
const REDACTED = "<secret contents redacted>";

/** Upstream: pkg/apis/core/validation/validation.go#ValidateSecret */
export function validateSecret(secret: V1Secret): FieldError[] {
  const errors: FieldError[] = [];
  let total = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    errors.push(...isConfigMapKey(key).map((text) => invalid(path("data").key(key), key, text)));
    total += decodedLength(value);
  }
  if (total > MAX_DATA_BYTES) errors.push(tooLong("data", undefined, MAX_DATA_BYTES));
  return [...errors, ...(own(TYPE_RULES, secret.type ?? "")?.(secret) ?? [])];
}

const TYPE_RULES: Readonly<Record<string, (secret: V1Secret) => FieldError[]>> = {
  "kubernetes.io/service-account-token": ({ metadata }) =>
    metadata.annotations?.[SERVICE_ACCOUNT_NAME]
      ? []
      : [required(path("metadata", "annotations").key(SERVICE_ACCOUNT_NAME))],
  "kubernetes.io/dockercfg": (secret) => jsonErrors(secret, ".dockercfg"),
  "kubernetes.io/dockerconfigjson": (secret) => jsonErrors(secret, ".dockerconfigjson"),
  "kubernetes.io/basic-auth": (secret) => {
    const missing = missingKeys(secret, ["username", "password"]);
    return missing.length === 2 ? missing : [];
  },
  "kubernetes.io/ssh-auth": (secret) =>
    secret.data?.["ssh-privatekey"] ? [] : [required(path("data").key("ssh-privatekey"))],
  "kubernetes.io/tls": (secret) => missingKeys(secret, ["tls.crt", "tls.key"]),
};

const missingKeys = ({ data = {} }: V1Secret, keys: readonly string[]): FieldError[] =>
  keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(path("data").key(key)));

function jsonErrors(secret: V1Secret, key: string): FieldError[] {
  const missing = missingKeys(secret, [key]);
  if (missing.length > 0) return missing;
  const problem = jsonObjectProblem(Buffer.from(secret.data![key]!, "base64").toString());
  return problem === undefined ? [] : [invalid(path("data").key(key), REDACTED, problem)];
}

/** In the words of Go's encoding/json, for the usual causes. */
function jsonObjectProblem(text: string): string | undefined {
  if (text.trim() === "") return "unexpected end of JSON input";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return syntaxProblem(text);
  }
  if (value === null || (typeof value === "object" && !Array.isArray(value))) return undefined;
  const type = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
}

function syntaxProblem(text: string): string {
  const first = text.trim()[0]!;
  if (!'{["-0123456789tfn'.includes(first)) return `invalid character '${first}' looking for beginning of value`;
  return "unexpected end of JSON input";
}

export function validateSecretUpdate(secret: V1Secret, old: V1Secret): FieldError[] {
  return [
    ...(secret.type === old.type ? [] : [invalid("type", secret.type ?? "", FIELD_IMMUTABLE)]),
    ...immutableDataErrors(secret, old, ["data"]),
    ...validateSecret(secret),
  ];
}
