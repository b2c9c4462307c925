import type { RawRequest } from "../test-server.ts";
import { FILLING_BYTES } from "./filling.ts";
import { shape, type HostileShape } from "./hostile-shape.ts";
import { pods } from "./pod.ts";

const protobuf = (raw: Buffer, kind = "Pod", url = pods): RawRequest => ({
  method: "POST",
  url,
  headers: { "content-type": "application/vnd.kubernetes.protobuf" },
  readBody: () => Promise.resolve(envelope(kind, raw)),
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left & 127) | 128);
  }
}

const field = (number: number, content: Buffer): Buffer =>
  Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);

function envelope(kind: string, raw: Buffer): Buffer {
  const type = Buffer.concat([field(1, Buffer.from("v1")), field(2, Buffer.from(kind))]);
  return Buffer.concat([Buffer.from("k8s\0"), field(1, type), field(2, raw)]);
}

const POD_SPEC = 2;
const CONTAINERS = 2;
const many = (piece: Buffer): Buffer => Buffer.alloc(Math.floor(FILLING_BYTES / piece.length) * piece.length, piece);
const nested = (levels: number): Buffer => {
  let bytes: Buffer = Buffer.alloc(0);
  for (let i = 0; i < levels; i++) bytes = field(1, bytes);
  return bytes;
};

export function* protobufTexts(): Generator<HostileShape> {
  yield shape("protobuf of empty containers", () =>
    protobuf(field(POD_SPEC, many(field(CONTAINERS, Buffer.alloc(0))))),
  );
  yield shape("protobuf of empty environment variables", () =>
    protobuf(field(POD_SPEC, field(CONTAINERS, many(field(7, Buffer.alloc(0)))))),
  );
  yield shape("protobuf of empty owner references", () => protobuf(field(1, many(field(13, Buffer.alloc(0))))));
  yield shape("protobuf of empty labels", () => protobuf(field(1, many(field(11, Buffer.alloc(0))))));
  yield shape("protobuf of empty finalizers", () => protobuf(field(1, many(field(14, Buffer.alloc(0))))));
  yield shape("protobuf of managed fields", () => protobuf(field(1, many(field(17, Buffer.alloc(0))))));
  yield shape("protobuf of groups", () => protobuf(field(POD_SPEC, field(14, many(Buffer.from([0x20, 1]))))));
  yield shape("protobuf of unknown fields", () => protobuf(many(Buffer.from([0xf8, 0x07, 0x01]))));
  yield shape("protobuf of metadata again and again", () => protobuf(many(field(1, Buffer.alloc(0)))));
  yield shape("protobuf of specs again and again", () => protobuf(many(field(POD_SPEC, Buffer.alloc(0)))));
  yield shape("deep protobuf", () => protobuf(nested(5000)));
  yield shape("protobuf of tolerations", () => protobuf(field(POD_SPEC, many(field(22, Buffer.alloc(0))))));
  yield shape("protobuf of wrong bytes", () => protobuf(many(Buffer.from([0xff]))));
}
