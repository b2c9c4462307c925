import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { Dingi, failureOf, PROGRAM, ROOT } from "./dingi.ts";
import { until } from "./until.ts";

const run = promisify(execFile);
const skip = process.getuid?.() === 0 ? false : "needs root";
const NOBODY = 65534;

async function canBeReadByAll(path: string): Promise<boolean> {
  const argv = ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups", "test", "-r", path];
  return await run("setpriv", argv).then(
    () => true,
    () => false,
  );
}

test("without root, up ends with exit code 1 and the exact sudo line", { skip }, async (t) => {
  await access(PROGRAM, constants.X_OK);
  if (!(await canBeReadByAll(join(ROOT, "package.json")))) return t.skip("others may not read this clone");
  const home = await mkdtemp(join(tmpdir(), "dingi-nobody-"));
  try {
    const env = { PATH: process.env["PATH"], HOME: home, DINGI_HOME: join(home, "dingi") };
    const words = [
      "--reuid",
      String(NOBODY),
      "--regid",
      String(NOBODY),
      "--clear-groups",
      PROGRAM,
      "up",
      "--nodes",
      "2",
    ];
    const { code, stderr } = await failureOf("setpriv", words, env);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^ {2}sudo DINGI_HOME=${home}/dingi \\./dingi up --nodes 2$`, "m"));
    assert.match(stderr, /^ {2}\.\/dingi up --nodes 2 --runtime simulated$/m);
  } finally {
    await rm(home, { recursive: true });
  }
});

test("a port that is taken is told with its owner, and nothing is started", { skip }, async () => {
  await using dingi = await Dingi.create("port");
  await dingi.up("--runtime", "simulated");
  const port = Number(new URL(dingi.server).port);
  await dingi.run("stop", "--name", "port");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  try {
    assert.equal((server.address() as AddressInfo).port, port);
    const { code, stderr } = await dingi.fail("up", "--name", "port");
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`Port ${port} of "127\\.0\\.0\\.1" is already in use by ".*" \\(process ${process.pid}\\)`),
    );
    assert.equal((await dingi.status()).phase, "stopped");
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  await dingi.up();
  assert.equal((await dingi.status()).phase, "running");
});

test("no space for the store: a clear refusal, nothing acknowledged lost, and on it goes", { skip }, async () => {
  const directory = await mkdtemp(join(tmpdir(), "dingi-full-"));
  const resize = (kib: number) => run("mount", ["-o", `remount,size=${kib}k`, directory]);
  await run("mount", ["-t", "tmpfs", "-o", "size=700m", "tmpfs", directory]);
  try {
    await using dingi = Dingi.inDirectory("full", directory);
    await dingi.up("--runtime", "simulated");
    const { core } = dingi;
    const data = { a: "x".repeat(50_000) };
    const create = (name: string) =>
      core.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name }, data } });
    const names = async () =>
      (await core.listNamespacedConfigMap({ namespace: "default" })).items.flatMap(({ metadata }) => metadata!.name!);

    await resize((await usedKib(directory)) + 1_000);
    const acknowledged: string[] = [];
    let refusal = "";
    for (let i = 0; i < 100 && refusal === ""; i++) {
      await create(`full-${i}`).then(
        () => acknowledged.push(`full-${i}`),
        (error: { body?: string; message: string }) => (refusal = error.body ?? error.message),
      );
    }
    assert.ok(acknowledged.length > 0);
    assert.match(refusal, /No space is left for the store/);
    assert.deepEqual(missing(acknowledged, await names()), [], "it still answers");

    process.kill(await dingi.pidOf("control-plane"), "SIGKILL");
    await resize(700 * 1024);
    const after = await until("The control plane", names);
    assert.deepEqual(missing(acknowledged, after), []);
    await until("A write", () => create("full-after"));
  } finally {
    await run("umount", [directory]);
    await rm(directory, { recursive: true });
  }
});

function missing(wanted: readonly string[], present: readonly string[]): readonly string[] {
  return wanted.filter((name) => !present.includes(name));
}

async function usedKib(directory: string): Promise<number> {
  const { stdout } = await run("df", ["-k", "--output=used", directory]);
  return Number(stdout.trim().split("\n").at(-1));
}
