import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { decode, encode, streamEncode, type DecodedPacket, type Packet } from "dns-packet";
import fc from "fast-check";
import { silentLogger, systemClock } from "@dingi/base";
import { DnsServer } from "./dns-server.ts";
import { Forwarder } from "./forwarder.ts";
import { CLUSTER, aService, aSlice, recordsOf } from "./record-fixture.ts";
import { serviceRecord } from "./records.ts";
import { Responder } from "./responder.ts";
import { splitFrames } from "./tcp-frames.ts";

const many = Array.from({ length: 60 }, (_, i) => ({ addresses: [`10.244.9.${i + 1}`], conditions: { ready: true } }));
const BIG = serviceRecord(aService("big", { clusterIP: "None", ports: [{ name: "http", port: 80 }] }), [
  aSlice("big", many),
]);

const query = (name: string, type: "A" | "SRV" | "PTR" | "AAAA" = "A", extra: Partial<Packet> = {}): Packet => ({
  type: "query",
  id: 4711,
  flags: 0x100,
  questions: [{ name, type }],
  ...extra,
});
const EDNS: Partial<Packet> = {
  additionals: [{ type: "OPT", name: ".", udpPayloadSize: 4096, flags: 0, options: [] } as never],
};
/** Its types do not know that a decoded packet has one. */
const rcodeOf = (packet: DecodedPacket) => (packet as DecodedPacket & { rcode: string }).rcode;
const flags = (packet: DecodedPacket) => ({ rcode: rcodeOf(packet), aa: packet.flag_aa, tc: packet.flag_tc });

