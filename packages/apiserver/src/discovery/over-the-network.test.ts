import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom, silentLogger, systemClock } from "@dingi/base";
import { Client, Discovery, HttpsTransport } from "@dingi/client";
import { createCertificateAuthority } from "@dingi/component-base";
import { HttpServer } from "../server/http-server.ts";
import { boatKind } from "../testing/boat.ts";
import { startTestServer } from "../testing/test-server.ts";

/** Far more than a round trip takes, and far less than the next look at a server that does not tell. */
const LIMIT = { timeout: 20_000 };
const validity = { notBefore: 0, notAfter: Date.parse("2126-01-01T00:00:00Z") };

test(
  "a client over the network is told of each change by a request that waits, and all else goes on beside it",
  LIMIT,
  async () => {
    await using api = await startTestServer();
    const ca = await createCertificateAuthority({ commonName: "test", random: seededRandom(1), ...validity });
    const { certificatePem: cert, keyPem: key } = ca.issue({
      subject: { commonName: "localhost" },
      usages: ["server auth"],
      ipAddresses: ["127.0.0.1"],
      ...validity,
    });
    const admin = ca.issue({
      subject: { commonName: "admin", organizations: ["system:masters"] },
      usages: ["client auth"],
      ...validity,
    });
    const { handler } = api.server;
    await using server = new HttpServer({ handler, cert, key, clientCa: ca.certificatePem, logger: silentLogger });
    const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
    const common = { clock: systemClock, random: seededRandom(1) };
    const address = `https://127.0.0.1:${port}`;
    const transport = new HttpsTransport({
      ...common,
      server: address,
      ca: ca.certificatePem,
      cert: admin.certificatePem,
      key: admin.keyPem,
      userAgent: "test",
    });
    await using client = new Client(transport);
    const discovery = new Discovery({ ...common, client, logger: silentLogger, kinds: [] });
    const stop = new AbortController();
    const running = discovery.run(stop.signal);
    let shown = await discovery.after(discovery.current, stop.signal);
    const next = async () => (shown = await discovery.after(shown, stop.signal));
    const Boat = boatKind();
    await api.server.resources.serve(Boat);
    const boat = (await next()).kindOf("example.org/v1", "Boat")!;
    assert.equal(boat.plural, "boats");
    await client.create(boat, { metadata: { namespace: "default", name: "a" } });
    assert.equal((await client.list(boat)).items.length, 1);
    await api.server.resources.remove(Boat);
    assert.equal((await next()).kindOf("example.org/v1", "Boat"), undefined);
    stop.abort();
    await running;
  },
);
