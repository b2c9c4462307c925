import { canonicalize, s, type Draft, type KubeObject, type StructSchema } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../admission/attributes.ts";
import { pass } from "../admission/gate.ts";
import type { ActionCall } from "../endpoints/action.ts";
import { CallContext } from "../endpoints/call-context.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { isTrue } from "../routing/request-info.ts";

/** What a connection is asked for with: an object that is never written anywhere, out of the request's query. */
interface ConnectOptions {
  readonly kind: string;
  readonly schema: StructSchema;
  read(query: URLSearchParams, call: ActionCall): object;
}

const typeMeta = [
  s.field("kind", 0, s.string, { omitempty: true }),
  s.field("apiVersion", 0, s.string, { omitempty: true }),
];
const omitempty = { omitempty: true };

const streams = () => [
  ...typeMeta,
  s.field("stdin", 1, s.bool, omitempty),
  s.field("stdout", 2, s.bool, omitempty),
  s.field("stderr", 3, s.bool, omitempty),
  s.field("tty", 4, s.bool, omitempty),
  s.field("container", 5, s.string, omitempty),
];

function readStreams(query: URLSearchParams): object {
  const flags = ["stdin", "stdout", "stderr", "tty"].filter((name) => isTrue(query.get(name)));
  return { ...Object.fromEntries(flags.map((name) => [name, true])), container: query.get("container") ?? "" };
}

const proxied = (kind: string): ConnectOptions => ({
  kind,
  schema: s.struct(kind, () => [...typeMeta, s.field("path", 1, s.string, omitempty)]),
  read: (_query, { info }) => ({ path: proxiedPath(info.path) }),
});

const PROXY_PATH = /^\/+api\/+[^/]+\/+(?:namespaces\/+[^/]+\/+)?[^/]+\/+[^/]+\/+proxy(\/.*)?$/;

/** What follows the subresource. Upstream: apiserver/pkg/endpoints/handlers/rest.go#getRequestOptions */
const proxiedPath = (path: string): string => PROXY_PATH.exec(path)?.[1] ?? "";

/** By resource and subresource. Upstream: pkg/registry/core/pod/rest/subresources.go#NewConnectOptions */
const OPTIONS: Readonly<Record<string, ConnectOptions>> = {
  "pods/exec": {
    kind: "PodExecOptions",
    schema: s.struct("PodExecOptions", () => [...streams(), s.field("command", 6, s.list(s.string))]),
    read: (query) => ({ ...readStreams(query), command: query.getAll("command") }),
  },
  "pods/attach": {
    kind: "PodAttachOptions",
    schema: s.struct("PodAttachOptions", streams),
    read: readStreams,
  },
  "pods/portforward": {
    kind: "PodPortForwardOptions",
    schema: s.struct("PodPortForwardOptions", () => [...typeMeta, s.field("ports", 1, s.list(s.int32), omitempty)]),
    read: (query) => ({
      ports: query
        .getAll("ports")
        .flatMap((text) => text.split(","))
        .filter(Boolean)
        .map(Number),
    }),
  },
  "pods/proxy": proxied("PodProxyOptions"),
  "services/proxy": proxied("ServiceProxyOptions"),
  "nodes/proxy": proxied("NodeProxyOptions"),
};

/** Before anybody looks whether there is something to connect to. Upstream: apiserver/pkg/endpoints/handlers/rest.go#ConnectResource */
export async function admitConnect(call: ActionCall, services: EndpointServices): Promise<void> {
  const { info, request } = call;
  const { kind, schema, read } = OPTIONS[`${info.resource}/${info.subresource}`]!;
  const objectKind: AdmissionAttributes["objectKind"] = { apiVersion: "v1", kind, schema };
  const object = canonicalize(schema, read(request.query, call)) as Draft<KubeObject>;
  const { admission } = new CallContext(call, services, { dryRun: false });
  await pass(admission, { operation: "CONNECT", object, objectKind, options: null });
}
