import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CLASS_IN, RCODE, TYPE, type ResourceRecord } from "./message.ts";
import { CLUSTER, recordsOf } from "./record-fixture.ts";
import { addressOfReverse, resolve, type Resolution } from "./resolve.ts";

const RECORDS = recordsOf(CLUSTER);
const ask = (name: string, type: keyof typeof TYPE) => resolve({ name, type: TYPE[type], class: CLASS_IN }, RECORDS);

function text(record: ResourceRecord): string {
  switch (record.type) {
    case "A":
    case "AAAA":
      return `${record.type} ${record.address}`;
    case "SRV":
      return `SRV ${record.priority} ${record.weight} ${record.port} ${record.target}`;
    case "TXT":
      return `TXT ${record.text}`;
    case "SOA":
      return `SOA ${record.mname} ${record.minimum}`;
    default:
      return `${record.type} ${record.target}`;
  }
}

function summary(resolution: Resolution): string[] | string {
  if (resolution.kind === "forward") return "forward";
  if (resolution.kind === "chase") return `chase ${resolution.target}`;
  if (resolution.answers.length > 0) return resolution.answers.map(text);
  return resolution.rcode === RCODE.NXDOMAIN ? "NXDOMAIN" : "NODATA";
}

const CASES: readonly (readonly [name: string, type: keyof typeof TYPE, expected: string | readonly string[]])[] = [
  ["web.default.svc.cluster.local", "A", ["A 10.96.0.20"]],
  ["WEB.Default.svc.Cluster.LOCAL", "A", ["A 10.96.0.20"]],
  ["web.default.svc.cluster.local", "AAAA", "NODATA"],
  ["web.default.svc.cluster.local", "MX", "NODATA"],
  [
    "web.default.svc.cluster.local",
    "SRV",
    ["SRV 0 50 80 web.default.svc.cluster.local", "SRV 0 50 53 web.default.svc.cluster.local"],
  ],
  ["_http._tcp.web.default.svc.cluster.local", "SRV", ["SRV 0 100 80 web.default.svc.cluster.local"]],
  ["_http._tcp.web.default.svc.cluster.local", "A", ["A 10.96.0.20"]],
  ["_http._udp.web.default.svc.cluster.local", "SRV", "NXDOMAIN"],
  ["_ftp._tcp.web.default.svc.cluster.local", "SRV", "NXDOMAIN"],
  ["10-244-0-9.web.default.svc.cluster.local", "A", ["A 10.244.0.9"]],
  ["nosuch.default.svc.cluster.local", "A", "NXDOMAIN"],
  ["web.nosuch.svc.cluster.local", "A", "NXDOMAIN"],
  ["a.b.c.web.default.svc.cluster.local", "A", "NXDOMAIN"],
  ["db.default.svc.cluster.local", "A", ["A 10.244.0.2", "A 10.244.1.3"]],
  ["db-0.db.default.svc.cluster.local", "A", ["A 10.244.0.2"]],
  ["10-244-1-3.db.default.svc.cluster.local", "A", ["A 10.244.1.3"]],
  ["10-244-1-4.db.default.svc.cluster.local", "A", "NXDOMAIN"],
  [
    "_http._tcp.db.default.svc.cluster.local",
    "SRV",
    ["SRV 0 50 8080 db-0.db.default.svc.cluster.local", "SRV 0 50 8080 10-244-1-3.db.default.svc.cluster.local"],
  ],
  ["early.default.svc.cluster.local", "A", ["A 10.244.3.4"]],
  ["empty.default.svc.cluster.local", "A", "NXDOMAIN"],
  ["portless.default.svc.cluster.local", "A", ["A 10.244.5.5"]],
  ["portless.default.svc.cluster.local", "SRV", "NODATA"],
  ["out.default.svc.cluster.local", "A", "chase example.com"],
  ["out.default.svc.cluster.local", "CNAME", ["CNAME example.com"]],
  ["out.default.svc.cluster.local", "SRV", "NODATA"],
  ["inside.default.svc.cluster.local", "A", ["CNAME web.default.svc.cluster.local", "A 10.96.0.20"]],
  ["number.default.svc.cluster.local", "A", "NXDOMAIN"],
  ["1-2-3-4.default.pod.cluster.local", "A", ["A 1.2.3.4"]],
  ["1-2-3-4.bare.pod.cluster.local", "A", ["A 1.2.3.4"]],
  ["1-2-3-4.nosuch.pod.cluster.local", "A", "NXDOMAIN"],
  ["fd00--1.default.pod.cluster.local", "AAAA", ["AAAA fd00::1"]],
  ["fd00--1.default.pod.cluster.local", "A", "NODATA"],
  ["1-2-3-400.default.pod.cluster.local", "A", "NXDOMAIN"],
  ["web.default.pod.cluster.local", "A", "NXDOMAIN"],
  ["default.svc.cluster.local", "A", "NODATA"],
  ["bare.pod.cluster.local", "A", "NODATA"],
  ["nosuch.svc.cluster.local", "A", "NXDOMAIN"],
  ["svc.cluster.local", "A", "NODATA"],
  ["other.cluster.local", "A", "NXDOMAIN"],
  ["cluster.local", "A", "NODATA"],
  ["cluster.local", "SOA", ["SOA ns.dns.cluster.local 30"]],
  ["cluster.local", "NS", ["NS kube-dns.kube-system.svc.cluster.local"]],
  ["ns.dns.cluster.local", "A", ["A 10.96.0.10"]],
  ["dns-version.cluster.local", "TXT", ["TXT 1.1.0"]],
  ["dns-version.cluster.local", "A", "NODATA"],
  ["20.0.96.10.in-addr.arpa", "PTR", ["PTR web.default.svc.cluster.local"]],
  ["20.0.96.10.in-addr.arpa", "A", "NODATA"],
  ["2.0.244.10.in-addr.arpa", "PTR", ["PTR db-0.db.default.svc.cluster.local"]],
  ["8.8.8.8.in-addr.arpa", "PTR", "forward"],
  ["244.10.in-addr.arpa", "PTR", "forward"],
  ["example.com", "A", "forward"],
  ["notcluster.local", "A", "forward"],
  ["", "NS", "forward"],
];

