import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { normalizeEvent } from "../../../../test/parity/audit/normalize.ts";
import { AUDITED_REQUESTS } from "../../../../test/parity/audit/requests.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import type { AuditEvent } from "./event.ts";
import { parseAuditPolicy } from "./policy.ts";

const DATA = new URL("../../../../test/parity/audit/", import.meta.url);
const recorded = JSON.parse(readFileSync(new URL("recorded.json", DATA), "utf8")) as Record<string, unknown[]>;
const policy = parseAuditPolicy(readFileSync(new URL("policy.yml", DATA), "utf8"));

const events: AuditEvent[] = [];
let server: TestServer;

before(async () => {
  server = await startTestServer({ audit: { policy, sink: { accept: (event) => void events.push(event) } } });
});
after(async () => await server[Symbol.asyncDispose]());

test("every request was asked of upstream", () => {
  assert.deepEqual(
    Object.keys(recorded),
    AUDITED_REQUESTS.map(({ name }) => name),
  );
});

for (const { name, ...request } of AUDITED_REQUESTS)
  test(`of ${name} is recorded what upstream records`, async () => {
    const user = request.user === null ? null : { name: "admin", groups: ["system:masters"] };
    const headers = request.body === undefined ? {} : { "content-type": "application/json" };
    events.length = 0;
    await server.send({ ...request, user, headers: { ...headers, ...request.headers } });
    assert.deepEqual(events.map(normalizeEvent), recorded[name]);
  });
