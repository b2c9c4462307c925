import assert from "node:assert/strict";
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { type AptOptions, InstallError, installPackages } from "./apt.ts";

/** A folder with an apt-get that notes how it was called, and what the policy says about services meanwhile. */
async function setup(t: TestContext, options: { lists?: boolean; script?: string } = {}) {
  const root = await mkdtemp(join(tmpdir(), "dingi-apt-"));
  t.after(() => rm(root, { recursive: true }));
  const [policyPath, program, lists, log] = ["policy-rc.d", "apt-get", "lists", "log"].map((name) =>
    join(root, name),
  ) as [string, string, string, string];
  await mkdir(lists);
  if (options.lists ?? true) await writeFile(join(lists, "deb_main_binary-amd64_Packages.lz4"), "");
  const script = `#!/bin/sh
while [ "$1" = -o ]; do shift 2; done
[ "$1" != -q ] || shift
services=none
if [ "$1" = install ]; then ${policyPath} containerd start; services=$?; fi
echo "$* [policy $services]" >> ${log}
${options.script ?? ""}`;
  await writeFile(program, script, { mode: 0o755 });
  const steps: string[] = [];
  const apt: AptOptions = { listsDirectory: lists, policyPath, program, onStep: (step) => steps.push(step) };
  return { apt, steps, policyPath, calls: async () => (await readFile(log, "utf8")).trim().split("\n") };
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

test("installs without removing anything, and with services kept down", async (t) => {
  const { apt, steps, policyPath, calls } = await setup(t);
  await installPackages(["containerd", "crun"], apt);
  assert.deepEqual(await calls(), ["install --yes --no-remove --no-install-recommends containerd crun [policy 101]"]);
  assert.deepEqual(steps, ["Installing containerd and crun"]);
  assert.equal(await exists(policyPath), false);
});

test("fetches the lists first when there are none", async (t) => {
  const { apt, steps, calls } = await setup(t, { lists: false });
  await installPackages(["crun"], apt);
  assert.match((await calls())[0]!, /^update/);
  assert.deepEqual(steps, ["Fetching the lists of packages", "Installing crun"]);
});

test("fetches the lists and tries again when the first try fails", async (t) => {
  const { apt, calls } = await setup(t, {
    script: `if [ "$1" = install ] && ! grep -q ^update "$(dirname "$0")/log"; then exit 100; fi`,
  });
  await installPackages(["crun"], apt);
  assert.deepEqual(
    (await calls()).map((call) => call.split(" ")[0]),
    ["install", "update", "install"],
  );
});

test("shows apt's own words when it refuses, and takes the policy away", async (t) => {
  const { apt, policyPath } = await setup(t, {
    script: 'echo "E: Packages need to be removed but remove is disabled." >&2; exit 100',
  });
  await assert.rejects(installPackages(["containerd"], apt), (error: Error) => {
    assert.ok(error instanceof InstallError);
    assert.match(error.message, /did not install containerd.*\n\n {2}E: Packages need to be removed/);
    return true;
  });
  assert.equal(await exists(policyPath), false);
});

test("a policy of the administrator's stays as it is, and still no service starts", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("needs root for a mount namespace");
  const { apt, policyPath, calls } = await setup(t);
  await writeFile(policyPath, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  await installPackages(["crun"], apt);
  assert.match((await calls())[0]!, /policy 101/);
  assert.equal(await readFile(policyPath, "utf8"), "#!/bin/sh\nexit 0\n");
});

test("a policy left behind by a crash refuses nobody else", async (t) => {
  const { apt, policyPath, calls } = await setup(t, { script: `cp ${"$(dirname $0)"}/policy-rc.d $(dirname $0)/left` });
  await installPackages(["crun"], apt);
  await calls();
  const { run } = await import("../machine/command.ts");
  await run([join(policyPath, "../left"), "containerd", "start"]);
});

test("nothing missing calls nobody", async () => {
  await installPackages([], { program: "/nonexistent" });
});
