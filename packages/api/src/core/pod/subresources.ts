import { s, type ActionSubresource, type Schema, type Subresource } from "@dingi/apimachinery";
import { V1Eviction } from "../../policy/eviction/eviction.gen.ts";
import { V1Binding } from "../binding/binding.gen.ts";
import type { V1Pod } from "./pod.gen.ts";
import { ephemeralContainersStrategy, resizeStrategy, statusStrategy } from "./subresource-strategies.ts";

const STREAMS: Readonly<Record<string, Schema>> = {
  stdin: s.bool,
  stdout: s.bool,
  stderr: s.bool,
  tty: s.bool,
  container: s.string,
};

const LOG_OPTIONS: Readonly<Record<string, Schema>> = {
  container: s.string,
  follow: s.bool,
  previous: s.bool,
  sinceSeconds: s.int64,
  sinceTime: s.time,
  timestamps: s.bool,
  tailLines: s.int64,
  limitBytes: s.int64,
  insecureSkipTLSVerifyBackend: s.bool,
  stream: s.string,
};

const connect = (kind: string, options: Readonly<Record<string, Schema>>): ActionSubresource => ({
  type: "action",
  verbs: ["create", "get"],
  responseKind: { group: "", version: "v1", kind },
  options,
});

/** Upstream: pkg/registry/core/pod/storage/storage.go */
export const subresources: Readonly<Record<string, Subresource<V1Pod>>> = {
  attach: connect("PodAttachOptions", STREAMS),
  binding: {
    type: "action",
    verbs: ["create"],
    responseKind: { group: "", version: "v1", kind: "Binding" },
    schema: V1Binding,
  },
  ephemeralcontainers: { type: "update", strategy: ephemeralContainersStrategy },
  eviction: {
    type: "action",
    verbs: ["create"],
    responseKind: { group: "policy", version: "v1", kind: "Eviction" },
    schema: V1Eviction,
  },
  exec: connect("PodExecOptions", { ...STREAMS, command: s.list(s.string) }),
  log: {
    type: "action",
    verbs: ["get"],
    responseKind: { group: "", version: "v1", kind: "Pod" },
    options: LOG_OPTIONS,
  },
  portforward: connect("PodPortForwardOptions", { ports: s.list(s.int32) }),
  proxy: {
    type: "action",
    verbs: ["create", "delete", "get", "patch", "update"],
    responseKind: { group: "", version: "v1", kind: "PodProxyOptions" },
    options: { path: s.string },
  },
  resize: { type: "update", strategy: resizeStrategy },
  status: { type: "update", strategy: statusStrategy },
};
