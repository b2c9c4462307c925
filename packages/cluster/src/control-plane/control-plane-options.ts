import type { Logger } from "@dingi/base";
import type { Client } from "@dingi/client";
import type { ClusterPki } from "@dingi/component-base";
import type { ClusterConfig } from "../config/cluster-config.ts";

export interface ControlPlaneOptions {
  readonly config: ClusterConfig;
  readonly pki: ClusterPki;
  readonly storeDirectory: string;
  /** The file in which the embedded store notes what it acknowledged. */
  readonly storeMark: string;
  readonly logger: Logger;
  /** The cluster's own encryption configuration, made when it is missing. */
  readonly encryptionFile: string;
  /** Where the audit log is, unless a flag says otherwise. */
  readonly logDirectory: string;
  /** A socket that listens in the fabric, inherited by this number. */
  readonly fabricFd?: number;
  /** Ends the process: a part of it cannot go on. */
  readonly onFailure: (error: unknown) => void;
}

export type ClientFactory = (
  user: { readonly name: string; readonly groups?: readonly string[] },
  userAgent: string,
) => Client;
