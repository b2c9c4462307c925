import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiRequest } from "@dingi/apimachinery";
import { silentLogger } from "@dingi/base";
import { HealthChecks } from "@dingi/component-base";
import { NonResourceRouter } from "../routing/non-resource-router.ts";
import { mountHealth } from "./health-handler.ts";

const health = new HealthChecks({ logger: silentLogger });
let isIll = false;
health.add({ name: "store", check: () => (isIll ? Promise.reject(new Error("no")) : Promise.resolve()) });
const router = new NonResourceRouter();
mountHealth(router, health);

async function get(url: string): Promise<readonly [number, string]> {
  const [path = "", query = ""] = url.split("?");
  const request = { query: new URLSearchParams(query) } as ApiRequest;
  const answer = await router.route(request, { isResource: false, path, verb: "get" }, undefined as never);
  return [answer.status, Buffer.from(answer.body as Uint8Array).toString()];
}

for (const endpoint of ["livez", "readyz", "healthz"]) {
  test(`/${endpoint} says in a word that all is well, and by name when it is asked to`, async () => {
    assert.deepEqual(await get(`/${endpoint}`), [200, "ok"]);
    const text = `[+]ping ok\n[+]store ok\n${endpoint} check passed\n`;
    assert.deepEqual(await get(`/${endpoint}?verbose`), [200, text]);
  });

  test(`/${endpoint} says what is wrong, but for what it leaves out`, async () => {
    isIll = true;
    const [status, text] = await get(`/${endpoint}`);
    assert.equal(status, 500);
    assert.match(text, /^\[-\]store failed/m);
    assert.deepEqual(await get(`/${endpoint}?exclude=store`), [200, "ok"]);
    isIll = false;
  });

  test(`one check of /${endpoint} has a path of its own, and what is none has not`, async () => {
    isIll = true;
    assert.deepEqual(await get(`/${endpoint}/ping`), [200, "ok"]);
    assert.equal((await get(`/${endpoint}/store`))[0], 500);
    isIll = false;
    assert.deepEqual(await get(`/${endpoint}/store?verbose`), [
      200,
      `[+]ping excluded: ok\n[+]store ok\n${endpoint} check passed\n`,
    ]);
    assert.deepEqual(await get(`/${endpoint}/nothing`), [404, "404 page not found\n"]);
  });
}
