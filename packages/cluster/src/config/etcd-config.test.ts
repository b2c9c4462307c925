import assert from "node:assert/strict";
import { test } from "node:test";
import { describeEtcd, parseEtcdOptions, type EtcdOptions } from "./etcd-config.ts";

test("etcd's flags become the cluster's configuration", async () => {
  const plain = await parseEtcdOptions({ etcdServers: "http://127.0.0.1:2379" });
  assert.deepEqual(plain, { servers: ["http://127.0.0.1:2379"], prefix: "/registry" });
  assert.equal(describeEtcd(plain), "http://127.0.0.1:2379 under /registry");
  const secure = await parseEtcdOptions({
    etcdServers: "https://a:2379,https://b:2379",
    etcdPrefix: "clusters//one/",
    etcdCafile: "/pki/ca.crt",
    etcdCertfile: "/pki/x.crt",
    etcdKeyfile: "/pki/x.key",
  });
  assert.deepEqual(secure, {
    servers: ["https://a:2379", "https://b:2379"],
    prefix: "/clusters/one",
    caFile: "/pki/ca.crt",
    certFile: "/pki/x.crt",
    keyFile: "/pki/x.key",
  });
});

const faults: readonly (readonly [EtcdOptions, RegExp])[] = [
  [{}, /give --etcd-servers, such as https:\/\/10\.0\.0\.1:2379/],
  [{ etcdServers: "10.0.0.1:2379/x" }, /"10\.0\.0\.1:2379\/x" is not an etcd's URL/],
  [{ etcdServers: "http://a:1", etcdPrefix: "/" }, /"\/" is no prefix of etcd's keys/],
  [{ etcdServers: "http://a:1", etcdPrefix: "/a b" }, /"\/a b" is no prefix/],
  [{ etcdServers: "https://a:1", etcdKeyfile: "/x.key" }, /--etcd-certfile and --etcd-keyfile belong together/],
];
for (const [options, message] of faults) {
  test(`${JSON.stringify(options)} is refused`, async () => {
    await assert.rejects(parseEtcdOptions(options), message);
  });
}
