import assert from "node:assert/strict";
import { createServer as createHttp, type RequestListener } from "node:http";
import { createServer as createHttp2, type ServerHttp2Stream } from "node:http2";
import { createServer as createHttps } from "node:https";
import { createServer, type AddressInfo, type Server } from "node:net";
import { test, type TestContext } from "node:test";
import { createCertificateAuthority } from "@dingi/component-base";
import { RuntimeError, type ContainerRuntime, type RuntimeErrorCode } from "@dingi/cri";
import type { V1Container, V1Probe } from "@dingi/api";
import { FakeClock, seededRandom, settle } from "@dingi/base";
import { dialingHost } from "../host/dialing-host-fixture.ts";
import { Prober } from "./prober.ts";

const HOST = "127.0.0.1";

function proberWith(execSync: ContainerRuntime["runtime"]["execSync"] = () => Promise.reject(new Error("unused"))) {
  const host = dialingHost();
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
  const container = {
    name: "main",
    ports: [{ name: "web", containerPort: 7 }],
    env: [{ name: "WHAT", value: "all" }],
  } as V1Container;
  return await prober.probe(probe, { container, containerId: "c1", podIp: HOST }, signal);
}

const answer: RequestListener = (request, response) => {
  const status = Number(request.url?.slice(1));
  response.writeHead(status, status === 302 ? { location: "http://elsewhere.test/" } : {});
  response.end(`${request.headers["user-agent"]} ${request.headers["x-who"] ?? ""} ${request.headers.host}`);
};

test("HTTP: below 300 is well, below 400 a warning, anything else a failure that tells nothing of the answer", async (t) => {
  const port = await listen(t, createHttp(answer));
  const httpHeaders = [
    { name: "X-Who", value: "me" },
    { name: "Host", value: "example.test" },
  ];
  const output = "kube-probe/1.37 me example.test";
  assert.deepEqual(await ask({ httpGet: { port, path: "/200", httpHeaders } }), { verdict: "success", output });
  assert.deepEqual(await ask({ httpGet: { port, path: "/302", httpHeaders } }), {
    verdict: "warning",
    output: `Probe terminated redirects, Response body: ${output}`,
  });
  for (const status of [404, 503]) {
    const failed = { verdict: "failure", output: `HTTP probe failed with statuscode: ${status}` };
    assert.deepEqual(await ask({ httpGet: { port, path: `/${status}` } }), failed);
  }
  assert.deepEqual(await ask({ httpGet: { port: "other" } }), { verdict: "error", output: 'port "other" not found' });
});

test("HTTPS: anybody's certificate will do", async (t) => {
  const period = { notBefore: new FakeClock().now(), notAfter: new FakeClock().now() + 3_600_000 };
  const ca = await createCertificateAuthority({ commonName: "nobody", random: seededRandom(1), ...period });
  const { certificatePem, keyPem } = ca.issue({ subject: { commonName: "x" }, usages: ["server auth"], ...period });
  const port = await listen(t, createHttps({ cert: certificatePem, key: keyPem }, answer));
  assert.equal((await ask({ httpGet: { port, path: "/200", scheme: "HTTPS" } })).verdict, "success");
  assert.equal((await ask({ httpGet: { port, path: "/500", scheme: "HTTPS" } })).verdict, "failure");
});

test("TCP: who accepts is well; a port can be named", async (t) => {
  const server = createServer((socket) => socket.on("error", () => {}));
  const port = await listen(t, server);
  assert.deepEqual(await ask({ tcpSocket: { port } }), { verdict: "success", output: "" });
  assert.deepEqual(await ask({ tcpSocket: { port: "web" } }), {
    verdict: "failure",
    output: "dial tcp 127.0.0.1:7: connect: connection refused",
  });
  assert.deepEqual(await ask({ tcpSocket: { port: "other" } }), { verdict: "error", output: 'port "other" not found' });
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
  const well = { verdict: "success", output: "service healthy" };
  assert.deepEqual(await ask({ grpc: { port } }), well);
  assert.deepEqual(await ask({ grpc: { port, service: long } }), well);
  assert.deepEqual(await ask({ grpc: { port, service: "tired" } }), {
    verdict: "failure",
    output: 'service unhealthy (responded with "NOT_SERVING")',
  });
  assert.deepEqual(await ask({ grpc: { port, service: "nobody" } }), {
    verdict: "failure",
    output: "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service",
  });
});

const check = { exec: { command: ["check", "$(WHAT)", "$(OTHER)"] } };

test("a command: its exit code counts, and what it says is told", async () => {
  const run = (exitCode: number) =>
    proberWith(() => Promise.resolve({ exitCode, stdout: Buffer.from("out "), stderr: Buffer.from("err") }));
  assert.deepEqual(await ask(check, { prober: run(0) }), { verdict: "success", output: "out err" });
  assert.deepEqual(await ask(check, { prober: run(1) }), { verdict: "failure", output: "out err" });
});

test("a command that takes too long has failed; one that cannot be run, after three tries, says nothing", async () => {
  let tries = 0;
  const failing = (code: RuntimeErrorCode) =>
    proberWith(() => {
      tries++;
      return Promise.reject(new RuntimeError(code, "no such program"));
    });
  assert.deepEqual(await ask(check, { prober: failing("DeadlineExceeded") }), {
    verdict: "failure",
    output: 'command timed out: "check all $(OTHER)" timed out after 1s',
  });
  assert.equal(tries, 1);
  assert.deepEqual(await ask(check, { prober: failing("Unknown") }), {
    verdict: "error",
    output: "rpc error: code = Unknown desc = no such program",
  });
  assert.equal(tries, 4);
});

test("who does not answer in time is not well", async (t) => {
  const port = await listen(
    t,
    createServer((socket) => void socket.on("error", () => {}).resume()),
  );
  const texts = [/^Get ".*": context deadline exceeded/, /^timeout: health rpc did not complete within 1s$/];
  for (const probe of [{ httpGet: { port } }, { grpc: { port } }]) {
    const stop = new AbortController();
    const asked = ask(probe, { signal: stop.signal });
    await settle();
    stop.abort(new Error("The probe took too long"));
    const { verdict, output } = await asked;
    assert.equal(verdict, "failure");
    assert.match(output, texts.shift()!);
  }
});
