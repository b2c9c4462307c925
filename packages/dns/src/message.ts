/** The part of DNS (RFC 1035, 2782, 3596, 6891) that a cluster's server speaks. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  ANY: 255,
} as const;
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Rcode = (typeof RCODE)[keyof typeof RCODE];

export const CLASS_IN = 1;
const HEADER_BYTES = 12;
const MAX_NAME_BYTES = 255;
const POINTER = 0xc0;
const QR = 0x8000;
const RD = 0x0100;
const OPCODE = 0x7800;

export interface Question {
  /** Without the final dot, in the case it came in. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export interface Query {
  readonly id: number;
  readonly opcode: number;
  readonly recursionDesired: boolean;
  readonly question: Question;
  /** What the client takes over UDP; undefined without EDNS. */
  readonly udpPayloadSize?: number;
}

export type ResourceRecord = { readonly name: string; readonly ttl: number } & (
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "CNAME" | "NS" | "PTR"; readonly target: string }
  | {
      readonly type: "SRV";
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | { readonly type: "TXT"; readonly text: string }
  | {
      readonly type: "SOA";
      readonly mname: string;
      readonly rname: string;
      readonly serial: number;
      readonly minimum: number;
    }
);

/** A query that cannot be understood. `rcode` is undefined when it deserves no answer. */
export class BadMessage extends Error {
  readonly rcode: Rcode | undefined;
  constructor(message: string, rcode?: Rcode) {
    super(message);
    this.rcode = rcode;
  }
}

/** Throws BadMessage for everything that is not one well-formed query. */
export function decodeQuery(packet: Uint8Array): Query {
  if (packet.length < HEADER_BYTES) throw new BadMessage("The message is shorter than a header");
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const flags = view.getUint16(2);
  if (flags & QR) throw new BadMessage("The message is a response");
  const opcode = (flags & OPCODE) >> 11;
  if (opcode !== 0) throw new BadMessage("The operation is not a query", RCODE.NOTIMP);
  if (view.getUint16(4) !== 1) throw new BadMessage("The message has not one question", RCODE.FORMERR);
  const { name, end } = readName(view, HEADER_BYTES);
  if (end + 4 > packet.length) throw new BadMessage("The question is cut off", RCODE.FORMERR);
  const question = { name, type: view.getUint16(end), class: view.getUint16(end + 2) };
  const udpPayloadSize = findOpt(view, end + 4);
  return {
    id: view.getUint16(0),
    opcode,
    recursionDesired: (flags & RD) !== 0,
    question,
    ...(udpPayloadSize === undefined ? {} : { udpPayloadSize }),
  };
}

/** The payload size of the OPT record, wherever in the message it is. */
function findOpt(view: DataView, start: number): number | undefined {
  const records = view.getUint16(6) + view.getUint16(8) + view.getUint16(10);
  let at = start;
  for (let i = 0; i < records; i++) {
    const { end } = readName(view, at);
    if (end + 10 > view.byteLength) throw new BadMessage("A record is cut off", RCODE.FORMERR);
    if (view.getUint16(end) === TYPE.OPT) return view.getUint16(end + 2);
    at = end + 10 + view.getUint16(end + 8);
  }
  return undefined;
}

function readName(view: DataView, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  let end: number | undefined;
  for (let bytes = 0; bytes <= MAX_NAME_BYTES;) {
    const length = byteAt(view, at);
    if (length === 0) return { name: labels.join("."), end: end ?? at + 1 };
    if (length >= POINTER) {
      end ??= at + 2;
      at = pointerAt(view, at);
      bytes += 2;
    } else {
      labels.push(readLabel(view, at + 1, length));
      at += 1 + length;
      bytes += 1 + length;
    }
  }
  throw new BadMessage("A name is too long", RCODE.FORMERR);
}

function byteAt(view: DataView, at: number): number {
  if (at >= view.byteLength) throw new BadMessage("A name is cut off", RCODE.FORMERR);
  return view.getUint8(at);
}

/** Pointers go only back, so that following them ends. */
function pointerAt(view: DataView, at: number): number {
  const target = ((byteAt(view, at) & 0x3f) << 8) | byteAt(view, at + 1);
  if (target >= at) throw new BadMessage("A name points forward", RCODE.FORMERR);
  return target;
}

/** Bytes as Latin-1, so that any name comes back as it was; a dot within a label is escaped. */
function readLabel(view: DataView, at: number, length: number): string {
  if (length > 63 || at + length > view.byteLength) throw new BadMessage("A label is too long", RCODE.FORMERR);
  const text = Buffer.from(view.buffer, view.byteOffset + at, length).toString("latin1");
  return text.includes(".") || text.includes("\\") ? text.replaceAll(/[\\.]/g, "\\$&") : text;
}
