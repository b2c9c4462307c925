import assert from "node:assert/strict";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { connect } from "node:tls";
import type { V1SubjectAccessReview } from "@dingi/api";
import { FakeClock, seededRandom, silentLogger } from "@dingi/base";
import type { Client } from "@dingi/client";
import { createCertificateAuthority } from "@dingi/component-base";
import { simulateRuntime } from "@dingi/cri";
import { SimulatedHost } from "../host/simulated/simulated-host.ts";
import type { Kubelet } from "../kubelet.ts";
import { KubeletServer } from "./kubelet-server.ts";

const validity = { notBefore: Date.parse("2020-01-01T00:00:00Z"), notAfter: Date.parse("2120-01-01T00:00:00Z") };

/** A server of a node without pods, where everybody with a certificate is allowed everything. */
async function serve() {
  const ca = await createCertificateAuthority({ commonName: "test", random: seededRandom(1), ...validity });
  const subject = { commonName: "localhost" };
  const { certificatePem: cert, keyPem: key } = ca.issue({
    subject,
    usages: ["server auth", "client auth"],
    ...validity,
  });
  const asked: unknown[] = [];
  const review = (_kind: unknown, { spec }: V1SubjectAccessReview) => {
    asked.push(spec.resourceAttributes?.subresource);
    return Promise.resolve({ status: { allowed: true } });
  };
  const clock = new FakeClock();
  const cri = simulateRuntime({ clock, random: seededRandom(1), podCidr: "10.244.1.0/24" });
  const host = new SimulatedHost({ clock, name: "node" });
  const server = new KubeletServer({
    kubelet: { pods: [], findPod: () => undefined, cri, host } as unknown as Kubelet,
    client: { review } as unknown as Client,
    clock,
    logger: silentLogger,
    nodeName: "node",
    cert,
    key,
    clientCa: ca.certificatePem,
  });
  const { port } = await server.listen("127.0.0.1", 0);
  const ask = async (line: string, upgrade = false) => {
    const socket = connect({
      host: "127.0.0.1",
      port,
      cert,
      key,
      ca: ca.certificatePem,
      checkServerIdentity: () => undefined,
    });
    await once(socket, "secureConnect");
    const connection = upgrade ? "Upgrade\r\nupgrade: SPDY/3.1" : "close";
    socket.write(`${line} HTTP/1.1\r\nhost: node\r\nconnection: ${connection}\r\n\r\n`);
    return await text(socket);
  };
  const close = async () => {
    await server[Symbol.asyncDispose]();
    await cri[Symbol.asyncDispose]();
  };
  return { ask, asked, cri, [Symbol.asyncDispose]: close };
}

test("A path that cannot be decoded is the client's mistake, wherever it leads", async () => {
  await using server = await serve();
  for (const path of ["/%", "/pods/%zz", "/containerLogs/default/%c3/app", "/containerLogs/%E0%A4%A/web/app"])
    assert.match(await server.ask(`GET ${path}`), /^HTTP\/1\.1 400 /, path);
  for (const path of ["/exec/default/%zz/app?command=x", "/portForward/default/%"])
    assert.match(await server.ask(`POST ${path}`, true), /^HTTP\/1\.1 400 /, path);
});

test("What is no path of the node's is not found, and never an error of its own", async () => {
  await using server = await serve();
  for (const path of [
    "/",
    "//",
    "//a:b@/",
    "/constructor",
    "/__proto__/x",
    "/containerLogs",
    "/containerLogs/a/b/c",
    "/?%zz",
  ])
    assert.match(await server.ask(`GET ${path}`), /^HTTP\/1\.1 404 /, path);
  assert.match(await server.ask("GET /pods?a=%zz"), /^HTTP\/1\.1 200 /);
});

test("Whoever asks for what has no name among subresources asks to be a proxy", async () => {
  await using server = await serve();
  for (const path of ["/stats/summary", "/constructor", "/metrics", "/exec/a/b/c"]) await server.ask(`GET ${path}`);
  assert.deepEqual(server.asked, ["stats", "proxy", "metrics"]);
});

test("What is used is told to whoever may know it", async () => {
  await using server = await serve();
  assert.match(
    await server.ask("GET /metrics/resource"),
    /^HTTP\/1\.1 200 [^]*text\/plain; version=0\.0\.4[^]*\nnode_memory_working_set_bytes 0 \d+\n[^]*\nresource_scrape_error 0\n/,
  );
  assert.match(await server.ask("GET /stats/summary"), /^HTTP\/1\.1 200 [^]*"nodeName":"node"[^]*"fs":/);
  assert.doesNotMatch(await server.ask("GET /stats/summary?only_cpu_and_memory=true"), /"fs":/);
  assert.match(await server.ask("GET /stats/constructor"), /^HTTP\/1\.1 404 /);
  assert.deepEqual(server.asked, ["metrics", "stats"]);
});

test("What cannot be measured is said, and is no failure of the node", async () => {
  await using server = await serve();
  server.cri.runtime.listPodSandboxStats = () => Promise.reject(new Error("The runtime is away"));
  assert.match(await server.ask("GET /metrics/resource"), /^HTTP\/1\.1 200 [^]*\nresource_scrape_error 1\n/);
});

test("No profile of the process is shown, below no path (CVE-2019-11248)", async () => {
  await using server = await serve();
  for (const path of ["/debug/pprof/", "/debug/pprof/goroutine", "/healthz/debug/pprof/heap", "/debug/flags/v"])
    assert.match(await server.ask(`GET ${path}`), /^HTTP\/1\.1 404 /, path);
});
