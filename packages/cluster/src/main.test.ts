import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { seededRandom } from "@dingi/base";
import { createCertificateAuthority } from "@dingi/component-base";
import { writeConfig } from "./config/cluster-config.ts";
import { clusterPaths } from "./config/paths.ts";

const MAIN = fileURLToPath(import.meta.resolve("./main.ts"));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as a user without any cluster starts it. */
async function newcomer(t: TestContext) {
  const home = await mkdtemp(join(tmpdir(), "dingi-newcomer-"));
  t.after(() => rm(home, { recursive: true }));
  const env = { ...process.env, HOME: home, DINGI_HOME: join(home, "dingi"), KUBECONFIG: join(home, "kubeconfig") };
  const dingi = (...argv: readonly string[]) =>
    new Promise<Outcome>((resolve) => {
      execFile(process.execPath, [MAIN, ...argv], { env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  return { home, dingi, paths: (name: string) => clusterPaths(name, env) };
}

test("kubectl's help is there before a cluster is, and nothing else of it", async (t) => {
  const { dingi } = await newcomer(t);
  const [help, ofCommand, ofAnother] = await Promise.all([
    dingi("kubectl", "--help"),
    dingi("kubectl", "get", "-h"),
    dingi("kubectl", "exec", "pod", "--", "ls", "--help"),
  ]);
  assert.deepEqual([help.code, ofCommand.code, ofAnother.code], [0, 0, 1], help.stderr + ofCommand.stderr);
  assert.match(help.stdout, /port-forward/);
  assert.match(ofCommand.stdout, /--output/);
  assert.match(ofAnother.stderr, /^dingi: There is no cluster "dingi"/);
});

const WRONG: readonly (readonly [argv: readonly string[], says: RegExp])[] = [
  [["--store", "paper"], /^dingi: --store takes one of sqlite, memory, etcd, not "paper"$/m],
  [["--etcd-servers", "http://127.0.0.1:1"], /^dingi: Options that begin with --etcd belong to --store etcd/],
  [["--file", "absent.yml"], /^dingi: There is no file "absent.yml" to apply$/m],
];

for (const [argv, says] of WRONG)
  test(`up ${argv.join(" ")} is refused before anything is installed or made`, async (t) => {
    const { home, dingi } = await newcomer(t);
    try {
      const { code, stdout, stderr } = await dingi("up", "--runtime", "simulated", "--name", "wrong", ...argv);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, says);
      assert.deepEqual(await readdir(home), []);
    } finally {
      await dingi("delete", "--name", "wrong");
    }
  });

test("status knows one format beside its own, and refuses others", async (t) => {
  const { dingi } = await newcomer(t);
  const { code, stderr } = await dingi("status", "--output", "yaml");
  assert.equal(code, 1);
  assert.match(stderr, /Allowed choices are json/);
});

test("what is said of a cluster that does not run names it, its certificates, and what it logged", async (t) => {
  const { dingi, paths: pathsOf } = await newcomer(t);
  const paths = pathsOf("quiet");
  const network = { fabric: "127.1.0.0/24", pods: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" };
  const cluster = { name: "quiet", runtime: "simulated", store: "memory", nodes: [], nextIndex: 1 } as const;
  await writeConfig(paths.config, { ...cluster, ...network, apiPort: 6443, clusterDomain: "cluster.local", flags: {} });
  await mkdir(paths.pki);
  for (const [name, year] of [["ca", 2041] as const, ["admin", 2031] as const]) {
    const validity = { notBefore: Date.UTC(2021, 0), notAfter: Date.UTC(year, 4, 6) };
    const authority = await createCertificateAuthority({ commonName: name, random: seededRandom(1), ...validity });
    await writeFile(join(paths.pki, `${name}.crt`), authority.certificatePem);
  }
  await mkdir(paths.log);
  for (const file of ["supervisor.log", "supervisor.log.1", "supervisor.out", "control-plane.log"])
    await writeFile(join(paths.log, file), "");
  const named = (...argv: readonly string[]) => dingi(...argv, "--name", "quiet");
  const [status, add, logs] = await Promise.all([named("status"), named("node", "add"), named("logs", "scheduler")]);
  assert.match(status.stdout, /^certificates: good until 2031-05-06 \(admin\)$/m);
  assert.match(add.stderr, /^dingi: Cluster "quiet" does not run: start it with dingi up --name quiet$/m);
  assert.match(logs.stderr, /^dingi: Nothing is logged by "scheduler"; there is control-plane, supervisor$/m);
});

test("version tells of dingi and of the Kubernetes that it is held against", async (t) => {
  const { dingi } = await newcomer(t);
  assert.match((await dingi("version")).stdout, /^dingi \d+\.\d+\.\d+, Kubernetes v1\.\d+\.\d+, Node v\d+/);
});
