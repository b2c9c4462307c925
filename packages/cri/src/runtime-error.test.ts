import assert from "node:assert/strict";
import { test } from "node:test";
import { describeError } from "@dingi/base";
import { GrpcError } from "@dingi/grpc";
import { asRuntimeError, rpcErrorText, RuntimeError } from "./runtime-error.ts";

test("what the runtime says is said once", () => {
  const error = asRuntimeError(new GrpcError("NotFound", "no such container"), "/run/x.sock");
  assert.deepEqual([error.code, describeError(error)], ["NotFound", "no such container"]);
});

test("a runtime that is away is told of with its socket and what the connection met", () => {
  const error = asRuntimeError(new GrpcError("Unavailable", "connect ENOENT"), "/run/x.sock");
  assert.equal(
    describeError(error),
    'The container runtime at "/run/x.sock" does not answer; is it running?: connect ENOENT',
  );
});

test("where the whole error is shown, it reads as Go's gRPC prints it", () => {
  assert.equal(rpcErrorText(new RuntimeError("Unknown", "no")), "rpc error: code = Unknown desc = no");
  assert.equal(rpcErrorText(new Error("other")), "other");
  assert.equal(rpcErrorText("text"), "text");
});
