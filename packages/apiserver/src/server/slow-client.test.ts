import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { after, before, describe, test } from "node:test";
import { seededRandom, settle, silentLogger } from "@dingi/base";
import { createCertificateAuthority } from "@dingi/component-base";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { HttpServer } from "./http-server.ts";

const LIFE = { notBefore: Date.parse("2020-01-01T00:00:00Z"), notAfter: Date.parse("2120-01-01T00:00:00Z") };
const MAPS = "/api/v1/namespaces/default/configmaps";
const SLOW = 30;

describe("A client that sends or reads slowly", () => {
  let api: TestServer;
  let server: HttpServer;
  let session: ClientHttp2Session;

  before(async () => {
    api = await startTestServer({ maxInFlight: { reading: 2, mutating: 2 } });
    const ca = await createCertificateAuthority({ commonName: "ours", random: seededRandom(1), ...LIFE });
    const names = { dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] };
    const served = ca.issue({ subject: { commonName: "localhost" }, usages: ["server auth"], ...names, ...LIFE });
    // No member of system:masters, who would get a place in any case.
    const subject = { commonName: "kubernetes-admin", organizations: ["kubeadm:cluster-admins"] };
    const shown = ca.issue({ subject, usages: ["client auth"], ...LIFE });
    server = new HttpServer({
      handler: api.server.handler,
      cert: served.certificatePem,
      key: served.keyPem,
      clientCa: ca.certificatePem,
      logger: silentLogger,
    });
    const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
    const own = { ca: ca.certificatePem, cert: shown.certificatePem, key: shown.keyPem };
    session = connect(`https://127.0.0.1:${port}`, own);
    await once(session, "connect");
  });
  after(async () => {
    session.destroy();
    await server[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
  });

  const request = (method: string, path: string): ClientHttp2Stream => {
    const stream = session.request(
      { ":method": method, ":path": path, "content-type": "application/json" },
      {
        endStream: method === "GET",
      },
    );
    stream.on("error", () => {});
    return stream;
  };
  const statusOf = async (stream: ClientHttp2Stream): Promise<number> =>
    ((await once(stream, "response")) as [{ ":status": number }])[0][":status"];

  test("is in nobody's way, and is answered in time", async () => {
    const slow = Array.from({ length: SLOW }, () => request("POST", MAPS));
    for (const stream of slow) stream.write('{"metadata":');
    const answers = Promise.all(slow.map(statusOf));
    const quick = request("POST", MAPS);
    quick.end('{"metadata":{"name":"quick"}}');
    assert.equal(await statusOf(quick), 201);
    await settle();
    await api.clock.advance(59_000);
    const still = request("GET", MAPS);
    assert.equal(await statusOf(still), 200);
    await api.clock.advance(1000);
    assert.deepEqual(new Set(await answers), new Set([504]));
  });

  test("may want its answer sooner, in words that are understood", async () => {
    const soon = request("POST", `${MAPS}?timeout=1s`);
    soon.write("{");
    const answer = statusOf(soon);
    await settle();
    const quick = request("GET", MAPS);
    assert.equal(await statusOf(quick), 200);
    await api.clock.advance(1000);
    assert.equal(await answer, 504);
    assert.equal(await statusOf(request("GET", `${MAPS}?timeout=x`)), 400);
  });

  test("has no deadline for a watch", async () => {
    const watch = request("GET", `${MAPS}?watch=true&resourceVersion=0`);
    assert.equal(await statusOf(watch), 200);
    watch.resume();
    await api.clock.advance(61_000);
    // Whoever comes later is answered: what the server would have told of the watch has been told before.
    assert.equal(await statusOf(request("GET", MAPS)), 200);
    assert.equal(watch.closed, false);
    watch.close();
    await once(watch, "close");
  });
});
