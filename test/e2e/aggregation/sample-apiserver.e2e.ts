// Upstream's sample-apiserver, unmodified, behind our API server, and upstream's kubectl in front of it. On loopback; needs no root.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { APIService, EndpointSlice, Namespace, Service } from "@dingi/api";
import type { Client } from "@dingi/client";
import { Etcd, whyNoEtcd } from "../../upstream/etcd.ts";
import { upstreamProgram } from "../../upstream/versions.ts";
import { until } from "../cluster/until.ts";
import { startCoreServer, type CoreServer } from "./core-server.ts";

const absent = ["sample-apiserver", "kubectl"].find((name) => !existsSync(upstreamProgram(name)));
const skip = absent ? `build it with node test/upstream/build.ts ${absent}` : whyNoEtcd();

const ADDRESS = "10.244.0.9";
const KUBECTL_MS = 30_000;
const PLACE = { namespace: "wardle", name: "api" };
const NAME = { namespace: "", name: "v1alpha1.wardle.example.com" };
const FLUNDER = JSON.stringify({
  apiVersion: "wardle.example.com/v1alpha1",
  kind: "Flunder",
  metadata: { name: "one", namespace: "default", labels: { sea: "north" } },
});

let core: CoreServer;
let admin: Client;
let etcd: Etcd;
let sample: ChildProcess | undefined;
let port: number;

before(async () => {
  if (skip !== false) return;
  port = await freePort();
  etcd = await Etcd.start({ fsync: false });
  core = await startCoreServer({ address: ADDRESS, port, dnsName: "api.wardle.svc" });
  admin = core.api.client({ name: "admin", groups: ["system:masters"] }, "test");
  await register();
  startSample();
});

after(async () => {
  if (skip !== false) return;
  await stopSample();
  await core?.[Symbol.asyncDispose]();
  await etcd?.[Symbol.asyncDispose]();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

async function register(): Promise<void> {
  await admin.create(Namespace, { metadata: { name: PLACE.namespace } });
  const ports = [{ port: 443, protocol: "TCP", targetPort: 8443 }];
  await admin.create(Service, { metadata: PLACE, spec: { ports } });
  await admin.create(EndpointSlice, {
    metadata: { ...PLACE, labels: { "kubernetes.io/service-name": PLACE.name } },
    addressType: "IPv4",
    endpoints: [{ addresses: [ADDRESS], conditions: { ready: true } }],
    ports: [{ name: "", port: 8443, protocol: "TCP" }],
  });
  await admin.create(APIService, {
    metadata: { name: NAME.name },
    spec: {
      group: "wardle.example.com",
      version: "v1alpha1",
      service: { ...PLACE, port: 443 },
      caBundle: core.backend.caBundle,
      groupPriorityMinimum: 2000,
      versionPriority: 200,
    },
  });
}

function startSample(): void {
  const { kubeconfig, backend } = core;
  const flags = [
    `--etcd-servers=${etcd.url}`,
    `--secure-port=${port}`,
    "--bind-address=127.0.0.1",
    ...["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map((name) => `--${name}=${kubeconfig}`),
    `--tls-cert-file=${backend.certFile}`,
    `--tls-private-key-file=${backend.keyFile}`,
  ];
  const stderr = process.env["SHOW_SAMPLE"] ? "inherit" : "ignore";
  sample = spawn(upstreamProgram("sample-apiserver"), flags, { stdio: ["ignore", "ignore", stderr] });
}

async function stopSample(): Promise<void> {
  if (!sample || sample.exitCode !== null) return;
  const ended = once(sample, "exit");
  sample.kill("SIGKILL");
  await ended;
}

const condition = async () => (await admin.get(APIService, NAME)).status.conditions?.[0];

/** Not waited for in this thread: the server that it asks is in it. */
async function kubectl(
  args: readonly string[],
  input = "",
): Promise<{ readonly code: number | null; readonly out: string }> {
  const env = { KUBECONFIG: core.kubeconfig, HOME: core.home };
  const child = spawn(upstreamProgram("kubectl"), args, { env, timeout: KUBECTL_MS });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out };
}

async function must(args: readonly string[], input?: string): Promise<string> {
  const { code, out } = await kubectl(args, input);
  assert.equal(code, 0, `kubectl ${args.join(" ")}: ${out}`);
  return out;
}

const says = async (args: readonly string[], text: string): Promise<boolean> =>
  (await kubectl(args)).out.includes(text);

test("it becomes available once it answers", { skip }, async () => {
  const passed = await until("availability", async () => {
    const found = await condition();
    return found?.status === "True" ? found : undefined;
  });
  assert.equal(passed.message, "all checks passed");
  assert.match(await must(["get", "apiservices", NAME.name]), /^v1alpha1\.wardle\.example\.com +wardle\/api +True /m);
});

test("its kinds are discovered and explained as those of the core", { skip }, async () => {
  await until("discovery", () => says(["api-resources", "--api-group=wardle.example.com"], "flunders"));
  assert.match(
    await must(["api-resources", "--api-group=wardle.example.com"]),
    /^flunders .* wardle\.example\.com\/v1alpha1 +true +Flunder$/m,
  );
  await until("the schema", () => says(["explain", "flunder.spec"], "KIND:       Flunder"));
  assert.match(await must(["api-versions"]), /^wardle\.example\.com\/v1alpha1$/m);
});

test("its objects are made, listed, watched, patched and removed through ours", { skip }, async () => {
  assert.match(await must(["create", "-f", "-"], FLUNDER), /flunder\.wardle\.example\.com\/one created/);
  assert.match(await must(["get", "flunders", "-A", "-l", "sea=north"]), /^default +one /m);
  assert.match(await must(["label", "flunder", "one", "sea=south", "--overwrite"]), /labeled/);
  assert.match(await must(["apply", "--server-side", "--force-conflicts", "-f", "-"], FLUNDER), /serverside-applied/);
  assert.match(await must(["get", "flunder", "one", "-o", "jsonpath={.metadata.labels.sea}"]), /^north$/m);
  assert.match((await kubectl(["get", "flunder", "-w", "--request-timeout=1s"])).out, /^one /m);
  assert.match(await must(["delete", "flunder", "one"]), /"one" deleted/);
  assert.match((await kubectl(["get", "flunder", "one"])).out, /NotFound/);
});

test("it asks ours who may do what, and is told who asks", { skip }, async () => {
  const asNobody = ["--as=nobody", "--as-group=system:authenticated"];
  assert.match(
    (await kubectl(["get", "flunders", ...asNobody])).out,
    /User "nobody" cannot list resource "flunders" in API group "wardle\.example\.com"/,
  );
  await must(["create", "clusterrole", "fisher", "--verb=list", "--resource=flunders.wardle.example.com"]);
  await must(["create", "clusterrolebinding", "fisher", "--clusterrole=fisher", "--user=nobody"]);
  assert.match(await must(["get", "flunders", ...asNobody]), /No resources found/);
});

test("it is unavailable when it is gone, and available when it is back", { skip }, async () => {
  await stopSample();
  const failed = await until("the failure", async () => {
    const found = await condition();
    return found?.reason === "FailedDiscoveryCheck" ? found : undefined;
  });
  assert.match(failed.message ?? "", /connection refused$/);
  assert.match((await kubectl(["get", "flunders"])).out, /currently unable to handle the request/);
  assert.match(await must(["get", "namespaces"]), /^wardle /m);
  startSample();
  await until("availability", async () => (await condition())?.status === "True");
});
