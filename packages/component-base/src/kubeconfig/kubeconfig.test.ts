import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { FakeClock, settle } from "@dingi/base";
import {
  kubeconfigPaths,
  kubeconfigPathToWrite,
  mergeIntoKubeconfig,
  removeFromKubeconfig,
} from "./kubeconfig-file.ts";
import { buildKubeconfig, parseKubeconfig } from "./kubeconfig.ts";

const root = mkdtempSync(join(tmpdir(), "dingi-kubeconfig-"));
after(() => rmSync(root, { recursive: true }));
const clock = new FakeClock();
const entry = {
  name: "dingi",
  server: "https://127.0.0.1:6443",
  certificateAuthorityPem: "ca",
  credentials: { certificatePem: "certificate", keyPem: "key" },
};
const THEIRS = `apiVersion: v1
kind: Config
preferences: {}
clusters:
- name: work
  cluster:
    server: https://work.example:6443
    insecure-skip-tls-verify: yes
users:
- name: me
  user:
    auth-provider:
      config: {expiry: 2026-01-01T00:00:00Z, "id": "0123", when: "yes"}
    exec: {command: login, args: ["--port", "1e3"], env: null}
contexts:
- name: work
  context: {cluster: work, user: me, namespace: team}
current-context: work
extensions:
- name: other.example
  extension: {count: 3}
`;

