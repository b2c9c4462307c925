import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, seededRandom } from "@dingi/base";
import { StatusError } from "@dingi/apimachinery";
import type { ResourceV1ResourceClaim } from "@dingi/api";
import { ClaimStatusRights } from "./claim-status-rights.ts";

const ACCOUNT = "system:serviceaccount:default:driver";
const term = (values: string[]) => ({ matchFields: [{ key: "metadata.name", operator: "In", values }] });
const NODE = { nodeSelectorTerms: [term(["n"])] };

/** The verbs that are asked for when an account tells of a device; nothing is allowed. */
async function verbsAskedFor(name: string, nodes: string[], nodeSelector: object | undefined): Promise<string[]> {
  const verbs: string[] = [];
  const rights = new ClaimStatusRights({
    authorize({ verb }) {
      verbs.push(verb);
      return { decision: "no opinion", reason: "" };
    },
  });
  const allocation = { devices: { results: [] }, nodeSelector };
  const claim = (devices: object[]) =>
    ({
      metadata: { name: "c", namespace: "default" },
      status: { allocation, devices },
    }) as unknown as ResourceV1ResourceClaim;
  const context = {
    clock: new FakeClock(0),
    random: seededRandom(1),
    user: { name, groups: [], extra: { "authentication.kubernetes.io/node-name": nodes } },
    dryRun: false,
    verb: "update",
  };
  await assert.rejects(
    rights.confirm(claim([{ driver: "a.example.com", pool: "p", device: "d" }]), claim([]), context),
    StatusError,
  );
  return verbs;
}

const BOTH = ["associated-node:update", "arbitrary-node:update"];
const ANYWHERE = ["arbitrary-node:update"];

const CASES: readonly [string, string, string[], object | undefined, string[]][] = [
  ["of the node", ACCOUNT, ["n"], NODE, BOTH],
  ["of another node", ACCOUNT, ["m"], NODE, ANYWHERE],
  ["of no node", ACCOUNT, [], NODE, ANYWHERE],
  ["of two nodes", ACCOUNT, ["n", "m"], NODE, ANYWHERE],
  ["that is a person", "someone", ["n"], NODE, ANYWHERE],
  ["where devices are of no node", ACCOUNT, ["n"], undefined, ANYWHERE],
  ["where devices are of two nodes", ACCOUNT, ["n"], { nodeSelectorTerms: [term(["n", "m"])] }, ANYWHERE],
  ["where devices are of either node", ACCOUNT, ["n"], { nodeSelectorTerms: [term(["n"]), term(["m"])] }, ANYWHERE],
  [
    "where devices are of a node with more",
    ACCOUNT,
    ["n"],
    { nodeSelectorTerms: [{ ...term(["n"]), matchExpressions: [{ key: "a", operator: "Exists" }] }] },
    ANYWHERE,
  ],
];

for (const [what, name, nodes, nodeSelector, expected] of CASES) {
  test(`an account ${what} is asked for ${expected.join(" or ")}`, async () => {
    assert.deepEqual(await verbsAskedFor(name, nodes, nodeSelector), expected);
  });
}
