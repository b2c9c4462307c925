import { describeError } from "@dingi/base";
import { configurationFile, type ConfigurationFile, type FileReader } from "../configuration/configuration-file.ts";
import {
  decodeAuthorizationConfiguration,
  type AuthorizationConfiguration,
  type AuthorizerConfiguration,
} from "./configuration/authorization-configuration.ts";
import { AUTHORIZER_TYPES } from "./configuration/validate-authorization-configuration.ts";
import type { CheckFile } from "./configuration/validate-webhook.ts";

/** Who decides what may be done, in their order. */
export interface AuthorizationOptions {
  readonly configuration: AuthorizationConfiguration;
  /** Whence the configuration is, where it is from a file. */
  readonly file?: ConfigurationFile;
  /** How other files are read that it names. */
  readonly read: (path: string) => string;
  readonly checkFile: CheckFile;
}

type Flags = Readonly<Record<string, string>>;

const WEBHOOK_FLAGS = [
  "authorization-webhook-config-file",
  "authorization-webhook-version",
  "authorization-webhook-cache-authorized-ttl",
  "authorization-webhook-cache-unauthorized-ttl",
];

/** As kubeadm has it. */
const DEFAULT_MODES = "Node,RBAC";

/**
 * What upstream's flags say of authorization. Throws an Error for what cannot be followed.
 * Upstream: pkg/kubeapiserver/options/authorization.go#ToAuthorizationConfig
 */
export function authorizationOptions(
  flags: Flags,
  files: FileReader & { readonly checkFile: CheckFile },
): AuthorizationOptions {
  const { read, checkFile } = files;
  const path = flags["authorization-config"] ?? "";
  if (path === "") return { configuration: configurationOf(flags), read, checkFile };
  if (["authorization-mode", ...WEBHOOK_FLAGS].some((name) => flags[name] !== undefined))
    throw new Error(
      "--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined",
    );
  try {
    const file = configurationFile(path, files);
    return { configuration: decodeAuthorizationConfiguration(file.text), file, read, checkFile };
  } catch (cause) {
    throw new Error(`failed to load AuthorizationConfiguration from file "${path}": ${describeError(cause)}`, {
      cause,
    });
  }
}

/** By the older flags. */
export function authorizationModes(flags: Flags): readonly string[] {
  return (flags["authorization-mode"] ?? DEFAULT_MODES).split(",");
}

function configurationOf(flags: Flags): AuthorizationConfiguration {
  const modes = authorizationModes(flags);
  const problems = flagProblems(flags, modes);
  if (problems.length > 0) throw new Error(problems.join("; "));
  return {
    authorizers: modes.map((type) => (type === "Webhook" ? webhookOf(flags) : { type, name: type.toLowerCase() })),
  };
}

function flagProblems(flags: Flags, modes: readonly string[]): string[] {
  const hasFile = (flags["authorization-webhook-config-file"] ?? "") !== "";
  const unknown = modes.filter((mode) => !AUTHORIZER_TYPES.includes(mode));
  return [
    ...unknown.map((mode) => `authorization-mode ${JSON.stringify(mode)} is not a valid mode`),
    ...(modes.includes("Webhook") && !hasFile
      ? ["authorization-mode Webhook's authorization config file not passed"]
      : []),
    ...(hasFile && !modes.includes("Webhook")
      ? ["cannot specify --authorization-webhook-config-file without mode Webhook"]
      : []),
    ...(new Set(modes).size < modes.length
      ? [
          `authorization-mode [${modes.map((mode) => JSON.stringify(mode)).join(" ")}] has mode specified more than once`,
        ]
      : []),
  ];
}

function webhookOf(flags: Flags): AuthorizerConfiguration {
  const authorizedTTL = flags["authorization-webhook-cache-authorized-ttl"] ?? "5m0s";
  const unauthorizedTTL = flags["authorization-webhook-cache-unauthorized-ttl"] ?? "30s";
  const isNone = (ttl: string) => /^0[a-zµ]*$/.test(ttl);
  return {
    type: "Webhook",
    name: "default",
    webhook: {
      authorizedTTL: isNone(authorizedTTL) ? "5m0s" : authorizedTTL,
      cacheAuthorizedRequests: !isNone(authorizedTTL),
      unauthorizedTTL: isNone(unauthorizedTTL) ? "30s" : unauthorizedTTL,
      cacheUnauthorizedRequests: !isNone(unauthorizedTTL),
      timeout: "30s",
      failurePolicy: "NoOpinion",
      subjectAccessReviewVersion: flags["authorization-webhook-version"] ?? "v1beta1",
      connectionInfo: { type: "KubeConfigFile", kubeConfigFile: flags["authorization-webhook-config-file"] ?? "" },
    },
  };
}
