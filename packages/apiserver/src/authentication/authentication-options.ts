import { describeError } from "@dingi/base";
import type { ConfigurationFile } from "../configuration/configuration-file.ts";
import {
  decodeAuthenticationConfiguration,
  type AnonymousConfiguration,
  type AuthenticationConfiguration,
} from "./configuration/authentication-configuration.ts";
import { hasOidcFlags, issuerOfFlags } from "./configuration/oidc-flags.ts";
import { SIGNING_ALGORITHMS } from "./jwt/verify-signature.ts";

/** Who is believed to be who they say. */
export interface AuthenticationOptions {
  readonly configuration: AuthenticationConfiguration;
  /** Whence the configuration is, where it is from a file. */
  readonly file?: ConfigurationFile;
  /** Whoever shows nothing. */
  readonly anonymous: AnonymousConfiguration;
  /** That issuers may sign with. */
  readonly algorithms: readonly string[];
}

/** How files are read that flags name. */
interface FileReader {
  /** Throws the file system's errors. */
  readonly read: (path: string) => string;
  readonly readLater: (path: string) => Promise<string>;
}

type Flags = Readonly<Record<string, string>>;

/**
 * What upstream's flags say of authentication. Throws an Error for what cannot be followed.
 * Upstream: pkg/kubeapiserver/options/authentication.go#ToAuthenticationConfig
 */
export function authenticationOptions(flags: Flags, files: FileReader): AuthenticationOptions {
  const path = flags["authentication-config"] ?? "";
  return path === "" ? optionsOfFlags(flags, files) : optionsOfFile(path, flags, files);
}

function optionsOfFlags(flags: Flags, files: FileReader): AuthenticationOptions {
  const issuer = issuerOfFlags(flags, files.read);
  return {
    configuration: { jwt: issuer ? [issuer] : [] },
    anonymous: { enabled: flags["anonymous-auth"] !== "false" },
    algorithms: algorithmsOf(flags),
  };
}

function optionsOfFile(path: string, flags: Flags, files: FileReader): AuthenticationOptions {
  if (hasOidcFlags(flags)) throw new Error("authentication-config file and oidc-* flags are mutually exclusive");
  const { text, configuration } = readConfiguration(path, files);
  const { anonymous } = configuration;
  if (anonymous && flags["anonymous-auth"] !== undefined)
    throw new Error(
      "anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file",
    );
  return {
    configuration,
    file: { path, text, read: () => files.readLater(path) },
    anonymous: anonymous ?? { enabled: flags["anonymous-auth"] !== "false" },
    algorithms: SIGNING_ALGORITHMS,
  };
}

function readConfiguration(path: string, files: FileReader) {
  try {
    const text = files.read(path);
    return { text, configuration: decodeAuthenticationConfiguration(text) };
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
