import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { startTestServer, type RawRequest, type RawResponse, type TestServer } from "./test-server.ts";
import { startWebhookServer, type WebhookServer } from "./webhook-server.ts";

/** The request of an AdmissionReview. */
export interface ReviewRequest {
  readonly uid: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: string;
  readonly object: { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } } | null;
  readonly [field: string]: unknown;
}

/** What a webhook of the tests answers, beside the uid: its response, or something else entirely. */
export type ReviewAnswerer = (request: ReviewRequest, response: ServerResponse) => object | undefined;

export interface WebhookBench extends AsyncDisposable {
  readonly api: TestServer;
  readonly hooks: WebhookServer;
  /** What each path was asked, in its order. */
  asked(path: string): readonly ReviewRequest[];
  send(request: RawRequest): Promise<RawResponse & { readonly body: Record<string, unknown> }>;
  post(url: string, body: object): Promise<RawResponse & { readonly body: Record<string, unknown> }>;
  /** Makes a configuration of one webhook; `more` goes into the webhook. */
  configure(kind: "Mutating" | "Validating", name: string, more: object): Promise<void>;
}

export const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
export const ALLOW: ReviewAnswerer = () => ({ allowed: true });
/** How a write fails whose webhook has. */
export const CALL_FAILED = "Internal error occurred: failed calling webhook";

export const configMap = (name: string, more: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  ...more,
});

/** An answer that changes the object by a JSON patch. */
export const patchOf = (...operations: object[]): object => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
});

const JSON_TYPE = { "content-type": "application/json" };

/** An API server, and webhooks at "https://hook.test/PATH". */
export async function startWebhookBench(answers: Readonly<Record<string, ReviewAnswerer>>): Promise<WebhookBench> {
  const asked: { path: string; request: ReviewRequest }[] = [];
  await using stack = new AsyncDisposableStack();
  const hooks = stack.use(
    await startWebhookServer(
      ({ url, body }, response) => {
        const path = url.slice(1).split("?")[0]!;
        const { request, apiVersion } = body as { request: ReviewRequest; apiVersion: string };
        asked.push({ path, request });
        const answer = answers[path]?.(request, response);
        if (answer === undefined) return;
        const review = { kind: "AdmissionReview", apiVersion, response: { uid: request.uid, ...answer } };
        response.setHeader("content-type", "application/json").end(JSON.stringify(review));
      },
      { dnsNames: ["hook.test", "hook.default.svc"] },
    ),
  );
  const api = stack.use(await startTestServer({ dialer: hooks.dialer }));
  const owned = stack.move();
  const send = async (request: RawRequest) => {
    const answer = await api.send({ ...request, headers: { ...JSON_TYPE, ...request.headers } });
    return { ...answer, body: answer.text.startsWith("{") ? (JSON.parse(answer.text) as Record<string, unknown>) : {} };
  };
  return {
    api,
    hooks,
    send,
    asked: (path) => asked.filter((one) => one.path === path).map(({ request }) => request),
    post: (url, body) => send({ method: "POST", url, body }),
    async configure(kind, name, more) {
      const url = `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}webhookconfigurations`;
      const { status, text } = await send({ method: "POST", url, body: configurationOf({ kind, name, more }, hooks) });
      assert.equal(status, 201, text);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Configuration {
  readonly kind: string;
  readonly name: string;
  readonly more: object;
}

function configurationOf({ kind, name, more }: Configuration, { caBundle }: WebhookServer): object {
  const webhook = {
    name: `${name}.hook.test`,
    clientConfig: { url: `https://hook.test/${name}`, caBundle },
    rules: [{ operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] }],
    // Not what the server itself writes.
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "default" } },
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    ...more,
  };
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${kind}WebhookConfiguration`,
    metadata: { name },
    webhooks: [webhook],
  };
}
