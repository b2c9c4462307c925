import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalize } from "../codec/canonicalize.ts";
import { encodeJson } from "../codec/encode-json.ts";
import { Everything, Pod } from "../testdata/pod-schema.ts";
import { decodeProtobuf } from "./decode-protobuf.ts";
import { encodeProtobuf } from "./encode-protobuf.ts";
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeListItems,
  encodeListMetadata,
  encodeProtobufList,
  envelopeAround,
} from "./envelope.ts";
import { decodeProtobufList } from "./testing/protobuf-list.ts";
import { WatchFrameReader } from "./testing/watch-frame-reader.ts";
import { frameWatchEvent } from "./watch-frame.ts";

const withoutType = (object: object): object => {
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object as Record<string, unknown>;
  return rest;
};

/** Written by upstream's own types, and the JSON that they write of it. */
const UPSTREAM = {
  protobuf:
    "azhzAAoJCgJ2MRIDUG9kEv0BClAKAXASABoAIgAqADIAOABCCAiA8tbKBhAAWgYKAWESATGKASwKAW0SBlVwZGF0ZRoCdjEyCEZpZWxkc1YxOg8KDXsiZjpzcGVjIjp7fX1CABKTAQoQCgF2EgsSCQoAEgUKAzFHaRJbCgFjEgFpKgAyDQoAEAAYUCIDVENQKgBCDwoNCgNjcHUSBgoEMTAwbVIhChUSEwoBLxIKCAEQABoEaHR0cBoAIgAQABgAIAooADAAagByAIABAIgBAJABAKIBABoGQWx3YXlzIAAyAEIASgBSAFgAYABoAIIBAIoBAJoBAMIBABoTCgAaACIAKgAyAEoAWgByAIgBABoAIgA=",
  json: '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"a":"1"},"managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{}}}]},"spec":{"volumes":[{"name":"v","emptyDir":{"sizeLimit":"1Gi"}}],"containers":[{"name":"c","image":"i","ports":[{"containerPort":80,"protocol":"TCP"}],"resources":{"limits":{"cpu":"100m"}},"livenessProbe":{"httpGet":{"path":"/","port":"http"},"periodSeconds":10}}],"restartPolicy":"Always","terminationGracePeriodSeconds":0},"status":{}}',
};

const sample = canonicalize(Pod, {
  metadata: {
    name: "p",
    creationTimestamp: "2026-01-01T00:00:00Z",
    generation: -5,
    labels: { b: "2", a: "é" },
    ownerReferences: [{ uid: "u", controller: true }],
  },
  spec: {
    volumes: [
      { name: "v", emptyDir: { sizeLimit: "1Gi" } },
      { name: "w", configMap: { name: "c", optional: false } },
    ],
    containers: [
      {
        name: "c",
        ports: [{ containerPort: 80 }],
        resources: { limits: { cpu: "100m" } },
        livenessProbe: { httpGet: { port: "http" }, periodSeconds: 10 },
      },
    ],
    terminationGracePeriodSeconds: 0,
    hostNetwork: true,
  },
  status: { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }] },
});

test("an object survives", () => {
  assert.equal(encodeJson(decodeProtobuf(Pod, encodeProtobuf(Pod, sample))), encodeJson(withoutType(sample)));
  const everything = canonicalize(Everything, {
    data: { k: "aGk=", e: "" },
    bytes: "AAEC",
    micro: "2026-01-01T00:00:00.123456Z",
    time: "1969-12-31T23:59:59Z",
    duration: "-1m30s",
    float: -1.5,
    raw: { kind: "X", list: [1, null] },
    extra: { a: ["1", "2"], b: [] },
    finalizers: ["x", ""],
    numbers: [1, -1, 2n ** 62n, -(2n ** 63n), 300],
    quantity: "1500m",
  });
  assert.equal(
    encodeJson(decodeProtobuf(Everything, encodeProtobuf(Everything, everything))),
    encodeJson(withoutType(everything)),
  );
});

test("reads what upstream writes", () => {
  const { kind, apiVersion, raw } = decodeEnvelope(Buffer.from(UPSTREAM.protobuf, "base64"));
  assert.deepEqual({ kind, apiVersion, ...decodeProtobuf(Pod, raw) }, JSON.parse(UPSTREAM.json));
  const again = encodeProtobuf(Pod, JSON.parse(UPSTREAM.json));
  assert.deepEqual(decodeProtobuf(Pod, again), decodeProtobuf(Pod, raw));
});

