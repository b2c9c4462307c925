import assert from "node:assert/strict";
import { test } from "node:test";
import { callingUser } from "./context.ts";

const PASSWD = "root:x:0:0:root:/root:/bin/sh\nada:x:1815:1815:,,,:/srv/homes/ada:/bin/sh\n";
const underSudo = (uid: number, user: string) =>
  callingUser({ HOME: "/root", SUDO_UID: String(uid), SUDO_GID: String(uid), SUDO_USER: user }, () => PASSWD);

test("under sudo the kubeconfig is the calling user's, wherever his home is", () => {
  assert.deepEqual(underSudo(1815, "ada"), { home: "/srv/homes/ada", owner: { uid: 1815, gid: 1815 } });
  assert.deepEqual(underSudo(1906, "grace"), { home: "/home/grace", owner: { uid: 1906, gid: 1906 } });
});

test("root's is root's own, also when root calls sudo", () => {
  assert.deepEqual(underSudo(0, "root"), { home: "/root" });
  assert.deepEqual(callingUser({ HOME: "/somewhere" }), { home: "/somewhere" });
});
