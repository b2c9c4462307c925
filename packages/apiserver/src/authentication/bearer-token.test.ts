import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ApiRequest } from "@dingi/apimachinery";
import { bearerToken, TOKEN_PROTOCOL } from "./bearer-token.ts";

const requestOf = (headers: Record<string, string>, isUpgrade = false) =>
  ({ headers, ...(isUpgrade ? { upgrade: () => {} } : {}) }) as unknown as ApiRequest;

describe("The token of the authorization header", () => {
  for (const [header, wanted] of [
    ["Bearer abc", "abc"],
    ["  bEARER abc ", "abc"],
    ["Bearer abc def", "abc"],
    ["Bearer", undefined],
    ["Bearer  abc", undefined],
    ["Basic abc", undefined],
    ["", undefined],
  ] as const)
    test(JSON.stringify(header), () => assert.equal(bearerToken(requestOf({ authorization: header })), wanted));

  test("is none where there is no header", () => assert.equal(bearerToken(requestOf({})), undefined));
});

describe("The token of a WebSocket", () => {
  const token = TOKEN_PROTOCOL + Buffer.from("a b").toString("base64url");
  const ask = (protocols: string, headers: Record<string, string> = {}, isUpgrade = true) =>
    bearerToken(requestOf({ upgrade: "WebSocket", "sec-websocket-protocol": protocols, ...headers }, isUpgrade));

  test("is one of the protocols that are offered", () => {
    assert.equal(ask(`${token}, v5.channel.k8s.io`), "a b");
    assert.equal(ask(`v5.channel.k8s.io,${token}`), "a b");
  });

  test("is none where none is offered, and for what is no WebSocket", () => {
    assert.equal(ask("v5.channel.k8s.io"), undefined);
    assert.equal(bearerToken(requestOf({ upgrade: "websocket" }, true)), undefined);
    assert.equal(ask(`${token}, v5.channel.k8s.io`, { upgrade: "SPDY/3.1" }), undefined);
    assert.equal(ask(`${token}, v5.channel.k8s.io`, {}, false), undefined);
  });

  test("gives way to that of the header", () => {
    assert.equal(ask(`${token}, v5.channel.k8s.io`, { authorization: "Bearer other" }), "other");
    assert.equal(ask(`${token}, v5.channel.k8s.io`, { authorization: "Basic other" }), "a b");
  });

  for (const [what, protocols] of [
    ["more than one", `${token}, ${token}, v5.channel.k8s.io`],
    ["one without a protocol to speak", token],
    ["an empty one", `${TOKEN_PROTOCOL}, v5.channel.k8s.io`],
    ["one that is no text", `${TOKEN_PROTOCOL}${Buffer.from([0xff]).toString("base64url")}, v5.channel.k8s.io`],
  ] as const)
    test(`is refused: ${what}`, () => assert.throws(() => ask(protocols), { code: 401 }));
});
