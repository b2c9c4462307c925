import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { FakeClock } from "@dingi/base";
import type { ContainerRuntime } from "@dingi/cri";
import type { V1LifecycleHandler, V1Pod } from "@dingi/api";
import { dialingHost } from "../host/dialing-host-fixture.ts";
import { runHook } from "./lifecycle-hooks.ts";

const LOOPBACK = "127.0.0.1";

async function serve(t: TestContext, answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, LOOPBACK, resolve);
  await promise;
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function run(handler: V1LifecycleHandler) {
  const events: string[] = [];
  const host = dialingHost();
  await runHook(handler, {
    cri: {} as ContainerRuntime,
    host,
    clock: new FakeClock(),
    events: { pod: (_pod, type, reason, message) => events.push(`${type} ${reason}: ${message}`), container: () => {} },
    kubeVersion: "1.37",
    pod: { metadata: { name: "web", namespace: "default", uid: "uid" } } as V1Pod,
    container: { name: "main" },
    containerId: "c",
    podIp: LOOPBACK,
    signal: new AbortController().signal,
  });
  return events;
}

test("a hook that answers has run, whatever it answers", async (t) => {
  const agents: (string | undefined)[] = [];
  const port = await serve(t, (request, response) => {
    agents.push(request.headers["user-agent"]);
    response.writeHead(503).end();
  });
  assert.deepEqual(await run({ httpGet: { port, path: "/stop" } }), []);
  assert.deepEqual(agents, ["kube-lifecycle/1.37"]);
});

test("a hook that nobody answers has failed, and why is told as upstream tells it", async () => {
  await assert.rejects(run({ httpGet: { port: 7, path: "/stop" } }), {
    message:
      'HTTP lifecycle hook (/stop) for Container "main" in Pod "web_default(uid)" failed - error: Get "http://127.0.0.1:7/stop": dial tcp 127.0.0.1:7: connect: connection refused',
  });
});

test("a hook that says HTTPS and serves HTTP is asked again without what is confidential", async (t) => {
  const seen: (string | undefined)[] = [];
  const port = await serve(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.end();
  });
  const httpHeaders = [{ name: "Authorization", value: "secret" }];
  assert.deepEqual(await run({ httpGet: { port, scheme: "HTTPS", httpHeaders } }), [
    `Warning LifecycleHTTPFallback: request to HTTPS lifecycle hook ${LOOPBACK}:${port} got HTTP response, retry with HTTP succeeded`,
  ]);
  assert.deepEqual(seen, [undefined]);
});
