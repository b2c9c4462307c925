import assert from "node:assert/strict";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { seededRandom, systemClock } from "@dingi/base";
import { createCertificateAuthority } from "@dingi/component-base";
import { httpCheck } from "./http-check.ts";

const LONG = 10 * 1024;

describe("Asking a component how it is", () => {
  let server: Server;
  let port: number;
  let answer = { status: 200, body: "ok" };
  const asked: (string | undefined)[] = [];
  const check = () => httpCheck({ port, clock: systemClock })();

  before(async () => {
    const validity = { notBefore: Date.UTC(2020), notAfter: Date.UTC(2100) };
    const ca = await createCertificateAuthority({ commonName: "x", random: seededRandom(1), ...validity });
    server = createServer({ cert: ca.certificatePem, key: ca.keyPem }, (request, response) => {
      asked.push(request.url);
      response.writeHead(answer.status).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  });
  after(() => server.close());

  test("it is as well as it says, whoever signed its certificate", async () => {
    answer = { status: 200, body: "ok" };
    assert.deepEqual(await check(), { isHealthy: true, message: "ok" });
    assert.deepEqual(asked.splice(0), ["/healthz"]);
  });

  test("a redirection is as good an answer, and is not followed", async () => {
    answer = { status: 399, body: "elsewhere" };
    assert.deepEqual(await check(), { isHealthy: true, message: "elsewhere" });
    assert.equal(asked.splice(0).length, 1);
  });

  for (const status of [400, 500]) {
    test(`${status} is not`, async () => {
      answer = { status, body: "no" };
      assert.deepEqual(await check(), {
        isHealthy: false,
        message: `HTTP probe failed with statuscode: ${status}`,
      });
    });
  }

  test("what it says at too great a length is cut", async () => {
    answer = { status: 200, body: "a".repeat(LONG + 1) };
    assert.equal((await check()).message, "a".repeat(LONG));
  });

  test("who does not listen is not well, in Go's words", async () => {
    const closed = port;
    await new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    });
    assert.deepEqual(await check(), {
      isHealthy: false,
      message: `Get "https://127.0.0.1:${closed}/healthz": dial tcp 127.0.0.1:${closed}: connect: connection refused`,
    });
  });
});
