// client-go's informers, elections, patches and streams, by a Go program of which each check prints a line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dingi } from "../cluster/dingi.ts";
import { until } from "../cluster/until.ts";
import { clientGoProgram, run, type Program } from "./programs.ts";

const program = process.getuid?.() === 0 ? clientGoProgram() : "containers need root";
const skip = typeof program === "string" ? program : false;

async function check(dingi: Dingi, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run(program as Program, ["-kubeconfig", dingi.kubeconfig, ...args], dingi.env);
  assert.equal(code, 0, stdout + stderr);
}

test("client-go finds nothing amiss with a cluster of simulated nodes", { skip }, async () => {
  await using dingi = await Dingi.create("client-go-simulated");
  await dingi.up("--runtime", "simulated");
  // A new control plane has no history from before, which a check asks for.
  const old = await dingi.pidOf("control-plane");
  process.kill(old, "SIGKILL");
  await until("A new control plane", async () => (await dingi.pidOf("control-plane")) !== old);
  await until("Its answer", () => dingi.core.listNamespace());
  // Simulated containers speak WebSocket only, print nothing, and listen on no port.
  await check(dingi, "-without", "exec-spdy,port-forward,logs");
});

test("client-go reaches containers by SPDY and by WebSocket", { skip }, async () => {
  await using dingi = await Dingi.create("client-go");
  await dingi.up();
  await check(dingi, "-only", "exec-websocket,exec-spdy,port-forward,logs");
});
