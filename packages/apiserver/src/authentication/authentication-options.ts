import { parseDuration } from "@dingi/apimachinery";
import { authorizationModes } from "../authorization/authorization-options.ts";
import { describeError } from "@dingi/base";
import { configurationFile, type ConfigurationFile, type FileReader } from "../configuration/configuration-file.ts";
import {
  decodeAuthenticationConfiguration,
  type AnonymousConfiguration,
  type AuthenticationConfiguration,
} from "./configuration/authentication-configuration.ts";
import { hasOidcFlags, issuerOfFlags } from "./configuration/oidc-flags.ts";
import { SIGNING_ALGORITHMS } from "./jwt/verify-signature.ts";
import { readWebhookKubeconfig, type WebhookKubeconfig } from "../webhook/kubeconfig/webhook-kubeconfig.ts";
import type { TokenReviewVersion } from "./webhook/token-webhook.ts";

/** Who is believed to be who they say. */
export interface AuthenticationOptions {
  readonly configuration: AuthenticationConfiguration;
  /** Whence the configuration is, where it is from a file. */
  readonly file?: ConfigurationFile;
  /** Whoever shows nothing. */
  readonly anonymous: AnonymousConfiguration;
  /** That issuers may sign with. */
  readonly algorithms: readonly string[];
  /** Who is asked about tokens that nobody here knows. */
  readonly webhook?: TokenWebhookSettings | undefined;
}

interface TokenWebhookSettings {
  readonly kubeconfig: WebhookKubeconfig;
  readonly version: TokenReviewVersion;
  /** How long answers are good. */
  readonly cacheTtlMs: number;
}

type Flags = Readonly<Record<string, string>>;

/**
 * What upstream's flags say of authentication. Throws an Error for what cannot be followed.
 * Upstream: pkg/kubeapiserver/options/authentication.go#ToAuthenticationConfig
 */
export function authenticationOptions(flags: Flags, files: FileReader): AuthenticationOptions {
  const path = flags["authentication-config"] ?? "";
  const options = path === "" ? optionsOfFlags(flags, files) : optionsOfFile(path, flags, files);
  return { ...options, webhook: webhookOf(flags, files) };
}

/** Two minutes. Upstream: pkg/kubeapiserver/options/authentication.go#WithWebHook */
const WEBHOOK_TTL = "2m";

function webhookOf(flags: Flags, files: FileReader): TokenWebhookSettings | undefined {
  const path = flags["authentication-token-webhook-config-file"] ?? "";
  if (path === "") return undefined;
  const version = flags["authentication-token-webhook-version"] ?? "v1beta1";
  if (version !== "v1" && version !== "v1beta1")
    throw new Error(
      `unsupported authentication webhook version ${JSON.stringify(version)}, supported versions are "v1", "v1beta1"`,
    );
  const cacheTtlMs = parseDuration(flags["authentication-token-webhook-cache-ttl"] ?? WEBHOOK_TTL);
  try {
    return { kubeconfig: readWebhookKubeconfig(path, files.read), version, cacheTtlMs };
  } catch (cause) {
    throw new Error(`The authentication webhook's file "${path}" cannot be followed`, { cause });
  }
}

function optionsOfFlags(flags: Flags, files: FileReader): AuthenticationOptions {
  const issuer = issuerOfFlags(flags, files.read);
  return {
    configuration: { jwt: issuer ? [issuer] : [] },
    anonymous: anonymousOf(flags),
    algorithms: algorithmsOf(flags),
  };
}

function optionsOfFile(path: string, flags: Flags, files: FileReader): AuthenticationOptions {
  if (hasOidcFlags(flags)) throw new Error("authentication-config file and oidc-* flags are mutually exclusive");
  const { file, configuration } = readConfiguration(path, files);
  const { anonymous } = configuration;
  if (anonymous && flags["anonymous-auth"] !== undefined)
    throw new Error(
      "anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file",
    );
  return {
    configuration,
    file,
    anonymous: anonymous ?? anonymousOf(flags),
    algorithms: SIGNING_ALGORITHMS,
  };
}

/** Not where everybody may do everything. Upstream: pkg/kubeapiserver/options/authentication.go#ApplyAuthorization */
function anonymousOf(flags: Flags): AnonymousConfiguration {
  return { enabled: flags["anonymous-auth"] !== "false" && !authorizationModes(flags).includes("AlwaysAllow") };
}

function readConfiguration(path: string, files: FileReader) {
  try {
    const file = configurationFile(path, files);
    return { file, configuration: decodeAuthenticationConfiguration(file.text) };
  } catch (cause) {
    throw new Error(`failed to load authentication configuration from file "${path}": ${describeError(cause)}`, {
      cause,
    });
  }
}

function algorithmsOf(flags: Flags): readonly string[] {
  const names = (flags["oidc-signing-algs"] ?? "RS256").split(",");
  const unknown = names.find((name) => !SIGNING_ALGORITHMS.includes(name));
  if (unknown !== undefined) throw new Error(`oidc: unsupported signing alg: ${JSON.stringify(unknown)}`);
  return names;
}
