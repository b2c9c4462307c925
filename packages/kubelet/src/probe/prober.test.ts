import assert from "node:assert/strict";
import { createServer as createHttp, type RequestListener } from "node:http";
import { createServer as createHttp2, type ServerHttp2Stream } from "node:http2";
import { createServer as createHttps } from "node:https";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { test, type TestContext } from "node:test";
import { createCertificateAuthority } from "@dingi/component-base";
import { RuntimeError, type ContainerRuntime } from "@dingi/cri";
import type { V1Container, V1Probe } from "@dingi/api";
import { FakeClock, seededRandom, settle } from "@dingi/base";
import type { Host } from "../host/host.ts";
import { Prober } from "./prober.ts";

const HOST = "127.0.0.1";

function proberWith(execSync: ContainerRuntime["runtime"]["execSync"] = () => Promise.reject(new Error("unused"))) {
  const host = {
    dial: async (address: string, port: number) => {
      const socket = connect({ host: address, port });
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      socket.once("connect", resolve).once("error", reject);
      await promise;
      return socket;
    },
  } as unknown as Host;
  return new Prober({
    host,
    cri: { runtime: { execSync } } as unknown as ContainerRuntime,
    userAgent: "kube-probe/1.37",
  });
}

async function listen(t: TestContext, server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, HOST, resolve);
  await promise;
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function ask(probe: V1Probe, { prober = proberWith(), signal = new AbortController().signal } = {}) {
  const container = { name: "main", ports: [{ name: "web", containerPort: 7 }] } as V1Container;
  return await prober.probe(probe, { container, containerId: "c1", podIp: HOST }, signal);
}

const answer: RequestListener = (request, response) => {
  const status = Number(request.url?.slice(1));
  response.writeHead(status, status === 302 ? { location: "/200" } : {});
  response.end(`${request.headers["user-agent"]} ${request.headers["x-who"] ?? ""} ${request.headers.host}`);
};

test("HTTP: what is below 400 is well, also a redirect; headers are handed on", async (t) => {
  const port = await listen(t, createHttp(answer));
  const httpHeaders = [
    { name: "X-Who", value: "me" },
    { name: "Host", value: "example.test" },
  ];
  assert.deepEqual(await ask({ httpGet: { port, path: "/200", httpHeaders } }), {
    ok: true,
    output: "kube-probe/1.37 me example.test",
  });
  assert.equal((await ask({ httpGet: { port, path: "/302" } })).ok, true);
  for (const status of [404, 503]) {
    const { ok, output } = await ask({ httpGet: { port, path: `/${status}` } });
    assert.deepEqual([ok, output], [false, `HTTP probe failed with statuscode: ${status}`]);
  }
});

test("HTTPS: anybody's certificate will do", async (t) => {
  const period = { notBefore: new FakeClock().now(), notAfter: new FakeClock().now() + 3_600_000 };
  const ca = await createCertificateAuthority({ commonName: "nobody", random: seededRandom(1), ...period });
  const { certificatePem, keyPem } = ca.issue({ subject: { commonName: "x" }, usages: ["server auth"], ...period });
  const port = await listen(t, createHttps({ cert: certificatePem, key: keyPem }, answer));
  assert.equal((await ask({ httpGet: { port, path: "/200", scheme: "HTTPS" } })).ok, true);
  assert.equal((await ask({ httpGet: { port, path: "/500", scheme: "HTTPS" } })).ok, false);
});

test("TCP: who accepts is well; a port can be named", async (t) => {
  const server = createServer((socket) => socket.on("error", () => {}));
  const port = await listen(t, server);
  assert.deepEqual(await ask({ tcpSocket: { port } }), { ok: true, output: "" });
  const named = await ask({ tcpSocket: { port: "web" } });
  assert.match(named.output, /ECONNREFUSED 127\.0\.0\.1:7/);
  assert.match((await ask({ tcpSocket: { port: "other" } })).output, /The container has no port named "other"/);
});

/** Answers the health check with a serving status, or with a failure of gRPC. */
function healthServer(statusOf: (service: string) => number | undefined): Server {
  const server = createHttp2();
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    assert.equal(headers[":path"], "/grpc.health.v1.Health/Check");
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const message = Buffer.concat(chunks).subarray(5);
      // Tag and length come first; a length above 127 takes two bytes.
      const status = statusOf(message.subarray(message.length > 129 ? 3 : 2).toString());
      if (status === undefined) {
        stream.respond({ ":status": 200, "grpc-status": "12", "grpc-message": "unknown service" }, { endStream: true });
        return;
      }
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, status]));
    });
  });
  return server;
}

test("gRPC: only one that serves is well", async (t) => {
  const long = "x".repeat(200);
  const statuses: Readonly<Record<string, number>> = { "": 1, [long]: 1, tired: 2 };
  const port = await listen(
    t,
    healthServer((service) => statuses[service]),
  );
  assert.deepEqual(await ask({ grpc: { port } }), { ok: true, output: "" });
  assert.deepEqual(await ask({ grpc: { port, service: long } }), { ok: true, output: "" });
  assert.deepEqual(await ask({ grpc: { port, service: "tired" } }), {
    ok: false,
    output: 'service unhealthy (responded with "NOT_SERVING")',
  });
  const { ok, output } = await ask({ grpc: { port, service: "nobody" } });
  assert.equal(ok, false);
  assert.match(output, /status 12: unknown service/);
});

test("a command: its exit code counts, and what it says is told", async () => {
  const run = (exitCode: number) =>
    proberWith(() => Promise.resolve({ exitCode, stdout: Buffer.from("out "), stderr: Buffer.from("err") }));
  const probe = { exec: { command: ["check"] } };
  assert.deepEqual(await ask(probe, { prober: run(0) }), { ok: true, output: "out err" });
  assert.deepEqual(await ask(probe, { prober: run(1) }), { ok: false, output: "out err" });
  const late = proberWith(() => Promise.reject(new RuntimeError("DeadlineExceeded", "command timed out")));
  assert.match((await ask(probe, { prober: late })).output, /timed out/);
});

test("who does not answer in time is not well", async (t) => {
  const port = await listen(
    t,
    createServer((socket) => void socket.on("error", () => {}).resume()),
  );
  for (const probe of [{ httpGet: { port } }, { grpc: { port } }]) {
    const stop = new AbortController();
    const asked = ask(probe, { signal: stop.signal });
    await settle();
    stop.abort(new Error("The probe took too long"));
    assert.equal((await asked).ok, false);
  }
});
