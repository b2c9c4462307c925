import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { detailsText, violationsOf } from "../../../packages/apiserver/src/admission/plugins/podsecurity/levels.ts";
import { digest, questions, type Question } from "./random-pods.ts";

const [asked, ...answers] = gunzipSync(readFileSync(join(import.meta.dirname, "recorded.jsonl.gz")))
  .toString()
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as string);
const all = questions();

/** How a pod is refused; "" when it is not. */
function judge({ level, version, metadata, spec }: Question): string {
  const minor = version === "latest" ? version : Number(version.slice("v1.".length));
  return detailsText(violationsOf({ level, version: minor }, { metadata, spec: spec as never }));
}

describe("Pods are judged as by upstream's code", () => {
  test("which has been asked the same", () => {
    assert.equal(asked, digest(all), "the pods are others now: run record.sh");
    assert.equal(answers.length, all.length);
  });

  test("in every word", () => {
    const wrong = all.flatMap((question, i) => {
      const ours = judge(question);
      return ours === answers[i] ? [] : [{ question, ours, upstream: answers[i] }];
    });
    assert.deepEqual(wrong.slice(0, 3), []);
  });

  test("some of which are allowed, and each rule refuses some", () => {
    for (const level of ["baseline", "restricted"] as const) {
      const ofLevel = answers.filter((_, i) => all[i]!.level === level);
      assert.ok(ofLevel.filter((answer) => answer === "").length > 50, level);
    }
    const reasons = new Set(answers.flatMap((answer) => REASONS.filter((reason) => answer.includes(reason))));
    assert.deepEqual(new Set(REASONS), reasons);
  });
});

const REASONS = [
  "forbidden AppArmor profile",
  "non-default capabilities",
  "unrestricted capabilities",
  "host namespaces",
  "hostPath volumes",
  "hostPort",
  "probe or lifecycle host",
  "privileged",
  "procMount",
  "seLinuxOptions",
  "seccompProfile",
  "forbidden annotation",
  "forbidden sysctls",
  "hostProcess",
  "allowPrivilegeEscalation != false",
  "restricted volume types",
  "runAsNonRoot != true",
  "runAsUser=0",
];