test("unknown fields are dropped, packed numbers are read, inlined structs are flattened", () => {
  const field = (number: number, ...content: number[]): number[] => [number * 8 + 2, content.length, ...content];
  const other = (tag: number, length: number): number[] => [tag, ...Array.from({ length }, () => 0)];
  const message = Uint8Array.from([
    ...field(12, 1, 2, 0xac, 0x02),
    ...other(15 * 8, 1),
    ...other(9 * 8 + 5, 4),
    ...other(9 * 8 + 1, 8),
    ...field(11, 0x78),
  ]);
  const { numbers, finalizers } = decodeProtobuf(Everything, message) as { numbers: number[]; finalizers: string[] };
  assert.deepEqual(numbers, [1, 2, 300]);
  assert.deepEqual(finalizers, ["x"]);
  const volume = [...field(1, 0x76), ...field(2, ...field(2))];
  const pod = decodeProtobuf(Pod, Uint8Array.from(field(2, ...field(1, ...volume)))) as { spec: { volumes: unknown } };
  assert.deepEqual(pod.spec.volumes, [{ name: "v", emptyDir: {} }]);
});

test("broken bytes are refused", () => {
  const refuses = (bytes: number[], message: RegExp): void =>
    assert.throws(() => decodeProtobuf(Pod, Uint8Array.from(bytes)), { name: "DecodeError", message });
  refuses([0x12], /^unexpected EOF$/);
  refuses([0x12, 0x05, 0x00], /^unexpected EOF$/);
  refuses([0x10, 0x01], /^proto: wrong wireType = 0 for field Spec$/);
  refuses([0x13], /^proto: illegal wireType 3$|^proto: wrong wireType/);
  refuses([0x08, ...Array.from({ length: 11 }, () => 0xff)], /wireType|integer overflow/);
  refuses([0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], /^proto: integer overflow$/);
});

test("no bytes crash the decoder", () => {
  const real = encodeProtobuf(Pod, sample);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
      const bytes = real.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      try {
        decodeProtobuf(Pod, bytes);
      } catch (error) {
        assert.equal((error as Error).name, "DecodeError", String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test("envelopes name what is in them", () => {
  const raw = encodeProtobuf(Pod, sample);
  const envelope = decodeEnvelope(encodeEnvelope("apps/v1", "Deployment", raw));
  assert.deepEqual(
    { ...envelope, raw: Buffer.from(envelope.raw).toString("hex") },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      raw: Buffer.from(raw).toString("hex"),
      contentType: "",
      contentEncoding: "",
    },
  );
  assert.throws(() => decodeEnvelope(Buffer.from("{}")), {
    message: "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
  });
  assert.throws(() => decodeEnvelope(new Uint8Array()), { message: "empty data" });
  assert.throws(() => decodeEnvelope(Buffer.from("k8s\0")), { message: "empty body" });
});

test("lists and watch frames are taken apart again", () => {
  const items = [Uint8Array.from([1, 2]), new Uint8Array()];
  const list = decodeProtobufList(encodeProtobufList(Uint8Array.from([9]), items));
  assert.deepEqual([[...list.metadata], ...list.items.map((item) => [...item])], [[9], [1, 2], []]);
  const stream = Buffer.concat([
    frameWatchEvent("ADDED", Uint8Array.from([1])),
    frameWatchEvent("DELETED", new Uint8Array(300)),
  ]);
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 5 }), (cuts) => {
      const reader = new WatchFrameReader();
      const edges = [0, ...cuts.sort((a, b) => a - b), stream.length];
      const events = edges.slice(1).flatMap((end, i) => reader.push(stream.subarray(edges[i], end)));
      assert.deepEqual(
        events.map(({ type, object }) => [type, object.length]),
        [
          ["ADDED", 1],
          ["DELETED", 300],
        ],
      );
    }),
  );
  assert.throws(() => new WatchFrameReader().push(Uint8Array.from([0xff, 0xff, 0xff, 0xff])), { name: "DecodeError" });
});

test("a list in parts is the same bytes as one made whole", () => {
  const metadata = Uint8Array.from([9]);
  const items = [Uint8Array.from([1, 2]), new Uint8Array(300), new Uint8Array()];
  const raw = encodeProtobufList(metadata, items);
  const parts = [encodeListMetadata(metadata), encodeListItems(items.slice(0, 1)), encodeListItems(items.slice(1))];
  assert.deepEqual(Buffer.concat(parts), Buffer.from(raw));
  const { head, tail } = envelopeAround("v1", "PodList", raw.length);
  assert.deepEqual(Buffer.concat([head, ...parts, tail]), Buffer.from(encodeEnvelope("v1", "PodList", raw)));
});
