import assert from "node:assert/strict";
import { test } from "node:test";
import { createCertificateAuthority, generateKeys, parseControllers } from "@dingi/component-base";
import { FakeClock, seededRandom } from "@dingi/base";
import { controllers } from "./controllers.ts";

async function allNames(): Promise<string[]> {
  const clock = new FakeClock();
  const validity = { notBefore: clock.now(), notAfter: clock.now() + 1000 };
  const ca = await createCertificateAuthority({ commonName: "test", random: seededRandom(1), ...validity });
  const nodeLifecycle = { monitorPeriodMs: 5000, monitorGraceMs: 50_000 };
  const serviceAccountKey = generateKeys().privatePem;
  return controllers({
    clock,
    ca,
    rootCa: ca.certificatePem,
    serviceAccountKey,
    nodeLifecycle,
    controllers: EVERY,
  }).map(({ name }) => name);
}

/** Also those that are off unless they are named. */
const EVERY = "*,bootstrap-signer-controller,token-cleaner-controller";

test("every controller has a name that the flag knows", async () => {
  for (const name of await allNames()) {
    const { has } = parseControllers("*,bootstrapsigner,tokencleaner");
    assert.equal(has(name), true, name);
    assert.equal(parseControllers("job").has(name), ["job-controller", "orphaned-job-pod-controller"].includes(name));
  }
});

test("all but some, and some that are off unless named", () => {
  const { has } = parseControllers("*,-namespace-controller, -podgc ,tokencleaner");
  assert.deepEqual(
    ["namespace-controller", "pod-garbage-collector-controller", "terminated-pod-garbage-collector"].map(has),
    [false, false, false],
  );
  assert.deepEqual(["job-controller", "token-cleaner-controller", "bootstrap-signer-controller"].map(has), [
    true,
    true,
    false,
  ]);
});

test("only those that are named", () => {
  const { has } = parseControllers("deployment,replicaset-controller,-replicaset");
  assert.deepEqual(["deployment-controller", "replicaset-controller", "job-controller"].map(has), [true, true, false]);
});

test("what is no controller's name is refused", () => {
  assert.throws(
    () => parseControllers("*,-constructor"),
    /^Error: "constructor" is not in the list of known controllers$/,
  );
  assert.throws(() => parseControllers("pods"), /"pods" is not in the list/);
});
