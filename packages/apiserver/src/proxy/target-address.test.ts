import assert from "node:assert/strict";
import { test } from "node:test";
import { inNetwork, isGlobalUnicast } from "./target-address.ts";

for (const address of ["10.0.0.1", "192.168.1.1", "198.18.0.11", "8.8.8.8", "fd00::1", "2001:db8::1"])
  test(`requests may go to ${address}`, () => assert.equal(isGlobalUnicast(address), true));

for (const address of [
  "127.0.0.1",
  "127.255.0.9",
  "::1",
  "0.0.0.0",
  "::",
  "169.254.169.254",
  "fe80::1",
  "224.0.0.1",
  "255.255.255.255",
  "ff02::1",
  "::ffff:127.0.0.1",
  "::ffff:169.254.169.254",
  "localhost",
  "2130706433",
  "0x7f000001",
  "",
])
  test(`no request goes to "${address}"`, () => assert.equal(isGlobalUnicast(address), false));

test("a network has its own addresses", () => {
  const isIn = inNetwork("127.1.0.0/24");
  assert.deepEqual(
    ["127.1.0.7", "127.1.1.7", "127.0.0.1", "::1", "x"].map((address) => isIn(address)),
    [true, false, false, false, false],
  );
});
