import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import type { KubeletConnections } from "../proxy/kubelet-connection.ts";
import { readKubelet } from "./read-kubelet.ts";

const LIMIT = { timeout: 20_000 };
const METRICS = "node_cpu_usage_seconds_total 1.5 2000\nnode_memory_working_set_bytes 1024 2000\n";

/** Asks a kubelet that answers so; the connection to it is closed at the end, whatever comes of it. */
async function ask(t: TestContext, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  t.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  let connection: Socket | undefined;
  const kubelets = {
    dial: async () => {
      connection = connect((server.address() as AddressInfo).port, "127.0.0.1");
      return await Promise.resolve({ connection, tls: undefined, authority: "w:10250" });
    },
  } as unknown as KubeletConnections;
  const { signal } = new AbortController();
  try {
    return await readKubelet("w", kubelets, { services: undefined as never, signal });
  } finally {
    assert.equal(connection?.destroyed, true);
  }
}

test("a kubelet is asked for what is used on its node", LIMIT, async (t) => {
  const asked: unknown[] = [];
  const { node } = await ask(t, ({ method, url, headers }, response) => {
    asked.push(method, url, headers.host, headers.accept);
    response.end(METRICS);
  });
  assert.deepEqual(asked, ["GET", "/metrics/resource", "w:10250", "text/plain"]);
  assert.deepEqual([node?.cpuNanoSeconds, node?.memoryBytes], [1.5e9, 1024]);
});

test("a kubelet that refuses has told nothing", LIMIT, async (t) => {
  const message = 'The kubelet of node "w" answered with status 401';
  await assert.rejects(
    ask(t, (_, response) => response.writeHead(401).end(METRICS)),
    { message },
  );
});

test("a kubelet that says too much is not listened to", LIMIT, async (t) => {
  const message = "The kubelet's answer is longer than 8388608 bytes";
  const answer = (bytes: number) =>
    ask(t, (_, response) => {
      response.on("error", () => {});
      response.end(Buffer.alloc(bytes, "\n"));
    });
  await answer(8 * 1024 * 1024);
  await assert.rejects(answer(8 * 1024 * 1024 + 1), { message });
});

test("a kubelet that goes away is an error", LIMIT, async (t) => {
  await assert.rejects(
    ask(t, (request) => request.socket.destroy()),
    { code: "ECONNRESET" },
  );
});
