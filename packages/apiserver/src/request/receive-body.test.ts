import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatusError } from "@dingi/apimachinery";
import { BodyBytes } from "./receive-body.ts";

const tooMany = (error: StatusError) => error.code === 429 && error.status.details?.retryAfterSeconds === 1;

test("one user's bodies are in nobody's way but his own", () => {
  const bodies = new BodyBytes({ all: 100, user: 40 });
  const [first, second, other] = [bodies.of("ada"), bodies.of("ada"), bodies.of("grace")];
  first.take(30);
  second.take(10);
  assert.throws(() => second.take(1), tooMany);
  other.take(40);
  first[Symbol.dispose]();
  second.take(30);
  assert.equal(bodies.bytes, 80);
});

test("all users together keep within the bound, and what is done is forgotten", () => {
  const bodies = new BodyBytes({ all: 100, user: 40 });
  const users = ["a", "b", "c"].map((name) => bodies.of(name));
  for (const [i, user] of users.entries()) user.take([40, 40, 20][i]!);
  assert.throws(() => users[2]!.take(1), tooMany);
  for (const user of users) user[Symbol.dispose]();
  assert.equal(bodies.bytes, 0);
});
