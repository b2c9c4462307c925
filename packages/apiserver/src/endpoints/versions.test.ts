import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Event, type EventsV1Event } from "@dingi/api";
import { type Converter, type KubeObject } from "@dingi/apimachinery";
import { settle } from "@dingi/base";
import { ADMIN, startTestServer, type RawRequest, type TestServer } from "../testing/test-server.ts";
import { peerOf } from "../testing/peer.ts";

const EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events";
const CORE = "/api/v1/namespaces/default/events";
const APPLY = { "content-type": "application/apply-patch+yaml" };

/** Events as they are when somebody else has to be asked to convert them, as a webhook is. */
const table = Event.converter.toVersion.bind(Event.converter);
const asked: { from: string; to: string; count: number }[] = [];
const slow: Converter = {
  toVersion: async (objects, from, to) => {
    await settle();
    asked.push({ from, to, count: objects.length });
    return await table(objects, from, to);
  },
};

let api: TestServer;
before(async () => (api = await startTestServer()));
after(() => api[Symbol.asyncDispose]());

async function send(request: RawRequest): Promise<KubeObject & Record<string, unknown>> {
  const { status, text } = await api.send(request);
  assert.ok(status < 300, text);
  return JSON.parse(text) as KubeObject & Record<string, unknown>;
}

const event = (name: string, note: string) => ({
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { name, namespace: "default" },
  eventTime: "2026-01-01T00:00:00.000000Z",
  type: "Normal",
  reason: "Tried",
  action: "Try",
  note,
  regarding: { kind: "Pod", name: "p", namespace: "default" },
  reportingController: "a.example/b",
  reportingInstance: "i",
});

const coreEvent = (name: string) => ({
  metadata: { name, namespace: "default" },
  involvedObject: { kind: "Pod", name: "p", namespace: "default" },
  message: "words",
  reason: "Core",
});

describe("Where somebody is asked for every version", () => {
  // Not for the whole process, in which other files may be tried.
  before(() => Object.assign(Event.converter, slow));
  after(() => Object.assign(Event.converter, { toVersion: table }));

  test("objects are written and read in a version that somebody has to be asked for", async () => {
    const created = await send({ method: "POST", url: EVENTS, body: event("a", "created") });
    assert.equal(created["note"], "created");
    assert.equal((await send({ url: `${CORE}/a` }))["message"], "created");
    const applied = event("b", "applied");
    await send({ method: "PATCH", url: `${EVENTS}/b?fieldManager=m`, headers: APPLY, body: applied });
    assert.equal((await send({ url: `${EVENTS}/b` }))["note"], "applied");
    const labelled = { metadata: { labels: { x: "y" } } };
    const headers = { "content-type": "application/merge-patch+json" };
    const patched = await send({ method: "PATCH", url: `${EVENTS}/a`, headers, body: labelled });
    assert.deepEqual([patched["note"], patched.metadata.labels], ["created", { x: "y" }]);
  });

  test("a page is converted in one request, and only what is new in it after that", async () => {
    await send({ method: "POST", url: CORE, body: coreEvent("c") });
    await send({ method: "POST", url: CORE, body: coreEvent("d") });
    asked.length = 0;
    const list = await send({ url: `${EVENTS}?fieldSelector=reason%3DCore` });
    assert.deepEqual(
      (list["items"] as EventsV1Event[]).map(({ note }) => note),
      ["words", "words"],
    );
    assert.deepEqual(asked, [{ from: "v1", to: "events.k8s.io/v1", count: 2 }]);
    const protobuf = { accept: "application/vnd.kubernetes.protobuf" };
    const { status, text } = await api.send({ url: `${EVENTS}?fieldSelector=reason%3DCore`, headers: protobuf });
    assert.equal(status, 200);
    assert.match(text, /EventList/);
    assert.equal(asked.length, 1);
  });

  test("a watch converts what it tells before it is told", async () => {
    await send({ method: "POST", url: CORE, body: coreEvent("watched") });
    const left = new AbortController();
    const response = await api.server.handler.handle({
      method: "GET",
      path: EVENTS,
      query: new URLSearchParams({ watch: "true", fieldSelector: "metadata.name=watched" }),
      headers: { accept: "application/json" },
      peer: peerOf(ADMIN, api.clock.now() + 1),
      signal: left.signal,
    });
    const notes: unknown[] = [];
    for await (const bytes of response.body as AsyncIterable<Uint8Array>) {
      notes.push((JSON.parse(Buffer.from(bytes).toString()) as { object: EventsV1Event }).object.note);
      break;
    }
    left.abort();
    assert.deepEqual(notes, ["words"]);
  });
});
