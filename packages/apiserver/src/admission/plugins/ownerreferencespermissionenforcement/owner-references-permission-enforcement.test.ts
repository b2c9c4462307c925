import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigMap, Node, Pod, ReplicaSet } from "@dingi/api";
import type { AnyKind } from "@dingi/apimachinery";
import type { AuthorizationAttributes } from "../../../authorization/authorizer.ts";
import type { AdmissionAttributes } from "../../attributes.ts";
import { OwnerReferencesPermissionEnforcement } from "./owner-references-permission-enforcement.ts";

const OWNERS = [ReplicaSet, Node] as unknown as readonly AnyKind[];
const KINDS = {
  scheme: {
    byKind: (apiVersion: string, kind: string) =>
      OWNERS.find((one) => one.apiVersion === apiVersion && one.kind === kind),
  },
};

const owner = (uid: string, more: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  name: uid,
  uid,
  ...more,
});
const BLOCKING = { blockOwnerDeletion: true };
const owned = (...ownerReferences: object[]) => ({ metadata: { namespace: "n", name: "m", ownerReferences } });

/** Of whom the authorizer is asked what, and why the write is refused. */
async function ask(attributes: object, allows: (asked: string) => boolean = () => true) {
  const asked: string[] = [];
  const authorizer = {
    authorize: (about: AuthorizationAttributes) => {
      const { verb, group, version, resource, subresource, namespace, name } = about;
      const text = `${verb} ${group}/${version} ${resource}/${subresource} ${namespace}/${name}`;
      asked.push(text);
      return allows(text) ? { decision: "allow" } : { decision: "noOpinion", reason: "no" };
    },
  };
  const plugin = new OwnerReferencesPermissionEnforcement(authorizer as never, KINDS as never);
  const write = {
    operation: "CREATE",
    kind: ConfigMap,
    apiVersion: "v1",
    subresource: "",
    namespace: "n",
    name: "m",
    user: { name: "ada", groups: [] },
    ...attributes,
  };
  const refused = await plugin.validate(write as unknown as AdmissionAttributes).then(
    () => undefined,
    (error: Error) => error.message,
  );
  return { asked, refused };
}

const ANY = "update */* */finalizers /*";
const OF_A = "update apps/v1 replicasets/finalizers n/a";
const DELETION = "delete /v1 configmaps/ n/m";

describe("Of owners", () => {
  for (const [title, attributes, wanted] of [
    ["nobody is asked for an object without any", { object: owned() }, []],
    ["nobody is asked when it is made with one that may go", { object: owned(owner("a")) }, []],
    [
      "nobody is asked when they stay",
      { operation: "UPDATE", object: owned(owner("a", BLOCKING)), oldObject: owned(owner("a", BLOCKING)) },
      [],
    ],
    [
      "deletion is asked for when they change",
      { operation: "UPDATE", object: owned(owner("a")), oldObject: owned() },
      [DELETION],
    ],
    [
      "deletion is asked for when they go",
      { operation: "UPDATE", object: owned(), oldObject: owned(owner("a")) },
      [DELETION],
    ],
    ["all finalizers are asked for first, when one must not go", { object: owned(owner("a", BLOCKING)) }, [ANY]],
    [
      "nobody is asked again about one that had not to go before",
      { operation: "UPDATE", object: owned(owner("a", BLOCKING), owner("b")), oldObject: owned(owner("a", BLOCKING)) },
      [DELETION],
    ],
    [
      "it is asked about one that was there and might go",
      { operation: "UPDATE", object: owned(owner("a", BLOCKING)), oldObject: owned(owner("a")) },
      [DELETION, ANY],
    ],
    [
      "nobody is asked for the status of a Pod",
      { kind: Pod, subresource: "status", operation: "UPDATE", object: owned(owner("a")) },
      [],
    ],
    [
      "it is asked for another subresource of a Pod",
      { kind: Pod, subresource: "x", operation: "UPDATE", object: owned(owner("a")) },
      ["delete /v1 pods/x n/m"],
    ],
    [
      "it is asked for the status of something else",
      { subresource: "status", operation: "UPDATE", object: owned(owner("a")) },
      ["delete /v1 configmaps/status n/m"],
    ],
  ] as const)
    test(title, async () => assert.deepEqual(await ask(attributes), { asked: wanted, refused: undefined }));
});

describe("Refused is", () => {
  const only =
    (...allowed: string[]) =>
    (text: string) =>
      allowed.includes(text);
  const forbidden = (why: string) => `configmaps "m" is forbidden: ${why}`;

  test("who may not delete what he gives an owner", async () => {
    const { refused } = await ask({ operation: "UPDATE", object: owned(owner("a")), oldObject: owned() }, only());
    assert.equal(refused, forbidden("cannot set an ownerRef on a resource you can't delete: no, <nil>"));
  });

  test("who may not set the finalizers of an owner that must not go", async () => {
    const why =
      "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: no, <nil>";
    const object = owned(owner("a", BLOCKING), owner("b", BLOCKING));
    const asked = [ANY, OF_A, OF_A.replace("/a", "/b")];
    assert.deepEqual(await ask({ object }, only(OF_A)), { asked, refused: forbidden(why) });
    assert.deepEqual(await ask({ object }, only(...asked.slice(1))), { asked, refused: undefined });
  });

  test("an owner of a kind that nobody knows", async () => {
    const { refused } = await ask({ object: owned(owner("a", { kind: "X", ...BLOCKING })) }, only());
    const why =
      'cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion apps/v1 Kind X: no matches for kind "X" in version "apps/v1"';
    assert.equal(refused, forbidden(why));
  });

  test("nobody who may set the finalizers of an owner without a namespace", async () => {
    const node = "update /v1 nodes/finalizers /a";
    const object = owned(owner("a", { apiVersion: "v1", kind: "Node", ...BLOCKING }));
    assert.deepEqual(await ask({ object }, only(node)), { asked: [ANY, node], refused: undefined });
  });
});

test("deletions and connections are none of its business", () => {
  const plugin = new OwnerReferencesPermissionEnforcement(undefined as never, KINDS as never);
  const operations = ["CREATE", "UPDATE", "DELETE", "CONNECT"] as const;
  assert.deepEqual(
    operations.filter((operation) => plugin.handles(operation)),
    ["CREATE", "UPDATE"],
  );
});
