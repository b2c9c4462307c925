import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import type { AuditEvent } from "./event.ts";
import { AuditLogSink } from "./log-sink.ts";
import type { AuditPolicyObject } from "./policy.ts";

const event = (auditID: string, userAgent?: string) => ({ auditID, userAgent }) as AuditEvent;

function logTo(writes: string[]): { clock: FakeClock; sink: AuditLogSink } {
  const clock = new FakeClock();
  return { clock, sink: new AuditLogSink({ clock, write: (lines) => void writes.push(lines) }) };
}

test("events of one turn are written together, a line each", async () => {
  const writes: string[] = [];
  const { clock, sink } = logTo(writes);
  for (const id of ["a", "b"]) sink.accept(event(id));
  assert.deepEqual(writes, []);
  await clock.advance(0);
  sink.accept(event("c"));
  await clock.advance(0);
  assert.deepEqual(writes, ['{"auditID":"a"}\n{"auditID":"b"}\n', '{"auditID":"c"}\n']);
});

test("what is held is written when it grows, and at the end", () => {
  const writes: string[] = [];
  const { sink } = logTo(writes);
  for (const id of ["a", "b", "c"]) sink.accept(event(id, "x".repeat(600_000)));
  assert.equal(writes.length, 1);
  sink[Symbol.dispose]();
  assert.equal(writes.join("").split("\n").length - 1, 3);
});

function serverWith(rules: AuditPolicyObject["rules"]): Promise<{ server: TestServer; events: AuditEvent[] }> {
  const events: AuditEvent[] = [];
  const policy: AuditPolicyObject = { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules };
  const audit = { policy, sink: { accept: (one: AuditEvent) => void events.push(one) } };
  return startTestServer({ audit }).then((server) => ({ server, events }));
}

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const ALL = [{ level: "RequestResponse", users: ["admin"] }] as const;

test("a watch is complete when it has ended", async () => {
  const { server, events } = await serverWith([{ level: "Metadata", verbs: ["watch"], users: ["admin"] }]);
  await using _server = server;
  const watching = server.send({ url: `${CONFIG_MAPS}?watch=true&timeoutSeconds=1` });
  while (events.length < 2) await server.clock.advance(1);
  assert.deepEqual(
    events.map(({ stage }) => stage),
    ["RequestReceived", "ResponseStarted"],
  );
  await server.clock.advance(1000);
  await watching;
  assert.deepEqual(
    events.map(({ stage, responseStatus }) => [stage, responseStatus?.code]),
    [
      ["RequestReceived", undefined],
      ["ResponseStarted", 200],
      ["ResponseComplete", 200],
    ],
  );
});

test("an answer has the identifier by which it is found", async () => {
  const { server, events } = await serverWith([...ALL]);
  await using _server = server;
  const { headers } = await server.send({ url: CONFIG_MAPS });
  assert.equal(headers["audit-id"], events[0]!.auditID);
  const given = await server.send({ url: CONFIG_MAPS, headers: { "audit-id": "mine" } });
  assert.equal(given.headers["audit-id"], "mine");
  for (const bad of ["x".repeat(65), "a b", "\u0001"]) {
    const other = await server.send({ url: CONFIG_MAPS, headers: { "audit-id": bad } });
    assert.match(String(other.headers["audit-id"]), /^[-0-9a-f]{36}$/);
  }
});

test("answers in protobuf, lists and tables are recorded as objects", async () => {
  const { server, events } = await serverWith([...ALL]);
  await using _server = server;
  await server.send({ method: "POST", url: CONFIG_MAPS, body: { metadata: { name: "a" }, data: { b: "c" } } });
  const answerTo = async (url: string, accept: string) => {
    await server.send({ url, headers: { accept } });
    return events.at(-1)!.responseObject as { kind: string; data?: object; items?: unknown[]; rows?: unknown[] };
  };
  assert.deepEqual((await answerTo(`${CONFIG_MAPS}/a`, "application/vnd.kubernetes.protobuf")).data, { b: "c" });
  assert.equal((await answerTo(CONFIG_MAPS, "application/json")).items?.length, 1);
  const table = await answerTo(CONFIG_MAPS, "application/json;as=Table;v=v1;g=meta.k8s.io");
  assert.equal(table.rows?.length, 1);
  const list = await answerTo(CONFIG_MAPS, "application/vnd.kubernetes.protobuf");
  assert.equal(list.kind, "ConfigMapList");
});

test("a very long answer is sent whole, and not recorded", async () => {
  const { server, events } = await serverWith([...ALL]);
  await using _server = server;
  for (let i = 0; i < 18; i++)
    await server.send({
      method: "POST",
      url: CONFIG_MAPS,
      body: { metadata: { name: `a${i}` }, data: { b: "c".repeat(1_000_000) } },
    });
  const { text } = await server.send({ url: CONFIG_MAPS });
  assert.equal(JSON.parse(text).items.length, 18);
  assert.equal(events.at(-1)!.responseObject, undefined);
});

test("who asks through proxies is recorded with them", async () => {
  const { server, events } = await serverWith([...ALL]);
  await using _server = server;
  await server.send({
    url: CONFIG_MAPS,
    headers: { "x-forwarded-for": "192.0.2.1, 192.0.2.2", "user-agent": "u".repeat(2000) },
  });
  assert.deepEqual(events[0]!.sourceIPs, ["192.0.2.1", "192.0.2.2", "192.0.2.9"]);
  assert.equal(events[0]!.userAgent, `${"u".repeat(1024)}...TRUNCATED`);
});
