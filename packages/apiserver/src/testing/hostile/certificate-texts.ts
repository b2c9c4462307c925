import { certificateSigningRequest } from "./certificate-signing-request.ts";
import { FILLING_BYTES } from "./filling.ts";
import { shape, text, type HostileShape } from "./hostile-shape.ts";

const MAX_DER = 1_600_000;

function lengthOf(length: number): Buffer {
  if (length < 128) return Buffer.from([length]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return Buffer.concat([Buffer.from([0x84]), bytes]);
}

const sequence = (content: Buffer, tag = 0x30): Buffer =>
  Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);

/** Sequences in sequences, made from the outside in, so that it takes no longer than its length. */
function nested(levels: number): Buffer {
  const bytes = Buffer.alloc(levels * 6);
  for (let i = 0; i < levels; i++) {
    bytes.set([0x30, 0x84], i * 6);
    bytes.writeUInt32BE((levels - i - 1) * 6, i * 6 + 2);
  }
  return bytes;
}

const repeated = (piece: Buffer): Buffer => Buffer.alloc(Math.floor(MAX_DER / piece.length) * piece.length, piece);

function requestOf(der: Buffer): string {
  const lines = der.toString("base64").replace(/.{64}/g, "$&\n");
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`;
  return Buffer.from(pem).toString("base64");
}

const signed = (name: string, der: () => Buffer): HostileShape =>
  shape(name, () => ({
    method: "POST",
    url: certificateSigningRequest.url,
    ...text({
      metadata: { name: "new" },
      spec: { request: requestOf(der()), signerName: "a.b/c", usages: ["client auth"] },
    }),
  }));

const VERSION = Buffer.from([0x02, 1, 0]);
const attribute = sequence(
  sequence(sequence(Buffer.concat([Buffer.from([6, 3, 0x55, 4, 3]), Buffer.from([0x0c, 1, 0x61])])), 0x31),
);

/** Requests of which there is little but structure. */
export function* certificateTexts(): Generator<HostileShape> {
  yield signed("request of nested sequences", () => nested(Math.floor(MAX_DER / 6)));
  yield signed("request of empty sequences", () => sequence(repeated(sequence(Buffer.alloc(0)))));
  yield signed("request of a long name", () =>
    sequence(sequence(Buffer.concat([VERSION, sequence(repeated(attribute))]))),
  );
  yield signed("request of a long number", () =>
    sequence(sequence(Buffer.concat([sequence(Buffer.alloc(MAX_DER, 1), 2)]))),
  );
  yield signed("request of indefinite lengths", () => repeated(Buffer.from([0x30, 0x80])));
  yield signed("request of a long identifier", () => sequence(sequence(Buffer.alloc(MAX_DER, 0xff), 6)));
  yield shape("request of many blocks", () => ({
    method: "POST",
    url: certificateSigningRequest.url,
    ...text({
      metadata: { name: "new" },
      spec: {
        request: Buffer.from("-----BEGIN A-----\n-----END A-----\n".repeat(FILLING_BYTES / 48)).toString("base64"),
        signerName: "a.b/c",
        usages: ["client auth"],
      },
    }),
  }));
}
