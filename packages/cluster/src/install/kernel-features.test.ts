import assert from "node:assert/strict";
import { test } from "node:test";
import { describeError } from "@dingi/base";
import { CommandError } from "../machine/command.ts";
import { explained, findMissingFeatures, type Feature } from "./kernel-features.ts";

const there: Feature = { name: "bridges", advice: "load the module: modprobe bridge", tryOut: () => Promise.resolve() };
const veth: Feature = {
  name: "veth pairs",
  advice: "load the module: modprobe veth",
  tryOut: () =>
    Promise.reject(new CommandError(["ip", "link"], { exitCode: 2, stderr: "Error: Unknown device type.\nmore\n" })),
};
const tun: Feature = {
  name: "the tun device",
  advice: "load the module: modprobe tun",
  tryOut: () => Promise.reject(new Error("no such file")),
};

test("what a kernel lacks is told with the kernel's word and what to do", async () => {
  assert.deepEqual(await findMissingFeatures(undefined, [there, veth, tun]), [
    "This machine lacks veth pairs (Error: Unknown device type.): load the module: modprobe veth",
    "This machine lacks the tun device (no such file): load the module: modprobe tun",
  ]);
  assert.deepEqual(await findMissingFeatures(undefined, [there]), []);
});

test("a failure is explained by what is missing, and points to the way without containers", async () => {
  const failure = new Error("The network could not be made");
  const error = await explained(failure, { features: [veth] });
  const text = describeError(error);
  assert.match(text, /lacks veth pairs .*modprobe veth\nWithout it, --runtime simulated still works/s);
  assert.match(text, /The network could not be made/, "the cause is kept");
  assert.equal(await explained(failure, { features: [there] }), failure, "what lacks nothing is left as it is");
});

test("an abort ends the search with its reason", async () => {
  const reason = new Error("enough");
  await assert.rejects(findMissingFeatures(AbortSignal.abort(reason), [veth]), (error) => error === reason);
});