describe("resolve", () => {
  for (const [name, type, expected] of CASES) {
    test(`${type} ${name}`, () => assert.deepEqual(summary(ask(name, type)), expected));
  }

  test("what is not there comes with the zone's SOA", () => {
    for (const name of ["nosuch.default.svc.cluster.local", "default.svc.cluster.local"]) {
      const resolution = ask(name, "A");
      assert.equal(resolution.kind, "answer");
      assert.deepEqual(resolution.authorities.map(text), ["SOA ns.dns.cluster.local 30"]);
    }
  });

  test("SRV brings the addresses of its targets", () => {
    const resolution = ask("_http._tcp.db.default.svc.cluster.local", "SRV");
    assert.equal(resolution.kind, "answer");
    assert.deepEqual(
      resolution.additionals.map((record) => `${record.name} ${text(record)}`),
      ["db-0.db.default.svc.cluster.local A 10.244.0.2", "10-244-1-3.db.default.svc.cluster.local A 10.244.1.3"],
    );
  });

  test("a loop of external names ends", () => {
    const resolution = ask("loop.default.svc.cluster.local", "A");
    assert.equal(resolution.kind, "answer");
    assert.ok(resolution.answers.every(({ type }) => type === "CNAME"));
  });

  test("reverse names of IPv6 addresses", () => {
    assert.equal(addressOfReverse(`1.${"0.".repeat(27)}0.0.d.f.ip6.arpa`), "fd00::1");
    assert.equal(addressOfReverse("1.0.ip6.arpa"), undefined);
  });
});
