import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@dingi/api";
import { FakeClock, silentLogger } from "@dingi/base";
import { openMemoryStore } from "@dingi/store";
import { StoreFeed } from "../../cacher/store-feed.ts";
import { RbacAuthorizer } from "./rbac-authorizer.ts";

const GROUP = "rbac.authorization.k8s.io";

test("what a user may do is remembered until a role or a binding changes", async () => {
  const clock = new FakeClock();
  await using store = openMemoryStore({ clock });
  const kinds = [Role, RoleBinding, ClusterRole, ClusterRoleBinding] as never;
  const onFailure = (error: unknown) => assert.fail(String(error));
  await using feed = await StoreFeed.start({ store, clock, logger: silentLogger, kinds, onFailure });
  const authorizer = new RbacAuthorizer(feed);
  const ada = { name: "ada", groups: [] };
  const revisions = new Map<string, number>();
  const write = async (path: string, object?: object) => {
    const key = `/registry/${path}`;
    const value = object && Buffer.from(JSON.stringify({ apiVersion: `${GROUP}/v1`, ...object }));
    const result = await store.commit(key, { expected: revisions.get(key) ?? 0, ...(value ? { value } : {}) });
    assert.ok("revision" in result);
    revisions.set(key, result.revision);
    await feed.waitFor(result.revision);
  };
  const role = (verb: string) => {
    const rules = [{ apiGroups: [""], resources: ["pods"], verbs: [verb] }];
    return write("clusterroles/r", { kind: "ClusterRole", metadata: { name: "r" }, rules });
  };
  const mayGet = () =>
    authorizer.authorize({
      user: ada,
      verb: "get",
      isResource: true,
      path: "",
      group: "",
      version: "v1",
      resource: "pods",
      subresource: "",
      namespace: "n",
      name: "p",
    }).decision === "allow";
  const subjects = [{ kind: "User", apiGroup: GROUP, name: "ada" }];
  const roleRef = { kind: "ClusterRole", apiGroup: GROUP, name: "r" };
  assert.equal(mayGet(), false);
  await role("get");
  const binding = { kind: "RoleBinding", metadata: { name: "b", namespace: "n" }, subjects, roleRef };
  await write("rolebindings/n/b", binding);
  assert.equal(mayGet(), true);
  await role("list");
  assert.equal(mayGet(), false);
  await role("get");
  assert.equal(mayGet(), true);
  await write("rolebindings/n/b");
  assert.equal(mayGet(), false);
});
