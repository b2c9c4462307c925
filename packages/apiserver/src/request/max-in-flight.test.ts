import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ApiRequest, UserInfo } from "@dingi/apimachinery";
import { parseRequestInfo } from "../routing/request-info.ts";
import { MaxInFlight } from "./max-in-flight.ts";

const ADA = { name: "ada", groups: ["system:authenticated"] };
const ADMIN = { name: "admin", groups: ["system:masters"] };
const PODS = "/api/v1/namespaces/default/pods";

function callOf(text: string, user: UserInfo, headers: ApiRequest["headers"] = {}) {
  const [method = "", url = ""] = text.split(" ");
  const [path = "", query = ""] = url.split("?");
  return { info: parseRequestInfo(method, path, new URLSearchParams(query)), user, request: { headers } as ApiRequest };
}

/** Whether the second request is let in while the first is there. */
function together(first: string, second: string, limits = { reading: 1, mutating: 1 }, user = ADA): boolean {
  const inFlight = new MaxInFlight(limits);
  assert.ok(inFlight.enter(callOf(first, ADA)));
  return inFlight.enter(callOf(second, user)) !== undefined;
}

describe("One at a time", () => {
  const CASES: readonly [first: string, second: string, isIn: boolean][] = [
    [`POST ${PODS}`, `DELETE ${PODS}/a`, false],
    [`PATCH ${PODS}/a`, `PUT ${PODS}/a/status`, false],
    [`GET ${PODS}`, `GET ${PODS}/a`, false],
    [`GET ${PODS}`, "GET /version", false],
    [`POST ${PODS}`, "HEAD /version", false],
    [`POST ${PODS}`, `GET ${PODS}`, true],
    [`GET ${PODS}`, `POST ${PODS}`, true],
    [`GET ${PODS}`, `GET ${PODS}?watch=1`, true],
    [`GET ${PODS}?watch=1`, `GET ${PODS}`, true],
    [`GET ${PODS}`, `GET ${PODS}/a/log`, true],
    [`POST ${PODS}`, `POST ${PODS}/a/exec`, true],
    [`POST ${PODS}`, `POST ${PODS}/a/attach`, true],
    [`POST ${PODS}`, `POST ${PODS}/a/portforward`, true],
    [`POST ${PODS}`, `POST ${PODS}/a/proxy/path`, true],
    [`POST ${PODS}/a/exec`, `POST ${PODS}`, true],
  ];
  for (const [first, second, isIn] of CASES) {
    test(`${second} ${isIn ? "is let in" : "is refused"} beside ${first}`, () =>
      assert.equal(together(first, second), isIn));
  }
});

test("Who administers the cluster is never refused", () => {
  assert.ok(together(`POST ${PODS}`, `POST ${PODS}`, undefined, ADMIN));
});

test("No limit is no limit", () => {
  assert.ok(together(`POST ${PODS}`, `POST ${PODS}`, { reading: 1, mutating: 0 }));
});

test("A place that was left is free, and who took none leaves none", () => {
  const inFlight = new MaxInFlight({ reading: 0, mutating: 1 });
  const place = inFlight.enter(callOf(`POST ${PODS}`, ADA));
  inFlight.enter(callOf(`POST ${PODS}`, ADMIN))?.leave();
  assert.equal(inFlight.enter(callOf(`POST ${PODS}`, ADA)), undefined);
  place?.leave();
  assert.ok(inFlight.enter(callOf(`POST ${PODS}`, ADA)));
  assert.equal(inFlight.enter(callOf(`POST ${PODS}`, ADA)), undefined);
});

test("who waits for another document of discovery holds no place, and nobody else by the same words", () => {
  const inFlight = new MaxInFlight({ reading: 1, mutating: 1 });
  const waiting = { "if-none-match": '"a"', prefer: "wait=60" };
  const isIn = (path: string, headers: ApiRequest["headers"]) => {
    const place = inFlight.enter(callOf(`GET ${path}`, ADA, headers));
    return place !== undefined;
  };
  assert.ok(inFlight.enter(callOf(`GET ${PODS}`, ADA)));
  assert.equal(isIn("/apis", waiting), true);
  assert.equal(isIn("/apis", { prefer: "wait=60" }), false);
  assert.equal(isIn("/apis", { "if-none-match": '"a"' }), false);
  assert.equal(isIn("/version", waiting), false);
  assert.equal(isIn(PODS, waiting), false);
});
