import { decode, type Packet } from "dns-packet";
import { describeError, type Logger } from "@dingi/base";
import {
  encodeFailure,
  encodeResponse,
  failed,
  MAX_MESSAGE_BYTES,
  SERVFAIL,
  udpLimit,
  type Response,
} from "./encode.ts";
import type { Forwarder } from "./forwarder.ts";
import { BadMessage, CLASS_IN, decodeQuery, RCODE, type Query, type ResourceRecord } from "./message.ts";
import type { Records } from "./records.ts";
import { resolve } from "./resolve.ts";

interface ResponderOptions {
  readonly records: Records & { readonly hasSynced: boolean };
  readonly forwarder: Forwarder;
  readonly logger: Logger;
}

type DnsTransport = "udp" | "tcp";

/** Makes one message out of another. */
export class Responder {
  readonly #options: ResponderOptions;
  #turn = 0;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** Undefined for what deserves no answer; a promise only for what is asked elsewhere. Never throws, nor rejects. */
  respond(packet: Uint8Array, transport: DnsTransport): Buffer | undefined | Promise<Buffer | undefined> {
    try {
      return this.#respond(packet, decodeQuery(packet), transport);
    } catch (error) {
      if (!(error instanceof BadMessage)) {
        this.#options.logger.error("Could not answer a query", { error: describeError(error) });
        return encodeFailure(packet, RCODE.SERVFAIL);
      }
      return error.rcode === undefined ? undefined : encodeFailure(packet, error.rcode);
    }
  }

  #respond(packet: Uint8Array, query: Query, transport: DnsTransport): Buffer | Promise<Buffer> {
    const { records } = this.#options;
    const limit = transport === "udp" ? udpLimit(query) : MAX_MESSAGE_BYTES;
    if (query.question.class !== CLASS_IN) return encodeResponse(query, failed(RCODE.REFUSED), limit);
    const resolution = resolve(query.question, records);
    if (resolution.kind === "forward") return this.#forward(packet, query, transport);
    if (!records.hasSynced) return encodeResponse(query, SERVFAIL, limit);
    if (resolution.kind === "chase") return this.#chase(query, resolution, limit);
    return encodeResponse(
      query,
      { ...resolution, authoritative: true, answers: this.#rotated(resolution.answers) },
      limit,
    );
  }

  /** Spreads clients, which take the first address, over all. */
  #rotated(answers: readonly ResourceRecord[]): readonly ResourceRecord[] {
    if (answers.length < 2 || answers[0]?.type === "CNAME") return answers;
    const at = (this.#turn = (this.#turn + 1) >>> 0) % answers.length;
    return [...answers.slice(at), ...answers.slice(0, at)];
  }

  async #forward(packet: Uint8Array, query: Query, transport: DnsTransport): Promise<Buffer> {
    try {
      return await this.#options.forwarder.forward(packet, transport);
    } catch (error) {
      this.#options.logger.debug("Could not forward a query", {
        name: query.question.name,
        error: describeError(error),
      });
      return encodeResponse(query, SERVFAIL, MAX_MESSAGE_BYTES);
    }
  }

  async #chase(
    query: Query,
    { alias, target }: { alias: ResourceRecord; target: string },
    limit: number,
  ): Promise<Buffer> {
    const question = { ...query.question, name: target };
    const packet = encodeQuestion(query.id, question);
    let answers: ResourceRecord[] = [];
    try {
      answers = addressesIn(decode(await this.#options.forwarder.forward(packet, "udp")));
    } catch (error) {
      // The alias alone is still an answer; the client may resolve it by itself.
      this.#options.logger.debug("Could not resolve an external name", { target, error: describeError(error) });
    }
    const response: Response = { rcode: RCODE.NOERROR, authoritative: true, answers: [alias, ...answers] };
    return encodeResponse(query, response, limit);
  }
}

function encodeQuestion(id: number, question: Query["question"]): Buffer {
  const none: Response = { rcode: RCODE.NOERROR, authoritative: false, answers: [] };
  const packet = encodeResponse(
    { id, opcode: 0, recursionDesired: true, question, udpPayloadSize: 0 },
    none,
    MAX_MESSAGE_BYTES,
  );
  packet[2]! &= 0x7f;
  packet[3] = 0;
  return packet;
}

function addressesIn({ answers = [] }: Packet): ResourceRecord[] {
  return answers.flatMap((answer): ResourceRecord[] => {
    if (answer.type === "CNAME")
      return [{ name: answer.name, ttl: answer.ttl ?? 0, type: "CNAME", target: answer.data }];
    if (answer.type !== "A" && answer.type !== "AAAA") return [];
    return [{ name: answer.name, ttl: answer.ttl ?? 0, type: answer.type, address: answer.data }];
  });
}