suite("kubeconfig", () => {
  test("one that is built names the cluster, the user and the context", () => {
    assert.deepEqual(parseKubeconfig(buildKubeconfig({ ...entry, namespace: "apps" })), {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name: "dingi", cluster: { server: "https://127.0.0.1:6443", "certificate-authority-data": "Y2E=" } },
      ],
      users: [{ name: "dingi", user: { "client-certificate-data": "Y2VydGlmaWNhdGU=", "client-key-data": "a2V5" } }],
      contexts: [{ name: "dingi", context: { namespace: "apps", cluster: "dingi", user: "dingi" } }],
      "current-context": "dingi",
    });
    const token = parseKubeconfig(buildKubeconfig({ ...entry, credentials: { token: "secret" } }));
    assert.deepEqual(token["users"], [{ name: "dingi", user: { token: "secret" } }]);
  });

  test("merging and removing leaves what was there as kubectl understands it", async () => {
    const path = join(root, "theirs");
    writeFileSync(path, THEIRS, { mode: 0o640 });
    const before = parseKubeconfig(THEIRS);
    await mergeIntoKubeconfig(entry, { path, clock });
    const merged = parseKubeconfig(readFileSync(path, "utf8"));
    assert.equal(merged["current-context"], "dingi");
    assert.equal((merged["contexts"] as unknown[]).length, 2);
    assert.match(
      readFileSync(path, "utf8"),
      /insecure-skip-tls-verify: true\n.*expiry: '2026-01-01T00:00:00Z'\n.*id: '0123'\n.*when: 'yes'/s,
    );
    assert.equal(await removeFromKubeconfig("dingi", { path, clock }), true);
    assert.deepEqual(parseKubeconfig(readFileSync(path, "utf8")), { ...before, "current-context": "" });
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.equal(await removeFromKubeconfig("dingi", { path, clock }), false);
  });

  test("merging again updates in place, keeps the chosen namespace and writes nothing needlessly", async () => {
    const path = join(root, "again");
    await mergeIntoKubeconfig(entry, { path, clock });
    await mergeIntoKubeconfig({ ...entry, name: "dingi-two" }, { path, clock });
    const config = parseKubeconfig(readFileSync(path, "utf8"));
    const chosen = readFileSync(path, "utf8").replace("cluster: dingi\n", "cluster: dingi\n      namespace: mine\n");
    writeFileSync(path, chosen);
    await mergeIntoKubeconfig({ ...entry, server: "https://127.0.0.1:7443" }, { path, clock });
    const again = parseKubeconfig(readFileSync(path, "utf8"));
    assert.deepEqual(again["contexts"], [
      { name: "dingi", context: { namespace: "mine", cluster: "dingi", user: "dingi" } },
      (config["contexts"] as unknown[])[1],
    ]);
    const { ino } = statSync(path);
    await mergeIntoKubeconfig({ ...entry, server: "https://127.0.0.1:7443" }, { path, clock });
    assert.equal(statSync(path).ino, ino);
  });

  test("a new file is for its owner only, and a link stays a link", async () => {
    const path = join(root, "home", ".kube", "config");
    await mergeIntoKubeconfig(entry, { path, clock });
    assert.deepEqual([statSync(path).mode & 0o777, readdirSync(join(root, "home", ".kube"))], [0o600, ["config"]]);
    const link = join(root, "link");
    symlinkSync(path, link);
    await mergeIntoKubeconfig({ ...entry, name: "other" }, { path: link, clock });
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.match(readFileSync(path, "utf8"), /name: other/);
  });

  test("under sudo files belong to the calling user, and who owned a file goes on to own it", async (t) => {
    if (process.getuid?.() !== 0) return t.skip("only root can give files away");
    const path = join(root, "sudo", ".kube", "config");
    await mergeIntoKubeconfig(entry, { path, clock, owner: { uid: 1234, gid: 2345 } });
    for (const made of [path, join(root, "sudo", ".kube"), join(root, "sudo")]) {
      assert.deepEqual([statSync(made).uid, statSync(made).gid], [1234, 2345]);
    }
    chownSync(path, 4321, 5432);
    chmodSync(path, 0o644);
    await mergeIntoKubeconfig({ ...entry, name: "other" }, { path, clock, owner: { uid: 1234, gid: 2345 } });
    const { uid, gid, mode } = statSync(path);
    assert.deepEqual([uid, gid, mode & 0o777], [4321, 5432, 0o644]);
  });

  test("what is no kubeconfig is an error and stays as it is", async () => {
    for (const text of ["a: [", "just text", "- a list", "clusters: {}", "a: 1\n---\nb: 1"]) {
      const path = join(root, "broken");
      writeFileSync(path, text);
      await assert.rejects(
        mergeIntoKubeconfig(entry, { path, clock }),
        /cannot be read and was left as it is; mend it/,
      );
      assert.equal(readFileSync(path, "utf8"), text);
      assert.equal(existsSync(`${path}.lock`), false);
    }
  });

  test("kubectl's lock is waited for, then named", async () => {
    const path = join(root, "locked");
    writeFileSync(`${path}.lock`, "");
    const locked = /is locked; if no kubectl is running, delete ".*\.lock"/;
    await assert.rejects(withTime(mergeIntoKubeconfig(entry, { path, clock })), locked);
    const waiting = mergeIntoKubeconfig(entry, { path, clock });
    while (clock.pending === 0) await settle();
    rmSync(`${path}.lock`);
    await withTime(waiting);
    assert.ok(existsSync(path));
  });

  test("KUBECONFIG may name several files: new contexts go where kubectl would put them", async () => {
    assert.deepEqual(kubeconfigPaths({ home: "/home/me" }), ["/home/me/.kube/config"]);
    const paths = kubeconfigPaths({
      kubeconfig: `${root}/none::${root}/theirs:${root}/none2:${root}/none`,
      home: "/home/me",
    });
    assert.deepEqual(paths, [`${root}/none`, `${root}/theirs`, `${root}/none2`]);
    writeFileSync(join(root, "theirs"), THEIRS);
    assert.equal(await kubeconfigPathToWrite(paths), `${root}/theirs`);
    assert.equal(await kubeconfigPathToWrite([`${root}/none`, `${root}/none2`]), `${root}/none2`);
  });
});

/** Moves the clock whenever something sleeps: between the sleeps are real file operations. */
async function withTime<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const done = () => (settled = true);
  promise.then(done, done);
  while (!settled) await (clock.pending > 0 ? clock.advance(50) : settle());
  return promise;
}
