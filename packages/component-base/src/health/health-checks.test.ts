import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { silentLogger } from "@dingi/base";
import { HealthChecks } from "./health-checks.ts";

function checks({ broken = false } = {}): HealthChecks {
  const health = new HealthChecks({ logger: silentLogger });
  health.add({
    name: "store",
    check: async () => {
      if (broken) throw new Error("No space is left");
    },
  });
  health.add({ name: "informer-sync", endpoints: ["readyz"], check() {} });
  health.add({ name: "kms-0", group: "kms", check() {} });
  return health;
}

suite("health checks", () => {
  test("healthy is a bare ok", async () => {
    assert.deepEqual(await checks().respond("livez"), {
      status: 200,
      headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
      body: "ok",
    });
  });

  test("verbose lists each check of the endpoint", async () => {
    const { body } = await checks().respond("readyz", { verbose: true });
    assert.equal(body, "[+]ping ok\n[+]store ok\n[+]informer-sync ok\n[+]kms-0 ok\nreadyz check passed\n");
    assert.deepEqual(checks().names("livez"), ["ping", "store", "kms-0"]);
  });

  test("a failure is 500 and always verbose, but keeps the reason to itself", async () => {
    const { status, body } = await checks({ broken: true }).respond("livez");
    assert.equal(status, 500);
    assert.equal(body, "[+]ping ok\n[-]store failed: reason withheld\n[+]kms-0 ok\nlivez check failed\n");
  });

  test("excluded checks and groups are not run; what matches nothing is told", async () => {
    const exclude = ["store", "kms", "nothing", "more"];
    const { status, body } = await checks({ broken: true }).respond("livez", { verbose: true, exclude });
    assert.equal(status, 200);
    const warning = 'warn: some health checks cannot be excluded: no matches for "more","nothing"';
    const lines = [
      "[+]ping ok",
      "[+]store excluded: ok",
      "[+]kms-0 excluded with kms: ok",
      warning,
      "livez check passed",
      "",
    ];
    assert.deepEqual(body.split("\n"), lines);
  });

  test("one check alone tells its reason", async () => {
    assert.equal((await checks().respondOne("livez", "ping"))?.body, "ok");
    const failed = await checks({ broken: true }).respondOne("livez", "store");
    assert.deepEqual([failed?.status, failed?.body], [500, "internal server error: No space is left\n"]);
    assert.equal(await checks().respondOne("livez", "informer-sync"), undefined);
  });

  test("a check can be taken away", async () => {
    const health = new HealthChecks({ logger: silentLogger });
    {
      using _ = health.add({ name: "starting", check: () => Promise.reject(new Error("Not yet")) });
      assert.equal((await health.respond("readyz")).status, 500);
    }
    assert.equal((await health.respond("readyz")).status, 200);
  });
});
