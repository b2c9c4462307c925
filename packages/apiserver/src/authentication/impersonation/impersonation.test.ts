import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusError, type UserInfo } from "@dingi/apimachinery";
import type { AuthorizationAttributes } from "../../authorization/authorizer.ts";
import { Impersonation } from "./impersonation.ts";
import { wantedUser } from "./wanted-user.ts";

const ROBOT: UserInfo = {
  name: "system:serviceaccount:default:robot",
  groups: [],
  extra: { "authentication.kubernetes.io/node-name": ["n"] },
};

function requestBy(user: UserInfo): AuthorizationAttributes {
  const where = { group: "", version: "v1", resource: "pods", subresource: "", namespace: "default", name: "" };
  return { user, verb: "list", isResource: true, path: "", ...where };
}

/** Who one becomes when so much is allowed ("verb resource/subresource name"), or what is refused. */
async function become(headers: Record<string, string>, allowed: readonly string[], user = ROBOT): Promise<unknown> {
  const asked = ({ verb, resource, subresource, name }: AuthorizationAttributes) =>
    `${verb} ${subresource === "" ? resource : `${resource}/${subresource}`} ${name}`.trim();
  const impersonation = new Impersonation({
    authorize: (attributes) => ({ decision: allowed.includes(asked(attributes)) ? "allow" : "no opinion", reason: "" }),
  });
  try {
    return (await impersonation.become(wantedUser(headers)!, requestBy(user))).user;
  } catch (error) {
    assert.ok(error instanceof StatusError);
    return error.message.replace(/^.*? cannot /, "cannot ").replace(/ in (API group|the namespace).*$/, "");
  }
}

const ADA = { "impersonate-user": "ada" };
const ADA_INFO = { name: "ada", groups: ["system:authenticated"] };
const NODE = { "impersonate-user": "system:node:n" };

test("the unconstrained verb allows every request", async () => {
  assert.deepEqual(await become(ADA, ["impersonate users ada"]), ADA_INFO);
});

test("a constrained mode takes permission for the person and for the request", async () => {
  const person = "impersonate:user-info users ada";
  const request = "impersonate-on:user-info:list pods";
  assert.deepEqual(await become(ADA, [person, request]), ADA_INFO);
  assert.match(String(await become(ADA, [person])), /^cannot impersonate-on:user-info:list resource "pods"/);
  assert.match(String(await become(ADA, [request])), /^cannot impersonate:user-info resource "users"/);
});

test("a service account may be its own node, whichever that is", async () => {
  const allowed = ["impersonate-on:associated-node:list pods", "impersonate:associated-node nodes *"];
  assert.deepEqual(await become(NODE, allowed), {
    name: "system:node:n",
    groups: ["system:nodes", "system:authenticated"],
  });
  const other = await become({ "impersonate-user": "system:node:other" }, allowed);
  assert.match(String(other), /^cannot impersonate-on:arbitrary-node:list/);
});

test("a service account has its groups; of the unconstrained verb a node has none", async () => {
  const robot = { "impersonate-user": "system:serviceaccount:a:b" };
  const allowed = ["impersonate-on:serviceaccount:list pods", "impersonate:serviceaccount serviceaccounts b"];
  const groups = ["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"];
  assert.deepEqual(await become(robot, allowed), { name: "system:serviceaccount:a:b", groups });
  assert.deepEqual(await become(NODE, ["impersonate users system:node:n"]), {
    name: "system:node:n",
    groups: ["system:authenticated"],
  });
});

test("each group, uid and extra takes permission; nobody becomes a master in a constrained mode", async () => {
  const headers = { ...ADA, "impersonate-group": "g, h", "impersonate-uid": "7", "impersonate-extra-a.b%2fC": "v" };
  const allowed = ["users ada", "uids 7", "groups g", "groups h", "userextras/a.b/c v"].map(
    (what) => `impersonate ${what}`,
  );
  assert.deepEqual(await become(headers, allowed), {
    name: "ada",
    uid: "7",
    groups: ["g", "h", "system:authenticated"],
    extra: { "a.b/c": ["v"] },
  });
  for (const missing of allowed) {
    const refusal = await become(
      headers,
      allowed.filter((one) => one !== missing),
    );
    assert.equal(typeof refusal, "string", missing);
  }
  const masters = { ...ADA, "impersonate-group": "system:masters" };
  const constrained = ["impersonate-on:user-info:list pods", "impersonate:user-info users ada"];
  const all = [...constrained, "impersonate:user-info groups system:masters"];
  assert.match(String(await become(masters, all)), /impersonating the system:masters group is not allowed|^cannot/);
});

test("groups without a user are a mistake; no header is none", () => {
  assert.throws(
    () => wantedUser({ "impersonate-group": "g" }),
    /requested &user\.DefaultInfo\{Name:"", UID:"", Groups:\[\]string\{"g"\}, Extra:map\[string\]\[\]string\(nil\)\} without impersonating a user name/,
  );
  assert.equal(wantedUser({ accept: "x" }), undefined);
});
