import { isIPv4 } from "node:net";
import { CLASS_IN, RCODE, TYPE, type Query, type Rcode, type ResourceRecord } from "./message.ts";

export interface Response {
  readonly rcode: Rcode;
  readonly authoritative: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authorities?: readonly ResourceRecord[];
  readonly additionals?: readonly ResourceRecord[];
}

const OUR_PAYLOAD_SIZE = 1232;
const MIN_PAYLOAD_SIZE = 512;
const MAX_PAYLOAD_SIZE = 4096;
const HEADER_BYTES = 12;
const OPT_BYTES = 11;
const MAX_POINTER = 0x3fff;
export const MAX_MESSAGE_BYTES = 65_535;

/** How large an answer over UDP may be. */
export function udpLimit({ udpPayloadSize }: Query): number {
  return Math.min(MAX_PAYLOAD_SIZE, Math.max(MIN_PAYLOAD_SIZE, udpPayloadSize ?? 0));
}

/** What does not fit is left out, additional records first; TC tells the client when answers are missing. */
export function encodeResponse(query: Query, response: Response, limit: number): Buffer {
  const writer = new Writer(Math.min(limit, MAX_MESSAGE_BYTES) - (query.udpPayloadSize === undefined ? 0 : OPT_BYTES));
  writer.skip(HEADER_BYTES);
  writer.name(query.question.name);
  writer.uint16(query.question.type);
  writer.uint16(query.question.class);
  const answers = writer.records(response.answers);
  const authorities = writer.records(response.authorities ?? []);
  const truncated = answers < response.answers.length;
  const additionals = truncated ? 0 : writer.records(response.additionals ?? []);
  const hasOpt = query.udpPayloadSize !== undefined;
  if (hasOpt) writer.opt(OUR_PAYLOAD_SIZE);
  const flags =
    0x8000 |
    (response.authoritative ? 0x0400 : 0) |
    (truncated ? 0x0200 : 0) |
    (query.recursionDesired ? 0x0100 : 0) |
    0x0080 |
    response.rcode;
  return writer.finish([query.id, flags, 1, answers, authorities, additionals + (hasOpt ? 1 : 0)]);
}

/** An answer to what could not be read, with the id and nothing else. */
export function encodeFailure(packet: Uint8Array, rcode: Rcode): Buffer {
  const out = Buffer.alloc(HEADER_BYTES);
  out[0] = packet[0] ?? 0;
  out[1] = packet[1] ?? 0;
  out[2] = 0x80 | ((packet[2] ?? 0) & 0x79);
  out[3] = 0x80 | rcode;
  return out;
}

export function failed(rcode: Rcode): Response {
  return { rcode, authoritative: false, answers: [] };
}

export const SERVFAIL: Response = failed(RCODE.SERVFAIL);

class Writer {
  #buffer = Buffer.allocUnsafe(512);
  #at = 0;
  readonly #limit: number;
  /** Where each name's suffixes, in lower case, were first written. */
  readonly #names = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  skip(bytes: number): void {
    this.#reserve(bytes);
    this.#at += bytes;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#at = this.#buffer.writeUInt16BE(value & 0xffff, this.#at);
  }

  #uint32(value: number): void {
    this.#reserve(4);
    this.#at = this.#buffer.writeUInt32BE(value >>> 0, this.#at);
  }

  /** Compressed: a suffix that was written before is pointed to, which also keeps the case of the question. */
  name(name: string): void {
    const labels = name === "" ? [] : name.split(/(?<!\\)\./);
    for (let i = 0; i < labels.length; i++) {
      const suffix = labels.slice(i).join(".").toLowerCase();
      const known = this.#names.get(suffix);
      if (known !== undefined) return this.uint16(0xc000 | known);
      if (this.#at <= MAX_POINTER) this.#names.set(suffix, this.#at);
      this.#label(labels[i]!);
    }
    this.#byte(0);
  }

  /** Writes those that fit and returns how many. */
  records(records: readonly ResourceRecord[]): number {
    for (const [index, record] of records.entries()) {
      const start = this.#at;
      this.#record(record);
      if (this.#at <= this.#limit) continue;
      this.#at = start;
      for (const [suffix, at] of this.#names) if (at >= start) this.#names.delete(suffix);
      return index;
    }
    return records.length;
  }

  opt(payloadSize: number): void {
    this.#byte(0);
    this.uint16(TYPE.OPT);
    this.uint16(payloadSize);
    this.#uint32(0);
    this.uint16(0);
  }

  finish(header: readonly number[]): Buffer {
    header.forEach((value, i) => this.#buffer.writeUInt16BE(value, i * 2));
    return this.#buffer.subarray(0, this.#at);
  }

  #record(record: ResourceRecord): void {
    this.name(record.name);
    this.uint16(TYPE[record.type]);
    this.uint16(CLASS_IN);
    this.#uint32(record.ttl);
    const lengthAt = this.#at;
    this.skip(2);
    this.#data(record);
    this.#buffer.writeUInt16BE((this.#at - lengthAt - 2) & 0xffff, lengthAt);
  }

  #data(record: ResourceRecord): void {
    switch (record.type) {
      case "A":
      case "AAAA":
        return this.#bytes(addressBytes(record.address));
      case "TXT":
        return this.#label(record.text);
      case "SRV":
        for (const value of [record.priority, record.weight, record.port]) this.uint16(value);
        return this.name(record.target);
      case "SOA":
        this.name(record.mname);
        this.name(record.rname);
        for (const value of [record.serial, 7200, 1800, 86_400, record.minimum]) this.#uint32(value);
        return;
      default:
        return this.name(record.target);
    }
  }

  #label(label: string): void {
    const bytes = Buffer.from(label.replaceAll(/\\(.)/g, "$1"), "latin1").subarray(0, 255);
    this.#byte(bytes.length);
    this.#bytes(bytes);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
  }

  #bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

/** Four or sixteen bytes. */
function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split("."), Number);
  const [head = "", tail] = embedded(address).split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const groups =
    tail === undefined
      ? left
      : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
  const bytes = new Uint8Array(16);
  groups.slice(0, 8).forEach((group, i) => {
    const value = Number.parseInt(group, 16);
    bytes[i * 2] = value >> 8;
    bytes[i * 2 + 1] = value & 0xff;
  });
  return bytes;
}

/** `::ffff:1.2.3.4` as groups. */
function embedded(address: string): string {
  const at = address.lastIndexOf(":") + 1;
  if (!address.slice(at).includes(".")) return address;
  const [a = 0, b = 0, c = 0, d = 0] = address.slice(at).split(".").map(Number);
  return `${address.slice(0, at)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