describe("serving", () => {
  let server: DnsServer;
  let upstreams: string[] = [];
  let port = 0;
  const outside = createSocket("udp4");
  const forwarder = new Forwarder({ clock: systemClock, upstreams: () => upstreams });
  const responder = new Responder({
    records: recordsOf([...CLUSTER, BIG]),
    forwarder,
    logger: silentLogger,
  });

  before(async () => {
    server = new DnsServer({ address: "127.0.0.1", port: 0 }, responder);
    port = await server.listen();
    outside.on("message", (message, from) => {
      const { id, questions } = decode(message);
      const { name } = questions![0]!;
      outside.send(
        encode({
          type: "response",
          id: id!,
          flags: 0x180,
          questions: questions!,
          answers: [{ name, type: "A", ttl: 60, data: "192.0.2.1" }],
        }),
        from.port,
        from.address,
      );
    });
    outside.bind(0, "127.0.0.1");
    await once(outside, "listening");
  });
  after(async () => {
    outside.close();
    await server[Symbol.asyncDispose]();
  });

  async function askUdp(packet: Packet): Promise<DecodedPacket & { size: number }> {
    const socket = createSocket("udp4");
    socket.send(encode(packet), port, "127.0.0.1");
    const [message] = (await once(socket, "message")) as [Buffer];
    socket.close();
    return { ...decode(message), size: message.length };
  }

  test("an answer over UDP, with the question's own case", async () => {
    const answer = await askUdp(query("Web.default.svc.cluster.local"));
    assert.deepEqual(flags(answer), { rcode: "NOERROR", aa: true, tc: false });
    assert.equal(answer.id, 4711);
    assert.deepEqual(
      answer.questions?.map(({ name }) => name),
      ["Web.default.svc.cluster.local"],
    );
    assert.deepEqual(
      answer.answers?.map(({ name, type, ...rest }) => [
        name,
        type,
        (rest as { ttl: number }).ttl,
        (rest as { data: string }).data,
      ]),
      [["Web.default.svc.cluster.local", "A", 30, "10.96.0.20"]],
    );
  });

  test("no such name: NXDOMAIN with the SOA", async () => {
    const answer = await askUdp(query("nosuch.default.svc.cluster.local"));
    assert.equal(rcodeOf(answer), "NXDOMAIN");
    assert.equal(answer.authorities?.[0]?.type, "SOA");
  });

  test("more than fits in 512 bytes is cut and says so; with EDNS it fits; over TCP it is whole", async () => {
    const cut = await askUdp(query("big.default.svc.cluster.local"));
    assert.equal(cut.flag_tc, true);
    assert.ok(cut.size <= 512 && (cut.answers?.length ?? 0) > 20, `${cut.size} bytes, ${cut.answers?.length} answers`);
    const wide = await askUdp(query("big.default.svc.cluster.local", "A", EDNS));
    assert.equal(wide.flag_tc, false);
    assert.equal(wide.answers?.length, 60);
    assert.equal(wide.additionals?.at(-1)?.type, "OPT");
  });

  test("TCP: several questions at once, in pieces", async () => {
    const socket = connect(port, "127.0.0.1");
    const names = [
      "big.default.svc.cluster.local",
      "web.default.svc.cluster.local",
      "db-0.db.default.svc.cluster.local",
    ];
    const bytes = Buffer.concat(names.map((name, id) => streamEncode(query(name, "A", { id }))));
    socket.write(bytes.subarray(0, 7));
    await once(socket, "ready");
    socket.write(bytes.subarray(7));
    let received: Buffer<ArrayBuffer> = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      if (splitFrames(received).frames.length === 3) break;
    }
    const answers = splitFrames(received).frames.map((frame) => decode(frame));
    assert.deepEqual(
      answers.map(({ id, answers }) => [id, answers?.length]),
      [
        [0, 60],
        [1, 1],
        [2, 1],
      ],
    );
  });

  test("addresses take turns", async () => {
    const first = new Set<unknown>();
    for (let i = 0; i < 4; i++)
      first.add(JSON.stringify((await askUdp(query("db.default.svc.cluster.local"))).answers?.[0]));
    assert.equal(first.size, 2);
  });

  test("other names are forwarded; without a resolver they fail at once", async () => {
    upstreams = [];
    assert.equal(rcodeOf(await askUdp(query("example.com"))), "SERVFAIL");
    upstreams = [`127.0.0.1:${outside.address().port}`];
    assert.deepEqual(
      (await askUdp(query("example.com"))).answers?.map((answer) => (answer as { data: string }).data),
      ["192.0.2.1"],
    );
  });

  test("a resolver that is dead is passed over", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const dead = (closed.address() as { port: number }).port;
    closed.close();
    upstreams = [`127.0.0.1:${dead}`, `127.0.0.1:${outside.address().port}`];
    assert.equal(rcodeOf(await askUdp(query("example.com"))), "NOERROR");
  });

  test("an external name brings its addresses", async () => {
    upstreams = [`127.0.0.1:${outside.address().port}`];
    const answer = await askUdp(query("out.default.svc.cluster.local"));
    assert.deepEqual(
      answer.answers?.map(({ name, type }) => [name, type]),
      [
        ["out.default.svc.cluster.local", "CNAME"],
        ["example.com", "A"],
      ],
    );
  });

  test("garbage never crashes it", () => {
    const valid = encode(query("web.default.svc.cluster.local", "A", EDNS));
    const broken = fc
      .tuple(fc.uint8Array({ maxLength: 80 }), fc.nat(valid.length))
      .map(([noise, at]) => Buffer.concat([valid.subarray(0, at), noise]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), broken), (packet) => {
        upstreams = [];
        const answer = responder.respond(packet, "udp");
        assert.ok(answer === undefined || answer instanceof Promise || answer.length >= 12);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  test("before the cluster is known it does not deny", () => {
    const early = new Responder({
      records: { ...recordsOf([]), hasSynced: false },
      forwarder,
      logger: silentLogger,
    });
    const answer = early.respond(encode(query("web.default.svc.cluster.local")), "udp") as Buffer;
    assert.equal(rcodeOf(decode(answer)), "SERVFAIL");
  });
});
